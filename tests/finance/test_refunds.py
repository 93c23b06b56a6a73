"""Paying back: never more than came, once per request, whatever happens at once."""

import random
import threading
from decimal import Decimal

import pytest

from core import faults
from core.errors import Conflict, IllegalMove, InvalidInput
from core.origins import Origin
from finance import queries
from finance.errors import PaymentError, RefundTooHigh
from finance.models import MoneyAccount, Payment, Refund, UnappliedReceipt
from finance.services import (
    Evidence,
    bookings,
    cancel_refund,
    close_open_intent,
    refund_order,
    refund_receipt,
    request_refund,
    retry_refund,
    settle_refund,
)
from tests.finance.builders import a_receipt, an_intent, an_order, told
from tests.threads import at_once

D = Decimal
pytestmark = pytest.mark.usefixtures("keys")
single = pytest.mark.django_db
race = pytest.mark.django_db(transaction=True)


def _paid(amount="100.00", provider="bank"):
    return a_receipt(an_intent(amount=amount, provider=provider), amount, provider=provider)


def _ask(payment, amount, key, **more):
    order = Origin("order", payment.order_id)
    return request_refund(
        payment=payment, amount=D(amount), origin=order, reason="test", key=key, order_id=order.id, **more
    )


@single
@pytest.mark.parametrize("amount", [D("-1.00"), D("0.00"), D("0.001"), D("NaN"), D("Infinity"), 1.5])
def test_what_is_no_amount_is_refused(amount):
    """F38."""
    payment = _paid()
    with pytest.raises(InvalidInput):
        request_refund(payment=payment, amount=amount, origin=Origin("order", 1), reason="", key="x")
    payment.refresh_from_db()
    assert (payment.refund_total, Refund.objects.count()) == (D("0.00"), 0)


@single
def test_part_refunds_never_exceed_the_payment():
    """F38: a hundred random ones; the counter is the sum of the rows."""
    payment = _paid()
    rng = random.Random(38)
    for number in range(100):
        amount = D(rng.randint(1, 1500)) / 100
        try:
            _ask(payment, f"{amount:.2f}", f"k{number}")
        except RefundTooHigh:
            continue
    payment.refresh_from_db()
    total = sum(Refund.objects.values_list("amount", flat=True))
    assert D("85.00") < payment.refund_total == total <= D("100.00")


@single
def test_the_same_request_is_one_refund_and_another_amount_under_its_key_is_refused():
    payment = _paid()
    assert {_ask(payment, "10.00", "k").pk for _ in range(8)} == {Refund.objects.get().pk}
    with pytest.raises(Conflict):
        _ask(payment, "11.00", "k")


@race
@pytest.mark.races
def test_sixteen_requests_at_once_get_one_refund():
    """F38."""
    payment = _paid()
    results = at_once(16, lambda n: _ask(payment, "60.00", f"k{n}"))
    assert sum(isinstance(result, Refund) for result in results) == 1
    assert sum(isinstance(result, RefundTooHigh) for result in results) == 15
    payment.refresh_from_db()
    assert payment.refund_total == D("60.00") == Refund.objects.get().amount


@race
@pytest.mark.races
@pytest.mark.breach
def test_control_without_the_lock_more_goes_back_than_came():
    """F38: a CHECK on the counter does not help, each writes the sum it has read."""
    payment = _paid()
    meet = threading.Barrier(2, timeout=20)
    with faults.guard_off("F38"), faults.widened("F38", meet.wait):
        at_once(2, lambda n: _ask(payment, "60.00", f"k{n}"))
    payment.refresh_from_db()
    assert sum(Refund.objects.values_list("amount", flat=True)) == D("120.00")
    assert payment.refund_total == D("60.00")


@race
@pytest.mark.races
def test_an_order_refunded_by_many_at_once_is_refunded_once():
    """F41: one document decides once."""
    payment = _paid()
    order = Origin("order", payment.order_id)
    results = at_once(
        8, lambda _: refund_order(order_id=order.id, amount=D("100.00"), origin=order, reason="cancelled")
    )
    assert [x for x in results if isinstance(x, Exception)] == []
    assert Refund.objects.count() == 1
    assert queries.order_money(order.id).refund_owed == D("100.00")


