"""Who has been promised what, who waits, whose promise was broken, and why."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.lists import QueueFilter, shown_document
from inventory.admin.stock import InPlaces
from inventory.models import BackOrder, Reservation, StockConflict
from inventory.queries import explain_allocation


class OfLine:
    """Columns of rows that stand for an order line."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Numbers are links for whom may open orders."""
        found = super().get_changelist_instance(request)  # type: ignore[misc]
        for row in found.result_list:
            row.order_shown = shown_document(request.user, "order", row.line.order_id, row.line.order.number)
        return found

    @display(description=_("order"), ordering="line__order__number")
    def order_number(self, row: Any) -> str:
        return row.order_shown

    @display(description=_("SKU"), ordering="sku__code")
    def code(self, row: Any) -> str:
        return row.sku.code

    @display(description=_("why"))
    def why(self, row: Any) -> str:
        link = reverse("admin:inventory_reservation_why", args=[row.line_id])
        return format_html('<a href="{}" class="list-link">{}</a>', link, _("Why this stock?"))


@admin.register(Reservation)
class ReservationAdmin(OfLine, InPlaces):
    list_display = [
        "order_number", "code", "warehouse", "channel", "quantity", "state_label", "expires_at", "created_at",
        "why",
    ]  # fmt: skip
    list_display_links = None
    list_filter = [QueueFilter, "state", "warehouse", "channel"]
    list_select_related = ["line__order", "sku", "warehouse", "channel"]
    search_fields = ["sku__code", "line__order__number"]
    ordering = ["-id"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.show_why)
        return [path("why/<int:line_id>/", view, name="inventory_reservation_why"), *super().get_urls()]

    def show_why(self, request: HttpRequest, line_id: int) -> HttpResponse:
        """Why an order line got what it got: the figures at the decision and who came before."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Reservation.objects.filter(line_id=line_id).select_related("sku", "warehouse", "channel")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Why this stock?"),
            "opts": self.opts,
            "decisions": explain_allocation(line_id),
            "reservations": rows.order_by("pk"),
            "waiting": BackOrder.objects.filter(line_id=line_id, state="open").select_related("sku"),
        }
        return TemplateResponse(request, "backoffice/inventory/why.html", context)

    @display(description=_("state"), label={"open": "info", "consumed": "success", "released": "default"})
    def state_label(self, row: Reservation) -> tuple[str, Any]:
        return row.state, row.get_state_display()


@admin.register(BackOrder)
class BackOrderAdmin(OfLine, ShownModelAdmin):
    list_display = [
        "order_number", "code", "channel", "quantity", "served", "state", "promised_on", "created_at", "why",
    ]  # fmt: skip
    list_display_links = None
    list_filter = [QueueFilter, "state", "channel"]
    list_select_related = ["line__order", "sku", "channel"]
    search_fields = ["sku__code", "line__order__number"]
    ordering = ["state", "channel__priority", "created_at"]
    show_full_result_count = False


@admin.register(StockConflict)
class StockConflictAdmin(OfLine, InPlaces):
    list_display = [
        "order_number", "code", "warehouse", "channel", "quantity", "state", "choice", "at", "reason",
    ]  # fmt: skip
    list_display_links = None
    list_filter = [QueueFilter, "state", "warehouse"]
    list_select_related = ["line__order", "sku", "warehouse", "channel"]
    search_fields = ["sku__code", "line__order__number"]
    ordering = ["state", "at"]
