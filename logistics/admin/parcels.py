"""Parcels: where each one is, what it is worth, and what can be done about it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from core.admin.batches import start_on_selected
from core.admin.documents import DocumentAdmin, Step, axis, may
from core.admin.lists import QueueFilter, warehouses_seen
from core.templatetags.backoffice import money
from logistics import services
from logistics.errors import NotReady
from logistics.forms import GiveUpForm, LossForm
from logistics.models import Parcel, Waybill

TONES = {
    "open": "default",
    "packed": "warning",
    "handed_over": "info",
    "in_transit": "info",
    "out_for_delivery": "info",
    "at_pickup_point": "info",
    "exception": "danger",
    "delivered": "success",
    "refused": "danger",
    "returning": "warning",
    "returned": "warning",
    "lost": "danger",
    "cancelled": "default",
}
PATH = ["open", "packed", "handed_over", "in_transit", "out_for_delivery", "delivered"]
COD_TONES = {
    "none": "default",
    "due": "warning",
    "stated": "info",
    "remitted": "success",
    "short": "danger",
    "written_off": "default",
}


def _buy(request: HttpRequest, parcel: Parcel, values: dict[str, Any]) -> None:
    waybill = services.buy_waybill(parcel_id=parcel.pk)
    if waybill.state != Waybill.State.LIVE:
        raise NotReady(_text("The courier has given no waybill: %(why)s") % {"why": waybill.told or "?"})


def _track(request: HttpRequest, parcel: Parcel, values: dict[str, Any]) -> None:
    if not services.track_parcel(parcel_id=parcel.pk):
        raise NotReady(_text("The courier does not answer. Try again in a few minutes."))


def _take_back(request: HttpRequest, parcel: Parcel, values: dict[str, Any]) -> None:
    services.take_back(parcel_id=parcel.pk)


def _lose(request: HttpRequest, parcel: Parcel, values: dict[str, Any]) -> None:
    services.declare_lost(parcel_id=parcel.pk, claim=values["claim"])


def _write_off(request: HttpRequest, parcel: Parcel, values: dict[str, Any]) -> None:
    services.write_off_cod(parcel_id=parcel.pk, reason=values["reason"], by=request.user)


def _ask(request: HttpRequest, parcel: Parcel, values: dict[str, Any]) -> None:
    services.ask_to_write_off_cod(parcel_id=parcel.pk, reason=values["reason"], by=request.user)


def _owes_cash(parcel: Parcel) -> bool:
    return parcel.state == Parcel.State.DELIVERED and parcel.cod_state in ("due", "stated", "short")


@admin.register(Parcel)
class ParcelAdmin(DocumentAdmin):
    list_display = [
        "number", "order_number", "courier", "waybill", "state_label", "cod", "cod_label", "handed_over_at",
        "delivered_at",
    ]  # fmt: skip
    list_filter = [QueueFilter, "state", "courier", "cod_state"]
    list_select_related = ["order", "courier"]
    list_per_page = 100
    search_fields = ["number", "order__number", "waybills__number"]
    search_help_text = _("Number of the parcel or order, or a waybill")
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/logistics/parcel.html"
    place_column = "delivery__warehouse"
    actions = ["hand_over_selected"]
    steps = [
        Step(
            "buy",
            _("Get waybill"),
            ("logistics.pack",),
            _buy,
            _("The waybill is here: print the label."),
            shown=lambda parcel: (
                parcel.state == "packed"
                and not any(w.state == "live" and w.direction == "forward" for w in parcel.waybills.all())
            ),
            primary=True,
        ),
        Step(
            "track",
            _("Ask the courier"),
            ("logistics.intercept",),
            _track,
            _("The track is up to date."),
            shown=lambda parcel: parcel.state in [*Parcel.MOVING, "refused", "returning"],
        ),
        Step(
            "take-back",
            _("It is back at our door"),
            ("returns.receive_return",),
            _take_back,
            _("Taken back. A case for its inspection is being opened."),
            shown=lambda parcel: (parcel.state, Parcel.State.RETURNED) in Parcel.TRANSITIONS,
        ),
        Step(
            "lose",
            _("Declare lost"),
            ("logistics.write_off",),
            _lose,
            _("Declared lost. The claim on the courier stands in the books."),
            form=LossForm,
            shown=lambda parcel: (parcel.state, Parcel.State.LOST) in Parcel.TRANSITIONS,
            danger=True,
            warning=_("The goods leave the books, the courier owes the claim. This cannot be undone."),
        ),
        Step(
            "ask-write-off",
            _("Ask to give up its cash"),
            ("logistics.write_off",),
            _ask,
            _("Asked. Give the cash up once it is signed."),
            form=GiveUpForm,
            shown=_owes_cash,
        ),
        Step(
            "write-off",
            _("Give up its cash"),
            ("logistics.write_off",),
            _write_off,
            _("Given up: what the courier still owed for this parcel is a loss now."),
            form=GiveUpForm,
            shown=_owes_cash,
            danger=True,
            warning=_("What the courier still owes for this parcel becomes a loss. This cannot be undone."),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Parcel]:
        rows = super().get_queryset(request).prefetch_related("waybills")
        places = warehouses_seen(request.user)
        return rows if places is None else rows.filter(delivery__warehouse__in=places)

    def page(self, request: HttpRequest, parcel: Parcel) -> dict[str, Any]:
        labels = dict(Parcel.State.choices)
        path = [state for state in PATH if state != "open"]
        astray = ["refused", "lost", "exception", "cancelled"]
        return {
            "axes": [(_("Parcel"), axis(path, parcel.state, labels, astray=astray))],
            "lines": parcel.lines.select_related("delivery_line").order_by("pk"),
            "tracking": parcel.tracking.order_by("-happened_at", "-pk")[:100],
            "see_costs": may(request, "inventory.see_costs"),
            "may_pack": may(request, "logistics.pack"),
            "may_print": may(request, "logistics.pack")
            and parcel.state == Parcel.State.PACKED
            and any(w.state == "live" and w.direction == "forward" for w in parcel.waybills.all()),
        }

    @display(description=_("order"), ordering="order__number")
    def order_number(self, parcel: Parcel) -> str:
        return parcel.order.number

    @display(description=_("waybill"))
    def waybill(self, parcel: Parcel) -> str:
        return next((w.number for w in parcel.waybills.all() if w.state == "live" and w.number), "")

    @display(description=_("state"), label=TONES, ordering="state")
    def state_label(self, parcel: Parcel) -> tuple[str, Any]:
        return parcel.state, parcel.get_state_display()

    @display(description=_("to collect"), ordering="cod_amount")
    def cod(self, parcel: Parcel) -> Any:
        return money(parcel.cod_amount, parcel.currency) if parcel.cod_amount else ""

    @display(description=_("collected cash"), label=COD_TONES, ordering="cod_state")
    def cod_label(self, parcel: Parcel) -> tuple[str, Any] | None:
        return (parcel.cod_state, parcel.get_cod_state_display()) if parcel.cod_amount else None

    def has_hand_over_permission(self, request: HttpRequest) -> bool:
        return may(request, "logistics.hand_over")

    @action(description=_("Hand over (as a job, result per row)"), permissions=["hand_over"])
    def hand_over_selected(self, request: HttpRequest, rows: QuerySet[Parcel]) -> HttpResponse:
        return start_on_selected(request, "logistics.hand_over", rows)
