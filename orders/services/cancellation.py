"""The end of an order before its goods have left: stock, dispatch instruction and money, in one step.

The gateway is asked to close the trade before stock of an unpaid order is given away, and its answer
decides (F28); that call is made outside the transaction, before it (F04).
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, faults
from core.audit import current_actor
from core.events import announce
from core.locks import lock_one, retried
from core.money import ZERO
from core.origins import Origin
from core.states import move
from finance.queries import order_money
from finance.services import close_open_intent, refund_order
from inventory.services import release_reservations
from logistics.services import cancel_deliveries
from orders.errors import CannotCancel
from orders.events import OrderCancelled
from orders.models import Cancellation, ServiceReport
from orders.order.models import Order
from orders.services.offers import release_offers

OPEN = frozenset(
    {
        Order.Status.AWAITING_PAYMENT,
        Order.Status.IN_REVIEW,
        Order.Status.CONFIRMED,
        Order.Status.IN_FULFILMENT,
    }
)


def cancel_order(*, order_id: int, reason: str, note: str = "", actor: Any = None) -> Order:
    """Cancel an order whose goods are still in the house; cancelling twice is no error.

    Its deliveries are intercepted, its stock is free again, what was paid is on its way back.
    Raises CannotCancel when a parcel has gone to the courier or the payment is just being made.
    """
    _close_trade(order_id)
    return _end(order_id, reason=reason, note=note, actor=actor)


def expire_orders(*, limit: int = 200) -> list[int]:
    """Cancel the orders whose time has run out and give their stock back, whatever they wait for (F09).

    Returns the ids of the orders that were cancelled. An order whose payment the gateway cannot
    settle yet stays as it is and is looked at again.
    """
    due = Order.objects.filter(expires_at__lte=clock.now(), status__in=OPEN).order_by("expires_at", "pk")
    cancelled = []
    for order_id in list(due.values_list("pk", flat=True)[:limit]):
        try:
            _close_trade(order_id)
        except CannotCancel:
            continue
        if _expire(order_id):
            cancelled.append(order_id)
    return cancelled


def end_as_cancelled(
    order: Order, *, reason: str, note: str = "", refund_amount: Any = ZERO, actor: Any = None
) -> None:
    """The end of an order that came to nothing, wherever that was found: its offers are free for others,
    a row says why, and whoever it concerns is told. The caller holds the order's lock."""
    release_offers(order)
    move(order, Order.Status.CANCELLED, transitions=Order.TRANSITIONS, reason=reason, actor=actor)
    Cancellation.objects.create(
        order=order,
        reason=reason,
        note=note,
        refund_amount=refund_amount,
        currency=order.currency,
        by=actor or current_actor(),
        at=clock.now(),
    )
    announce(OrderCancelled(order.pk, reason), about=Origin("order", order.pk))


@retried()
def _end(order_id: int, *, reason: str, note: str, actor: Any) -> Order:
    with transaction.atomic():
        order = lock_one(Order, pk=order_id)
        if order.status == Order.Status.CANCELLED:
            return order
        if order.status not in OPEN:
            raise CannotCancel(_("This order is completed. Open a return instead."))
        if ServiceReport.objects.filter(line__order=order, outcome=ServiceReport.Outcome.PERFORMED).exists():
            raise CannotCancel(
                _("A service of this order has been performed. Cancel the services that are still open.")
            )
        return _cancel(order, reason=reason, note=note, actor=actor)


@retried()
def _expire(order_id: int) -> bool:
    with transaction.atomic():
        faults.race_window("F31")
        order = lock_one(Order, pk=order_id)
        expired = order.expires_at is not None and order.expires_at <= clock.now()
        if faults.guarded("F31") and not (expired and order.status in OPEN):
            return False
        if order.status == Order.Status.CANCELLED:
            return False
        _cancel(order, reason=Cancellation.Reason.EXPIRED)
        return True


def _close_trade(order_id: int) -> None:
    """Ask the gateway to close an unpaid trade. Paid meanwhile or unknown means: not now."""
    status = Order.objects.values_list("status", flat=True).get(pk=order_id)
    if status != Order.Status.AWAITING_PAYMENT:
        return
    if not close_open_intent(order_id=order_id):
        raise CannotCancel(
            _("A payment for this order is just being made. Wait a minute and look at the order again.")
        )


def _cancel(order: Order, *, reason: str, note: str = "", actor: Any = None) -> Order:
    paid = order_money(order.pk).advance
    if paid > 0:
        refund_order(order_id=order.pk, amount=paid, reason=reason, origin=Origin("order", order.pk))
    cancel_deliveries(order_id=order.pk, reason=reason)
    end_as_cancelled(order, reason=reason, note=note, refund_amount=max(paid, ZERO), actor=actor)
    release_reservations(order_id=order.pk)
    for line in order.lines.all():
        line.cancelled_quantity = line.quantity
        line.save(update_fields=["cancelled_quantity"])
    order.expires_at = None
    order.save(update_fields=["expires_at"])
    return order
