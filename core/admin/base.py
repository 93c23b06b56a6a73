"""What back-office pages share: rows that pages show but never write, and doors to services."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from core.errors import DomainError


class ShownModelAdmin(ModelAdmin):
    """Rows that are looked at; whatever changes them is a service behind a button."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ShownInline(TabularInline):
    """Rows of a document, to look at."""

    extra = 0
    can_delete = False
    hide_title = True  # the columns say what a row is

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def through(request: HttpRequest, work: Callable[[], Any], done: Any) -> bool:
    """Call one service; tell the person what it did, or why it refused."""
    try:
        work()
    except DomainError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, str(done))
    return True
