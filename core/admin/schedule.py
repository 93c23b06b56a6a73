from django.contrib import admin
from django_celery_beat.models import PeriodicTask

from core.admin.edits import EditedModelAdmin


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(EditedModelAdmin):
    """What beat does by the clock: written by `setup_shop`, switched on and off here."""

    right = "core.change_policies"
    adding = False
    list_display = ["name", "enabled", "crontab", "interval", "last_run_at"]
    list_filter = ["enabled"]
    list_select_related = ["crontab", "interval"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = ["name", "enabled", "crontab", "interval", "last_run_at"]
    readonly_fields = ["name", "crontab", "interval", "last_run_at"]
