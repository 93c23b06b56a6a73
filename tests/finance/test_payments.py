"""Money that came: recorded once, applied where it fits, set apart where it does not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core import clock
from core.errors import IllegalMove
from core.origins import Origin
from finance import queries
from finance.errors import IntentLive, PaymentError
from finance.models import Entry, MoneyAccount, Payment, PaymentEvidence, PaymentIntent, UnappliedReceipt
from finance.services import (
    Evidence,
    apply_receipt,
    bookings,
    close_open_intent,
    dismiss_receipt,
    expire_intent,
    open_intent,
    park_payment,
    record_free_payment,
    record_order_receipt,
)
from tests.finance.builders import a_receipt, an_intent, an_order, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keys")]
D = Decimal


def test_a_payment_that_agrees_is_the_advance_of_its_order():
    intent = an_intent()
    payment = a_receipt(intent)
    intent.refresh_from_db()
    assert (payment.order_id, payment.applied, payment.state) == (intent.order_id, D("128.00"), "confirmed")
    assert intent.state == "paid"
    money = queries.order_money(intent.order_id)
    assert (money.received, money.advance, money.paid) == (D("128.00"),) * 3
    assert [event["payment_id"] for event in told("PaymentRecorded")] == [payment.pk]


def test_every_later_proof_only_adds_evidence():
    intent = an_intent()
    first = a_receipt(intent)
    for status in ("paid", "finished"):
        assert a_receipt(intent, evidence=Evidence("notification", status=status)) == first
    assert a_receipt(intent) == first
    assert Entry.objects.count() == 1
    assert len(told("PaymentRecorded")) == 1
    assert PaymentEvidence.objects.filter(payment=first).count() == 3


@pytest.mark.parametrize(
    ("change", "reason", "booked"),
    [
        ({"amount": D("127.99")}, "amount", True),
        ({"amount": D("128.01")}, "amount", True),
        ({"currency": "USD"}, "currency", False),
        ({"payee": "2088999999999999"}, "payee", False),
        ({"merchant_ref": "nobody-1"}, "unknown", True),
    ],
)
def test_what_is_wrong_is_parked_and_confirms_nothing(change, reason, booked):
    """F26."""
    intent = an_intent()
    payment = a_receipt(intent, **change)
    intent.refresh_from_db()
    receipt = UnappliedReceipt.objects.get()
    assert (payment.state, payment.applied, payment.order) == ("unapplied", D("0.00"), None)
    assert (receipt.reason, receipt.amount, intent.state) == (reason, payment.amount, "open")
    assert queries.order_money(intent.order_id).received == D("0.00")
    assert (payment.entry is not None) == booked
    assert told("PaymentRecorded") == []
    assert [event["reason"] for event in told("PaymentParked")] == [reason]


def test_money_after_we_closed_the_attempt_is_late():
    """F33: closed stays closed."""
    intent = an_intent()
    assert close_open_intent(order_id=intent.order_id)
    a_receipt(intent)
    intent.refresh_from_db()
    assert intent.state == "closed"
    receipt = UnappliedReceipt.objects.get()
    assert (receipt.reason, receipt.meant_for_id) == ("late", intent.order_id)


def test_money_is_stronger_than_the_word_of_the_provider_that_nobody_paid():
    """F29."""
    intent = an_intent()
    expire_intent(merchant_ref=intent.merchant_ref)
    a_receipt(intent)
    intent.refresh_from_db()
    assert intent.state == "paid"


def test_an_old_attempt_that_expires_leaves_a_paid_order_alone():
    """F32."""
    order = an_order()
    old = an_intent(order)
    expire_intent(merchant_ref=old.merchant_ref)
    new = an_intent(order)
    a_receipt(new)
    expire_intent(merchant_ref=old.merchant_ref)
    new.refresh_from_db()
    assert new.state == "paid"
    a_receipt(old, trade_no="T2")
    assert UnappliedReceipt.objects.get().reason == "late"
    assert queries.order_money(order.pk).received == D("128.00")


def test_a_second_transaction_for_a_paid_attempt_is_set_apart():
    intent = an_intent()
    a_receipt(intent)
    a_receipt(intent, trade_no="T2")
    assert UnappliedReceipt.objects.get().reason == "twice"
    assert queries.order_money(intent.order_id).received == D("128.00")
    assert len(told("PaymentRecorded")) == 1


def test_a_transfer_may_come_in_parts_and_what_is_too_much_is_set_apart():
    intent = an_intent(provider="bank")
    bank = {"provider": "bank", "evidence": Evidence("bank_line")}
    a_receipt(intent, "100.00", "B1", **bank)
    intent.refresh_from_db()
    assert intent.state == "open"
    second = a_receipt(intent, "30.00", "B2", **bank)
    intent.refresh_from_db()
    assert (intent.state, second.applied) == ("paid", D("28.00"))
    receipt = UnappliedReceipt.objects.get()
    assert (receipt.amount, receipt.reason) == (D("2.00"), "too_much")
    assert queries.balance("2241.4") == D("-2.00")
    assert queries.balance("1002") == D("130.00")


def test_a_clerk_names_the_order_of_a_receipt():
    payment = a_receipt(None, "50.00")
    order = an_order()
    receipt = UnappliedReceipt.objects.get()
    apply_receipt(receipt_id=receipt.pk, order_id=order.pk, note="customer called")
    payment.refresh_from_db()
    assert (payment.order_id, payment.applied) == (order.pk, D("50.00"))
    assert queries.order_money(order.pk).received == D("50.00")
    assert queries.open_items("2241.4") == []
    with pytest.raises(IllegalMove):
        apply_receipt(receipt_id=receipt.pk, order_id=order.pk)


def test_what_never_came_into_our_account_is_dismissed_with_a_reason_only():
    a_receipt(an_intent(), payee="2088999999999999")
    receipt = UnappliedReceipt.objects.get()
    with pytest.raises(PaymentError):
        apply_receipt(receipt_id=receipt.pk, order_id=an_order().pk)
    with pytest.raises(PaymentError):
        dismiss_receipt(receipt_id=receipt.pk, note="")
    dismiss_receipt(receipt_id=receipt.pk, note="forged seller")
    receipt.refresh_from_db()
    assert receipt.state == "dismissed"
    assert not Entry.objects.exists()


def test_money_of_a_closed_order_is_parked_once():
    """F31, F33: called by the order's own handler."""
    intent = an_intent()
    payment = a_receipt(intent)
    for _ in range(3):
        park_payment(payment_id=payment.pk)
    payment.refresh_from_db()
    assert (payment.state, payment.applied) == ("unapplied", D("0.00"))
    assert UnappliedReceipt.objects.get().amount == D("128.00")
    assert queries.order_money(intent.order_id) == queries.OrderMoney()
    assert queries.balance("2241.4") == D("-128.00")


