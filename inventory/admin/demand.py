"""Who has been promised what, who waits, whose promise was broken, and why."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.documents import DocumentAdmin, Step, axis
from core.admin.lists import QueueFilter, shown_document, warehouses_seen
from core.desk import document_link
from inventory.admin.stock import InPlaces
from inventory.models import BackOrder, Reservation, StockConflict, StockLevel
from inventory.queries import explain_allocation
from inventory.services import resolve_conflict


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
        decisions = explain_allocation(line_id)
        line = get_object_or_404(apps.get_model("order", "Line").objects.select_related("order"), pk=line_id)
        rivals = [rival for each in decisions for rival in (*each.waiting, *each.served_before)]
        orders = {rival.order_id: rival.order for rival in rivals} | {line.order_id: line.order.number}
        shown = {pk: shown_document(request.user, "order", pk, number) for pk, number in orders.items()}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Why this stock?"),
            "opts": self.opts,
            "line": line,
            "order": shown[line.order_id],
            "orders": shown,
            "decisions": decisions,
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


def _resolve(request: HttpRequest, conflict: StockConflict, values: dict[str, Any]) -> None:
    resolve_conflict(conflict_id=conflict.pk, choice=values["choice"], reason=values["reason"])


class ResolveForm(forms.Form):
    """What is to become of units that were promised and are gone."""

    of_document = True
    choice = forms.ChoiceField(label=_("What to do"), choices=StockConflict.Choice.choices)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, document: StockConflict, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if document.line.order.status != "cancelled":  # the units are cancelled on the order's own page
            kept = [pair for pair in StockConflict.Choice.choices if pair[0] != StockConflict.Choice.CANCEL]
            self.fields["choice"].choices = kept


@admin.register(StockConflict)
class StockConflictAdmin(OfLine, DocumentAdmin):
    """Promises that a fact took away. Somebody says what the customer gets instead."""

    list_display = [
        "order_number", "code", "warehouse", "channel", "quantity", "state_label", "choice", "at", "reason",
    ]  # fmt: skip
    list_display_links = ["quantity", "at"]
    list_filter = [QueueFilter, "state", "warehouse"]
    list_select_related = ["line__order", "sku", "warehouse", "channel"]
    list_per_page = 100
    show_full_result_count = False
    search_fields = ["sku__code", "line__order__number"]
    ordering = ["state", "at"]
    page_template = "backoffice/inventory/stock_conflict.html"
    steps = [
        Step(
            "resolve",
            _("Decide"),
            ("inventory.resolve_conflict",),
            _resolve,
            _("Decided."),
            form=ResolveForm,
            shown=lambda conflict: conflict.state == "open",
            primary=True,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockConflict]:
        rows = super().get_queryset(request)
        places = warehouses_seen(request.user)
        return rows if places is None else rows.filter(warehouse__in=places)

    def heading(self, conflict: StockConflict) -> str:
        return f"{conflict.line.order.number}: {conflict.quantity} × {conflict.sku.code}"

    def page(self, request: HttpRequest, conflict: StockConflict) -> dict[str, Any]:
        labels = dict(StockConflict.State.choices)
        return {
            "axes": [(_("conflict"), axis(["open", "resolved"], conflict.state, labels))],
            "order_url": document_link("order", conflict.line.order_id),
            "levels": StockLevel.objects.filter(sku_id=conflict.sku_id)
            .select_related("warehouse")
            .order_by("warehouse__code"),
        }

    @display(description=_("state"), label={"open": "danger", "resolved": "success"}, ordering="state")
    def state_label(self, conflict: StockConflict) -> tuple[str, Any]:
        return conflict.state, conflict.get_state_display()
