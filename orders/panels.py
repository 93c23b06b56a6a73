"""What orders put on desks, on customers' pages and into the search."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.desk import (
    Finder,
    Found,
    Panel,
    Queue,
    document_link,
    name_facts,
    offer_finder,
    offer_panel,
    offer_queue,
)
from core.roles import CUSTOMER_SERVICE, FINANCE, MANAGER, WAREHOUSE
from orders.models import Cancellation, Hold
from orders.order.models import Order
from orders.queries import awaiting_service

name_facts({reason.value: reason.label for reason in Cancellation.Reason})
name_facts(
    {
        "OrderPlaced": _("Order placed"),
        "OrderPaid": _("Money is here"),
        "OrderConfirmed": _("Confirmed for the warehouse"),
        "OrderCancelled": _("Cancelled"),
        "OrderCompleted": _("Completed"),
        "ServicePerformed": _("Service performed"),
        "ServiceCancelled": _("Service cancelled"),
        "service_cancelled": _("service that goes back with its goods"),
        "HoldRaised": _("Held for a signature"),
        "HoldCleared": _("Hold signed off"),
        "PromotionChanged": _("End or limits changed"),
    }
)


def _holds(department: str, title: Any, role: str) -> None:
    offer_queue(
        Queue(
            code=f"holds-{department}",
            title=title,
            model="orders.Hold",
            roles=frozenset({role}),
            rows=lambda user: Hold.objects.filter(cleared_at=None, department=department),
            since="raised_at",
            late_after=timedelta(hours=24),
            icon="draw",
        )
    )


_holds("customer_service", _("orders for customer service to sign"), CUSTOMER_SERVICE)
_holds("finance", _("orders for finance to sign"), FINANCE)
_holds("warehouse", _("orders for the warehouse to sign"), WAREHOUSE)
_holds("sales", _("orders for sales to sign"), MANAGER)

offer_queue(
    Queue(
        code="unpaid",
        title=_("orders waiting for payment"),
        model="order.Order",
        roles=frozenset({CUSTOMER_SERVICE}),
        rows=lambda user: Order.objects.filter(status=Order.Status.AWAITING_PAYMENT),
        since="date_placed",
        late_after=timedelta(hours=24),
        icon="hourglass",
    )
)
offer_queue(
    Queue(
        code="services-to-report",
        title=_("services to be done and reported"),
        model="order.Order",
        roles=frozenset({CUSTOMER_SERVICE}),
        rows=lambda user: awaiting_service(),
        since="date_placed",
        late_after=timedelta(days=7),
        icon="handyman",
    )
)
offer_queue(
    Queue(
        code="unshipped",
        title=_("confirmed and nothing shipped"),
        model="order.Order",
        roles=frozenset({MANAGER}),
        rows=lambda user: Order.objects.filter(
            status__in=[Order.Status.CONFIRMED, Order.Status.IN_FULFILMENT],
            delivery_state=Order.DeliveryState.NONE,
        ),
        since="date_placed",
        late_after=timedelta(hours=48),
        icon="local_shipping",
    )
)
offer_queue(
    Queue(
        code="overpaid",
        title=_("orders paid too much"),
        model="order.Order",
        roles=frozenset({FINANCE}),
        rows=lambda user: Order.objects.filter(payment_state=Order.PaymentState.OVERPAID),
        since="date_placed",
        icon="price_check",
    )
)


def _orders_of(user: Any, customer: Any) -> dict[str, Any]:
    return {"orders": customer.orders.order_by("-id")[:20]}


offer_panel("customer", Panel("backoffice/orders/of_customer.html", "order.view_order", _orders_of))


def _find(user: Any, text: str) -> Iterable[Found]:
    """By a number of ours or of elsewhere, or by the tail of a phone (four to eight digits)."""
    match = Q(number__istartswith=text) | Q(external_number__iexact=text)
    if text.isdigit():
        match |= Q(number__endswith=text)
        if len(text) <= 8:
            match |= Q(customer__phone_tail__endswith=text)
    orders = Order.objects.filter(match).order_by("-id")[:10]
    return [
        Found(
            order.number,
            f"{_('order')} · {order.get_status_display()}",
            document_link("order", order.pk) or "",
        )
        for order in orders
    ]


offer_finder(Finder("order.view_order", "receipt_long", _find))
