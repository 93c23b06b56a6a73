from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask
from unfold.admin import ModelAdmin

from core.admin.documents import may


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ModelAdmin):
    """What beat does by the clock: written by `setup_shop`, switched on and off here."""

    list_display = ["name", "enabled", "crontab", "interval", "last_run_at"]
    list_filter = ["enabled"]
    list_select_related = ["crontab", "interval"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = ["name", "enabled", "crontab", "interval", "last_run_at"]
    readonly_fields = ["name", "crontab", "interval", "last_run_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "core.change_policies")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
