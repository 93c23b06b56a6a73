"""What the warehouse and the courier report, as far as it moves the order."""

from django.db.models import F, Sum

from core.events import announce
from core.locks import joined, lock_one
from core.money import ZERO
from core.origins import Origin
from core.rows import update_rows
from core.states import move
from logistics.queries import line_progress
from orders.events import OrderCompleted
from orders.models import Cancellation, ServiceReport
from orders.order.models import Line, Order
from orders.queries import whereabouts
from orders.rules.delivery_state import Whereabouts, delivery_state
from orders.services.cancellation import end_as_cancelled
from orders.services.payment import refresh_payment_state
from orders.services.performing import settle_services


def lock_order(*, order_id: int) -> Order:
    """The order, locked and fresh, for a higher app whose step must not meet another one."""
    return lock_one(Order, pk=order_id)


def count_returned(*, line_id: int, units: int) -> None:
    """Units of a line have come back for good. The caller holds the order's lock."""
    Line.objects.filter(pk=line_id).update(returned_quantity=F("returned_quantity") + units)


def note_picking_started(*, order_id: int) -> None:
    """The first shelf has been visited: the order is in fulfilment."""
    with joined():
        order = lock_one(Order, pk=order_id)
        if order.status == Order.Status.CONFIRMED:
            move(order, Order.Status.IN_FULFILMENT, transitions=Order.TRANSITIONS)


def refresh_fulfilment(*, order_id: int) -> None:
    """Derive line counters and both derived axes anew from the order's parcels and services.

    Ends the services that go with the goods when none of these is on its way any more, and then the order.
    """
    with joined():
        order = lock_one(Order, pk=order_id)
        counters = [
            Line(pk=line_id, shipped_quantity=counted.shipped, delivered_quantity=counted.delivered)
            for line_id, counted in line_progress(order_id=order_id).items()
        ]
        update_rows(counters, ["shipped_quantity", "delivered_quantity"])
        _refresh(order)


def _refresh(order: Order) -> None:
    units = whereabouts(order=order)
    if order.status == Order.Status.CONFIRMED and units.left_house + units.performed:
        move(order, Order.Status.IN_FULFILMENT, transitions=Order.TRANSITIONS)
    goods_over = units.ordered > 0 and units.goods_settled
    if order.status == Order.Status.IN_FULFILMENT and goods_over and units.performed < units.services:
        settle_services(order=order, kept=units.delivered > 0)
        units = whereabouts(order=order)
    state = delivery_state(units)
    if state != order.delivery_state:
        # Derived, so that every step is one that it may take.
        move(order, state, transitions={(order.delivery_state, state)}, field="delivery_state")
    refresh_payment_state(order=order)
    if order.status == Order.Status.IN_FULFILMENT and units.is_settled:
        _close(order, units)


def _close(order: Order, units: Whereabouts) -> None:
    """Completed when anything stayed with the customer, cancelled when all came back or was lost."""
    if units.delivered or units.performed:
        move(order, Order.Status.COMPLETED, transitions=Order.TRANSITIONS)
        announce(OrderCompleted(order.pk), about=Origin("order", order.pk))
        return
    reason = Cancellation.Reason.LOST if units.lost else Cancellation.Reason.REFUSED_AT_DOOR
    refunded = ServiceReport.objects.filter(line__order=order).aggregate(sum=Sum("refunded", default=ZERO))
    end_as_cancelled(order, reason=reason, refund_amount=refunded["sum"])