def test_an_order_of_nothing_is_paid_without_a_provider():
    """F23."""
    order = an_order()
    payment = record_free_payment(order_id=order.pk, currency="CNY")
    assert record_free_payment(order_id=order.pk, currency="CNY") == payment
    assert not Entry.objects.exists()
    assert len(told("PaymentRecorded")) == 1


def test_an_attempt_is_opened_once_and_another_amount_needs_it_closed():
    """F30, F36."""
    order = an_order()
    first = an_intent(order)
    assert an_intent(order) == first
    with pytest.raises(IntentLive):
        an_intent(order, "99.00")
    close_open_intent(order_id=order.pk)
    second = an_intent(order, "99.00")
    assert (first.merchant_ref, second.merchant_ref) == (f"{order.number}-1", f"{order.number}-2")


def test_the_old_amount_paid_in_the_gap_is_kept_apart():
    """F36: nothing is lost, nothing is confirmed with the wrong amount."""
    order = an_order()
    old = an_intent(order)
    close_open_intent(order_id=order.pk)
    new = an_intent(order, "99.00")
    a_receipt(old)
    new.refresh_from_db()
    assert new.state == "open"
    assert UnappliedReceipt.objects.get().amount == D("128.00")


def test_a_clerk_books_a_transfer_for_an_order_without_an_attempt():
    order = an_order()
    bank = MoneyAccount.objects.get(code="bank")
    values = {
        "account": bank,
        "trade_no": "slip 7",
        "order_id": order.pk,
        "amount": D("50.00"),
        "received_at": clock.now(),
        "evidence": Evidence("clerk", note="seen in the bank app"),
    }
    assert record_order_receipt(**values) == record_order_receipt(**values)
    assert queries.order_money(order.pk).received == D("50.00")
    assert Payment.objects.count() == 1


@pytest.mark.breach  # its parcels live in a higher app
def test_a_transfer_pays_what_an_account_customer_owes():
    order = an_order()
    bookings.book_delivery(
        parcel=order.pk,
        order=order.pk,
        term="on_account",
        gross=D("113.00"),
        tax=D("13.00"),
        goods_cost=D("0.00"),
        customer_id=9,
    )
    record_order_receipt(
        account=MoneyAccount.objects.get(code="bank"),
        trade_no="slip 8",
        order_id=order.pk,
        amount=D("113.00"),
        received_at=clock.now(),
        evidence=Evidence("clerk"),
    )
    assert queries.open_items("1122", origin=Origin("order", order.pk)) == []
    assert queries.order_money(order.pk).advance == D("0.00")


def test_a_transfer_for_an_order_whose_page_is_open_closes_the_page():
    intent = an_intent()
    PaymentIntent.objects.filter(pk=intent.pk).update(
        state="asked", asked_at=clock.now(), next_query_at=clock.now() + timedelta(minutes=1)
    )
    record_order_receipt(
        account=MoneyAccount.objects.get(code="bank"),
        trade_no="slip 9",
        order_id=intent.order_id,
        amount=D("128.00"),
        received_at=clock.now(),
        evidence=Evidence("bank_line"),
    )
    intent.refresh_from_db()
    assert (intent.state, intent.next_query_at <= clock.now()) == ("closing", True)
    a_receipt(intent, trade_no="T1")
    assert UnappliedReceipt.objects.get().reason == "twice"


def test_two_proofs_that_disagree_are_a_contradiction_for_a_clerk():
    intent = an_intent()
    a_receipt(intent, "127.99")
    a_receipt(intent, "128.00")
    receipt = UnappliedReceipt.objects.get()
    assert (receipt.reason, receipt.amount) == ("contradiction", D("127.99"))
    assert queries.order_money(intent.order_id).received == D("0.00")


def test_open_intent_belongs_to_one_order_at_a_time():
    with pytest.raises(MoneyAccount.DoesNotExist):
        open_intent(order=an_order(), amount=D("1.00"), currency="CNY", provider="nobody")
