"""Dispatch instructions: list, page, pick list, and the doors to packing table, hand-over and papers."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from core.admin.batches import start_on_selected
from core.admin.documents import DocumentAdmin, Step, axis, may
from core.admin.lists import QueueFilter, warehouses_seen
from logistics import services
from logistics.admin.handover import HandOverPages
from logistics.admin.packing import PackingPages
from logistics.admin.papers import PaperPages
from logistics.forms import InterceptForm
from logistics.models import Delivery

TONES = {
    "planned": "info",
    "picking": "warning",
    "picked": "warning",
    "packed": "info",
    "handed_over": "success",
    "cancelled": "danger",
}
PATH = ["planned", "picking", "picked", "packed", "handed_over"]


def _start(request: HttpRequest, delivery: Delivery, values: dict[str, Any]) -> None:
    services.start_picking(delivery_id=delivery.pk)


def _finish(request: HttpRequest, delivery: Delivery, values: dict[str, Any]) -> None:
    """Fields `short-<line>` say how many units were not on the shelf."""
    short = {}
    for line in delivery.lines.all():
        typed = request.POST.get(f"short-{line.pk}", "").strip()
        short[line.pk] = int(typed) if typed.isdigit() else 0
    services.finish_picking(delivery_id=delivery.pk, short=short)


def _intercept(request: HttpRequest, delivery: Delivery, values: dict[str, Any]) -> None:
    services.flag_intercept(order_id=delivery.order_id, reason=values["reason"])


def _stopped(delivery: Delivery) -> Any:
    return _("Stopped: put the goods back on the shelf.") if delivery.intercepted_at else None


@admin.register(Delivery)
class DeliveryAdmin(PackingPages, HandOverPages, PaperPages, DocumentAdmin):
    list_display = [
        "number", "order_number", "warehouse", "status_label", "units", "cod_label", "planned_at",
    ]  # fmt: skip
    list_filter = [QueueFilter, "status", "warehouse", "is_cod"]
    list_select_related = ["order", "warehouse"]
    list_per_page = 100
    search_fields = ["number", "order__number"]
    search_help_text = _("Number of the delivery or the order")
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/logistics/delivery.html"
    place_column = "warehouse"
    actions = ["start_selected", "print_selected"]
    steps = [
        Step(
            "start",
            _("Start picking"),
            ("logistics.start_picking",),
            _start,
            _("Picking has started. The goods are nobody else's now."),
            why_not=_stopped,
            shown=lambda delivery: delivery.status == "planned",
            primary=True,
        ),
        Step(
            "finish",
            _("All picked"),
            ("logistics.start_picking",),
            _finish,
            _("Picked. The goods are at the packing table."),
            why_not=_stopped,
            shown=lambda delivery: delivery.status == "picking",
            in_bar=False,
            primary=True,
        ),
        Step(
            "stop",
            _("Stop"),
            ("logistics.intercept",),
            _intercept,
            _("Stopped. Every further step will be refused."),
            form=InterceptForm,
            why_not=_stopped,
            shown=lambda delivery: delivery.status not in ("handed_over", "cancelled"),
            danger=True,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows = super().get_queryset(request).annotate(unit_count=Sum("lines__quantity"))
        places = warehouses_seen(request.user)
        return rows if places is None else rows.filter(warehouse__in=places)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("picklist/", wrap(self.show_pick_list), name="logistics_delivery_picklist"),
            *self.packing_urls(),
            *self.paper_urls(),
            *self.handover_urls(),
            *super().get_urls(),
        ]

    def show_pick_list(self, request: HttpRequest) -> HttpResponse:
        """What to fetch for the named deliveries, by shelf order of SKU: A4, order numbers only (S40)."""
        if not may(request, "logistics.start_picking"):
            raise PermissionDenied
        ids = [int(pk) for pk in request.GET.get("ids", "").split(",") if pk.isdigit()][:200]
        deliveries = (
            self.get_queryset(request)
            .filter(pk__in=ids)
            .select_related("order", "warehouse")
            .prefetch_related("lines__sku")
            .order_by("pk")
        )
        goods: dict[str, dict[str, Any]] = {}
        for delivery in deliveries:
            for line in delivery.lines.all():
                entry = goods.setdefault(line.sku.code, {"title": line.title, "units": 0, "places": []})
                entry["units"] += line.quantity
                entry["places"].append((delivery.number, line.quantity))
        context = {"deliveries": deliveries, "goods": dict(sorted(goods.items()))}
        return TemplateResponse(request, "backoffice/logistics/pick_list.html", context)

    def page(self, request: HttpRequest, delivery: Delivery) -> dict[str, Any]:
        labels = dict(Delivery.Status.choices)
        return {
            "axes": [(_("Delivery"), axis(PATH, delivery.status, labels, astray=["cancelled"]))],
            "lines": delivery.lines.select_related("sku").order_by("pk"),
            "parcels": delivery.parcels.select_related("courier").prefetch_related("waybills").order_by("pk"),
            "scans": delivery.scans.select_related("by").order_by("-pk")[:20],
            "may_pack": may(request, "logistics.pack"),
        }

    @display(description=_("order"), ordering="order__number")
    def order_number(self, delivery: Delivery) -> str:
        return delivery.order.number

    @display(description=_("status"), label=TONES | {"stopped": "danger"}, ordering="status")
    def status_label(self, delivery: Delivery) -> tuple[str, Any]:
        if delivery.intercepted_at and delivery.status != Delivery.Status.CANCELLED:
            return "stopped", _("stopped")
        return delivery.status, delivery.get_status_display()

    @display(description=_("units"))
    def units(self, delivery: Any) -> int:
        return delivery.unit_count or 0

    @display(description=_("cash"))
    def cod_label(self, delivery: Delivery) -> str:
        return format_html('<span class="pill pill-warning">{}</span>', _("COD")) if delivery.is_cod else ""

    def has_start_permission(self, request: HttpRequest) -> bool:
        return may(request, "logistics.start_picking")

    @action(description=_("Start picking (as a job, result per row)"), permissions=["start"])
    def start_selected(self, request: HttpRequest, rows: QuerySet[Delivery]) -> HttpResponse:
        return start_on_selected(request, "logistics.start_picking", rows)

    @action(description=_("Print one pick list"), permissions=["start"])
    def print_selected(self, request: HttpRequest, rows: QuerySet[Delivery]) -> HttpResponse:
        from django.shortcuts import redirect
        from django.urls import reverse

        ids = ",".join(str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True)[:200])
        return redirect(reverse("admin:logistics_delivery_picklist") + f"?ids={ids}")
