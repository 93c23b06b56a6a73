"""The order: list and page. No delete, no editable money, no state but through a service (OSCAR 12)."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from core import masking
from core.admin.documents import DocumentAdmin, Mark, Step, axis, may
from core.admin.lists import QueueFilter, short
from core.templatetags.backoffice import money
from crm.services import reveal_customer
from finance.queries import order_money
from logistics.services import flag_intercept
from orders import services
from orders.forms import (
    CancelForm,
    CancelServiceForm,
    ClearHoldForm,
    PerformServiceForm,
    RevealForm,
    StopForm,
)
from orders.models.holds import Department
from orders.order.models import Order
from orders.queries import services_by_hand, whereabouts

STATUS_TONES = {
    "awaiting_payment": "warning",
    "in_review": "warning",
    "confirmed": "info",
    "in_fulfilment": "info",
    "completed": "success",
    "cancelled": "danger",
}
PAYMENT_TONES = {
    "unpaid": "warning",
    "due_on_delivery": "info",
    "part_paid": "warning",
    "paid": "success",
    "overpaid": "danger",
    "part_refunded": "info",
    "refunded": "info",
}
DELIVERY_TONES = {
    "none": "default",
    "part_shipped": "info",
    "shipped": "info",
    "part_delivered": "info",
    "delivered": "success",
    "part_refused": "danger",
    "refused": "danger",
    "returning": "warning",
    "returned": "warning",
    "lost": "danger",
}
STATUS_PATH = ["awaiting_payment", "in_review", "confirmed", "in_fulfilment", "completed"]
PAYMENT_PATH = {"prepaid": ["unpaid", "paid"], "cod": ["due_on_delivery", "paid"]}
DELIVERY_PATH = ["none", "shipped", "delivered"]


def axes(order: Order) -> list[tuple[Any, list[Mark]]]:
    """The three axes of an order as bars (ANCHORS 1.1)."""
    path = STATUS_PATH if order.term == Order.Term.PREPAID else STATUS_PATH[1:]
    return [
        (_("Order"), axis(path, order.status, _words(Order.Status), astray=["cancelled"])),
        (
            _("Payment"),
            axis(
                PAYMENT_PATH[order.term],
                order.payment_state,
                _words(Order.PaymentState),
                astray=["overpaid"],
            ),
        ),
        (
            _("Delivery"),
            axis(
                DELIVERY_PATH,
                order.delivery_state,
                _words(Order.DeliveryState),
                astray=["part_refused", "refused", "lost"],
            ),
        ),
    ]


def _words(choices: Any) -> dict[str, Any]:
    return dict(choices.choices)


def _clear(request: HttpRequest, order: Order, values: dict[str, Any]) -> None:
    services.clear_hold(
        hold_id=values["hold"],
        by=request.user,
        note=values["note"],
        order_version=order.version,
    )


def _cancel(request: HttpRequest, order: Order, values: dict[str, Any]) -> None:
    services.cancel_order(order_id=order.pk, reason=values["reason"], note=values["note"], actor=request.user)


def _stop(request: HttpRequest, order: Order, values: dict[str, Any]) -> None:
    flag_intercept(order_id=order.pk, reason=values["reason"])


def _perform(request: HttpRequest, order: Order, values: dict[str, Any]) -> None:
    services.perform_service(
        order_id=order.pk, line_id=values["line"], on=values["on"], note=values["note"], by=request.user
    )


def _give_up(request: HttpRequest, order: Order, values: dict[str, Any]) -> None:
    services.cancel_service(order_id=order.pk, line_id=values["line"], note=values["note"], by=request.user)


def _reveal(request: HttpRequest, order: Order, values: dict[str, Any]) -> dict[str, Any]:
    """The whole address; the look is written down with the customer (S41)."""
    customer: Any = order.customer
    reason = f"{order.number}: {values['reason']}" if values["reason"].strip() else ""
    clear = reveal_customer(customer_id=customer.pk, by=request.user, reason=reason)
    address: Any = order.shipping_address
    return {
        "clear": clear
        | {
            "receiver": address.first_name,
            "receiver_phone": str(address.phone_number),
            "street": address.line1,
        }
    }


def _too_late_to_cancel(order: Order) -> Any:
    if order.status == Order.Status.COMPLETED:
        return _("It is completed: open a return instead.")
    if order.delivery_state != Order.DeliveryState.NONE and not order.parcels.exists():
        return _("A service of it has been performed: cancel the services that are still open.")
    if order.delivery_state != Order.DeliveryState.NONE:
        return _("A parcel is with the courier: have it refused or open a return.")
    return None


def _service_waits(order: Order) -> Any:
    if not whereabouts(order=order).goods_settled:
        return _("Its goods have not all arrived yet.")
    return None


def _has_service_to_report(order: Order) -> bool:
    return order.status in ("confirmed", "in_fulfilment") and bool(services_by_hand(order))


def _nothing_to_stop(order: Order) -> Any:
    on_the_table = [d for d in order.deliveries.all() if d.status not in ("handed_over", "cancelled")]
    if not on_the_table:
        return _("Nothing of it is in the warehouse's hands.")
    if all(d.intercepted_at for d in on_the_table):
        return _("The warehouse has been told to stop.")
    return None


@admin.register(Order)
class OrderAdmin(DocumentAdmin):
    """Where everybody looks first."""

    list_display = [
        "number", "placed", "person", "status_label", "payment_label", "delivery_label", "holds_open",
        "total", "channel",
    ]  # fmt: skip
    list_filter = [
        QueueFilter, "status", "payment_state", "delivery_state", "term", "channel",
        ("date_placed", RangeDateFilter),
    ]  # fmt: skip
    list_filter_submit = True
    list_select_related = ["customer", "channel"]
    list_per_page = 50
    ordering = ["-id"]
    search_fields = ["number", "external_number", "customer__phone_tail__endswith"]
    search_help_text = _("Number, number elsewhere, or the last digits of a phone")
    show_full_result_count = False
    page_template = "backoffice/orders/order.html"
    steps = [
        Step(
            "clear-hold",
            _("Sign off"),
            tuple(f"orders.clear_hold.{department}" for department in Department.values),
            _clear,
            _("Signed. The order goes on once no hold is open."),
            form=ClearHoldForm,
            in_bar=False,
        ),
        Step(
            "reveal",
            _("Show name and address"),
            ("crm.reveal",),
            _reveal,
            "",
            form=RevealForm,
            in_bar=False,
        ),
        Step(
            "perform-service",
            _("Service done"),
            ("orders.perform_service",),
            _perform,
            _("The service is done and counts as sold."),
            form=PerformServiceForm,
            why_not=_service_waits,
            shown=_has_service_to_report,
            primary=True,
        ),
        Step(
            "cancel-service",
            _("Cancel service"),
            ("orders.cancel_order",),
            _give_up,
            _("The service is cancelled. What was paid for it is on its way back."),
            form=CancelServiceForm,
            why_not=_service_waits,
            shown=_has_service_to_report,
            danger=True,
            warning=_("The service will not be done, and what was paid for it is refunded."),
        ),
        Step(
            "stop",
            _("Stop in the warehouse"),
            ("logistics.intercept",),
            _stop,
            _("The warehouse will refuse every further step until this is settled."),
            form=StopForm,
            why_not=_nothing_to_stop,
            shown=lambda order: order.status in ("confirmed", "in_fulfilment"),
        ),
        Step(
            "cancel",
            _("Cancel order"),
            ("orders.cancel_order",),
            _cancel,
            _("The order is cancelled. What was paid is on its way back."),
            form=CancelForm,
            why_not=_too_late_to_cancel,
            shown=lambda order: order.status != "cancelled",
            danger=True,
            warning=_(
                "Goods become free for others, waybills are given back, and what was paid is refunded."
                " This cannot be undone."
            ),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return (
            super()
            .get_queryset(request)
            .annotate(open_holds=Count("holds", filter=Q(holds__cleared_at=None)))
        )

    @display(description=_("placed"), ordering="date_placed")
    def placed(self, order: Order) -> str:
        return short(order.date_placed)

    @display(description=_("customer"))
    def person(self, order: Order) -> str:
        customer: Any = order.customer
        return f"{masking.mask_name(customer.name)} {masking.phone_tail(customer.phone)}"

    @display(description=_("status"), label=STATUS_TONES, ordering="status")
    def status_label(self, order: Order) -> tuple[str, Any]:
        return order.status, order.get_status_display()

    @display(description=_("payment"), label=PAYMENT_TONES, ordering="payment_state")
    def payment_label(self, order: Order) -> tuple[str, Any]:
        return order.payment_state, order.get_payment_state_display()

    @display(
        description=pgettext_lazy("progress of an order", "delivery"),
        label=DELIVERY_TONES,
        ordering="delivery_state",
    )
    def delivery_label(self, order: Order) -> tuple[str, Any]:
        return order.delivery_state, order.get_delivery_state_display()

    @display(description=_("holds"))
    def holds_open(self, order: Any) -> str:
        return (
            format_html('<span class="pill pill-warning">{}</span>', order.open_holds)
            if order.open_holds
            else ""
        )

    @display(description=_("total"), ordering="total_incl_tax")
    def total(self, order: Order) -> Any:
        return money(order.total_incl_tax, order.currency)

    def heading(self, document: Order) -> str:
        return document.number

    def page(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        address: Any = order.shipping_address
        return {
            "axes": axes(order),
            "money": order_money(order.pk),
            "lines": order.lines.select_related("sku", "service_report__by").order_by("pk"),
            "holds": order.holds.select_related("cleared_by").order_by("cleared_at", "due_at"),
            "signs_for": [d for d in Department.values if may(request, f"orders.clear_hold.{d}")],
            "payments": order.payments.order_by("pk"),
            "refunds": order.refunds.order_by("pk"),
            "attempts": order.payment_intents.select_related("provider").order_by("pk"),
            "deliveries": order.deliveries.select_related("warehouse").order_by("pk"),
            "parcels": order.parcels.select_related("courier").prefetch_related("waybills").order_by("pk"),
            "messages_sent": order.customer.messages.filter(about_kind="order", about_id=order.pk).order_by(
                "pk"
            )
            if order.customer
            else [],
            "masked": {
                "name": masking.mask_name(order.customer.name) if order.customer else "",
                "phone": masking.phone_tail(order.customer.phone) if order.customer else "",
                "receiver": masking.mask_name(address.first_name) if address else "",
                "receiver_phone": masking.phone_tail(address.phone_number) if address else "",
                "street": masking.mask_address(address.line1) if address else "",
            },
        }
