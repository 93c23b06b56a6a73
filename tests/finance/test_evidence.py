"""State comes from the set of proofs, never from the order in which they arrive (F29)."""

from decimal import Decimal
from itertools import permutations

import pytest

from core import clock
from core.origins import Origin
from finance import queries
from finance.gateways.base import Notification, NotificationKind, TradeStatus
from finance.models import Entry, InboxMessage, Payment, Refund
from finance.services import bookings, record_payment, request_refund
from finance.services.evidence import Evidence
from finance.services.notifications import _act
from tests.finance.builders import an_intent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keys")]
D = Decimal


def _notice(event: str, intent, refund_ref: str = "", refunded: str = "0.00") -> Notification:
    kinds = {"waiting": NotificationKind.WAITING, "closed": NotificationKind.CLOSED}
    kind = kinds.get(event, NotificationKind.REFUND if refund_ref else NotificationKind.PAYMENT)
    now = clock.now()
    return Notification(
        event_id=f"{event}-{intent.pk}",
        kind=kind,
        status=TradeStatus.CLOSED if event == "closed" else TradeStatus.PAID,
        merchant_ref=intent.merchant_ref,
        provider_ref=f"T{intent.pk}",
        amount=D("100.00"),
        currency="CNY",
        payee="",
        sent_at=now,
        paid_at=None if event in kinds else now,
        refund_ref=refund_ref,
        refunded_total=D(refunded),
    )


def _refund(payment, amount: str) -> Refund:
    order = Origin("order", payment.order_id)
    return request_refund(
        payment=payment,
        amount=D(amount),
        origin=order,
        reason="",
        key=f"{payment.pk}/{amount}",
        order_id=order.id,
    )


def _end(order_of_events) -> tuple:
    """Payment known by our own question, two refunds on their way; then the provider's messages come."""
    intent = an_intent(amount="100.00")
    payment = record_payment(
        provider="alipay",
        trade_no=f"T{intent.pk}",
        merchant_ref=intent.merchant_ref,
        amount=D("100.00"),
        currency="CNY",
        received_at=clock.now(),
        evidence=Evidence("query", status="paid"),
    )
    bookings.book_refund_decided(
        order=intent.order_id, amount=D("100.00"), origin=Origin("payment", payment.pk)
    )
    part, rest = _refund(payment, "40.00"), _refund(payment, "60.00")
    events = {
        "waiting": _notice("waiting", intent),
        "paid": _notice("paid", intent),
        "part": _notice("part", intent, part.request_no, "40.00"),
        "full": _notice("full", intent, rest.request_no, "100.00"),
        "closed": _notice("closed", intent),
    }
    for event in order_of_events:
        message = InboxMessage.objects.create(
            provider="alipay", event_id=events[event].event_id, verified=True, received_at=clock.now()
        )
        _act(message, events[event], "")
    intent.refresh_from_db()
    entries = Entry.objects.filter(postings__origin_kind="order", postings__origin_id=intent.order_id)
    return (
        intent.state,
        Payment.objects.get(pk=payment.pk).state,
        tuple(Refund.objects.filter(payment=payment).order_by("amount").values_list("state", flat=True)),
        tuple(sorted(entry.kind for entry in entries.distinct())),
        queries.order_money(intent.order_id),
    )


def test_all_orders_of_five_messages_end_the_same():
    ends = {_end(events) for events in permutations(["waiting", "paid", "part", "full", "closed"])}
    assert len(ends) == 1
    ((intent, payment, refunds, entries, money),) = ends
    assert (intent, payment, refunds) == ("paid", "confirmed", ("done", "done"))
    assert entries == ("prepayment", "refund_decided", "refund_paid", "refund_paid")
    assert (money.paid, money.refund_owed) == (D("0.00"), D("0.00"))


def test_money_before_or_after_the_word_closed_ends_the_same():
    """The provider's own messages alone, without our question."""
    for order_of_events in permutations(["waiting", "paid", "closed"]):
        intent = an_intent(amount="100.00")
        for event in order_of_events:
            notice = _notice(event, intent)
            message = InboxMessage.objects.create(
                provider="alipay", event_id=notice.event_id, verified=True, received_at=clock.now()
            )
            _act(message, notice, "")
        intent.refresh_from_db()
        assert intent.state == "paid", order_of_events
        assert queries.order_money(intent.order_id).received == D("100.00")
