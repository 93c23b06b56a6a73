"""The payment axis: derived from the ledger, cached here and nowhere else (F34)."""

from core.events import announce
from core.locks import joined, lock_one
from core.origins import Origin
from core.states import move
from finance.queries import order_money
from finance.services import park_payment
from inventory.services import confirm_reservations
from orders.events import OrderPaid
from orders.order.models import Order
from orders.rules.payment_state import payment_state


def settle_payment(*, payment_id: int, order_id: int) -> None:
    """Let a recorded payment do its work on the order; safe to call again.

    Enough money moves an awaiting order into review and keeps its goods without a deadline. Money for
    a closed order never revives it: it is parked for finance with a case (F31, F33).
    """
    with joined():
        order = lock_one(Order, pk=order_id)
        if order.status == Order.Status.CANCELLED:
            park_payment(payment_id=payment_id)
            return
        refresh_payment_state(order=order)
        if order.status != Order.Status.AWAITING_PAYMENT:
            return
        if order.payment_state not in (Order.PaymentState.PAID, Order.PaymentState.OVERPAID):
            return
        move(order, Order.Status.IN_REVIEW, transitions=Order.TRANSITIONS, also={"expires_at": None})
        confirm_reservations(order_id=order.pk)
        announce(OrderPaid(order.pk), about=Origin("order", order.pk))


def refresh_order_money(*, order_id: int) -> None:
    """Derive the payment axis anew after money has moved."""
    with joined():
        refresh_payment_state(order=lock_one(Order, pk=order_id))


def refresh_payment_state(*, order: Order) -> None:
    """Derive the axis anew from the ledger. The caller holds the order's lock."""
    money = order_money(order.pk)
    state = payment_state(
        term=order.term,
        total=order.total_incl_tax,
        received=money.received,
        refunded=money.refunded + money.refund_owed,
        collected=money.collected,
        handled=order.is_closed,
    )
    if state != order.payment_state:
        # Derived, so that every step is one that it may take.
        move(order, state, transitions={(order.payment_state, state)}, field="payment_state")
