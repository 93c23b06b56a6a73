"""Review as data: which rules raise holds, and what they hold now."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from core import rights
from core.admin.base import ShownModelAdmin
from core.admin.lists import QueueFilter
from orders.models import Hold, HoldRule, TermRule


@admin.register(Hold)
class HoldAdmin(ShownModelAdmin):
    """What waits for a signature; the order's page is where it is given."""

    list_display = ["order_link", "kind", "department", "raised_at", "due_at", "cleared_at", "cleared_by"]
    list_display_links = None
    list_filter = [QueueFilter, "department", "kind", ("cleared_at", admin.EmptyFieldListFilter)]
    list_select_related = ["order", "cleared_by"]
    search_fields = ["order__number"]
    ordering = ["cleared_at", "due_at"]
    show_full_result_count = False

    @display(description=_("order"), ordering="order__number")
    def order_link(self, hold: Hold) -> str:
        link = reverse("admin:order_order_change", args=[hold.order_id]) + "#holds"
        return format_html('<a href="{}" class="font-medium">{}</a>', link, hold.order.number)


class _Terms(ModelAdmin):
    """Data that a manager changes; nothing is removed, it is switched off."""

    right = "orders.change_hold_rules"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return rights.allowed(request.user, self.right)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rights.allowed(request.user, self.right)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HoldRule)
class HoldRuleAdmin(_Terms):
    list_display = ["code", "kind", "department", "amount", "hours", "active"]
    list_filter = ["department", "kind", "active"]
    ordering = ["code"]


@admin.register(TermRule)
class TermRuleAdmin(_Terms):
    list_display = ["term", "active", "surcharge", "max_total", "currency", "may_split", "hold_minutes"]
    ordering = ["term"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