@single
def test_an_order_paid_in_parts_is_refunded_the_latest_first():
    intent = an_intent(amount="100.00", provider="bank")
    first = a_receipt(intent, "70.00", "B1", provider="bank")
    second = a_receipt(intent, "30.00", "B2", provider="bank")
    order = Origin("order", intent.order_id)
    refunds = refund_order(order_id=order.id, amount=D("50.00"), origin=order, reason="two pieces less")
    assert {refund.payment_id: refund.amount for refund in refunds} == {
        second.pk: D("30.00"),
        first.pk: D("20.00"),
    }
    with pytest.raises(RefundTooHigh):
        refund_order(order_id=order.id, amount=D("50.01"), origin=Origin("payment", first.pk), reason="x")
    assert queries.order_money(order.id).refund_owed == D("50.00")


@single
def test_a_transfer_refund_is_done_when_it_has_left_the_bank():
    payment = _paid()
    order = Origin("order", payment.order_id)
    (refund,) = refund_order(order_id=order.id, amount=D("100.00"), origin=order, reason="cancelled")
    bank = MoneyAccount.objects.get(code="bank")
    for _ in range(2):
        settle_refund(refund_id=refund.pk, account=bank, note="seen in the bank app")
    refund.refresh_from_db()
    assert refund.state == "done"
    assert queries.balance("1002") == D("0.00")
    assert queries.open_items("2241.3") == []
    assert len(told("RefundDone")) == 1
    with pytest.raises(IllegalMove):
        cancel_refund(refund_id=refund.pk, reason="too late")


@single
def test_a_cancelled_refund_stays_owed_and_goes_another_way():
    payment = _paid()
    order = Origin("order", payment.order_id)
    (refund,) = refund_order(order_id=order.id, amount=D("100.00"), origin=order, reason="cancelled")
    with pytest.raises(PaymentError):
        retry_refund(refund_id=refund.pk, way="cash")
    cancel_refund(refund_id=refund.pk, reason="account closed")
    again = retry_refund(refund_id=refund.pk, way="cash")
    settle_refund(refund_id=again.pk, account=MoneyAccount.objects.get(code="till"), note="at the counter")
    payment.refresh_from_db()
    assert payment.refund_total == D("100.00")
    assert queries.open_items("2241.3") == []


@single
def test_money_that_fits_nothing_goes_back():
    payment = a_receipt(None, "50.00", provider="bank", evidence=Evidence("bank_line"))
    receipt = UnappliedReceipt.objects.get()
    refund = refund_receipt(receipt_id=receipt.pk, reason="unknown payer")
    assert refund_receipt(receipt_id=receipt.pk, reason="again") == refund
    settle_refund(refund_id=refund.pk, account=MoneyAccount.objects.get(code="bank"))
    receipt.refresh_from_db()
    assert receipt.state == "refunded"
    assert queries.open_items("2241.4") == queries.open_items("2241.3") == []
    assert Payment.objects.get(pk=payment.pk).refund_total == D("50.00")


@single
@pytest.mark.breach  # its parcels live in a higher app
def test_what_the_courier_collected_can_be_given_back_by_transfer():
    order = an_order(term="cod")
    for parcel in (order.pk, order.pk + 1):
        bookings.book_delivery(
            parcel=parcel,
            order=order.pk,
            term="cod",
            gross=D("56.50"),
            tax=D("6.50"),
            goods_cost=D("0.00"),
            courier_id=3,
        )
    bookings.book_return_accepted(
        order=order.pk,
        gross=D("60.00"),
        tax=D("0.00"),
        goods_cost=D("0.00"),
        origin=Origin("order", order.pk),
    )
    refunds = refund_order(
        order_id=order.pk,
        amount=D("60.00"),
        origin=Origin("order", order.pk),
        reason="return",
        decided=True,
    )
    assert sorted(str(refund.amount) for refund in refunds) == ["3.50", "56.50"]
    assert {refund.way for refund in refunds} == {"transfer"}
    for refund in refunds:
        settle_refund(refund_id=refund.pk, account=MoneyAccount.objects.get(code="bank"))
    assert queries.order_money(order.pk).paid == D("53.00")


@race
@pytest.mark.races
def test_closing_and_paying_at_once_ends_paid_or_late():
    """F31, our half: money is either the order's advance or an open receipt, never lost, never both."""
    for number in range(3):
        intent = an_intent(amount="100.00", provider="bank")
        work = [
            lambda intent=intent: close_open_intent(order_id=intent.order_id),
            lambda intent=intent, number=number: a_receipt(intent, "100.00", f"T{number}", provider="bank"),
        ]
        closed, payment = at_once(2, lambda n, work=work: work[n]())
        intent.refresh_from_db()
        received = queries.order_money(intent.order_id).received
        if closed:
            assert (intent.state, received) == ("closed", D("0.00"))
            assert payment.unapplied.get().reason == "late"
        else:
            assert (intent.state, received) == ("paid", D("100.00"))
