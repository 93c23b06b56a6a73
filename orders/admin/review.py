"""Review as data: which rules raise holds, and what they hold now."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.edits import EditedModelAdmin
from core.admin.lists import QueueFilter
from orders.models import Hold, HoldRule, TermRule
from orders.order.models import Order


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


@admin.register(HoldRule)
class HoldRuleAdmin(EditedModelAdmin):
    right = "orders.change_hold_rules"
    list_display = ["code", "kind", "department", "amount", "hours", "active"]
    list_filter = ["department", "kind", "active"]
    ordering = ["code"]


@admin.register(TermRule)
class TermRuleAdmin(EditedModelAdmin):
    right = "orders.change_hold_rules"
    adding = False
    fields = [
        "name", "active", "surcharge", "max_total", "currency", "blocked_regions", "may_split",
        "hold_minutes",
    ]  # fmt: skip
    readonly_fields = ["name"]
    list_display = ["name", "active", "surcharge", "max_total", "currency", "may_split", "hold_minutes"]
    ordering = ["term"]

    @display(description=_("payment term"), ordering="term")
    def name(self, rule: TermRule) -> str:
        return str(Order.Term(rule.term).label)
