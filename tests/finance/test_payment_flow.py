"""Paying and refunding through the real client, at a provider process with books of its own."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
import requests

from core import clock, faults
from core.origins import Origin
from finance import queries
from finance.errors import PaymentError
from finance.gateways.simulator.forgeries import FORGERIES
from finance.models import Entry, InboxMessage, Payment, PaymentIntent, Refund, UnappliedReceipt
from finance.services import (
    close_open_intent,
    handle_notification,
    notifications,
    pay_page,
    process_inbox,
    query_intent,
    refund_order,
    retry_refund,
    send_due_refunds,
    send_refund,
    sync_due_intents,
)
from tests.finance.builders import an_intent, told
from tests.finance.conftest import FORM
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
D = Decimal


def _paid(provider, intent=None) -> PaymentIntent:
    intent = intent or an_intent()
    provider.pay(pay_page(intent=intent))
    return intent


def _due(*rows) -> None:
    for row in rows:
        type(row).objects.filter(pk=row.pk).update(
            **{("next_try_at" if isinstance(row, Refund) else "next_query_at"): clock.now()}
        )


def _notice(provider, shop, intent) -> bytes:
    """The signed body of the notification, caught before anybody has acted on it."""
    heard, shop.answer = shop.answer, lambda body: b"later"
    provider.deliver(intent.merchant_ref)
    shop.answer = heard
    return shop.heard[-1][2]


def _hear(body: bytes) -> bytes:
    return handle_notification(provider="alipay", method="POST", headers=FORM, body=body)


def test_a_shopper_pays_and_the_notification_confirms(our_provider, shop):
    intent = _paid(our_provider)
    (delivered,) = our_provider.deliver(intent.merchant_ref)
    assert delivered["answer"] == "success", delivered
    intent.refresh_from_db()
    payment = Payment.objects.get()
    trade = our_provider.books(intent.merchant_ref)["trades"][0]
    assert (intent.state, payment.trade_no, payment.amount) == ("paid", trade["trade_no"], D("128.00"))
    assert InboxMessage.objects.get().state == "done"
    assert len(told("PaymentRecorded")) == 1


def test_without_any_notification_the_question_finds_the_payment(our_provider):
    """F28: at 1, 3 and 10 minutes, then hourly."""
    intent = _paid(our_provider)
    our_provider.fault("notice", "drop", times=9)
    assert sync_due_intents() == 0
    _due(intent)
    assert sync_due_intents() == 1
    intent.refresh_from_db()
    assert (intent.state, intent.next_query_at) == ("paid", None)
    assert queries.order_money(intent.order_id).received == D("128.00")


def test_an_unpaid_attempt_is_asked_about_less_and_less(our_provider):
    intent = an_intent()
    requests.get(pay_page(intent=intent), timeout=10)
    gaps = []
    for _ in range(4):
        intent.refresh_from_db()
        gaps.append(round((intent.next_query_at - intent.asked_at) / timedelta(minutes=1)))
        _due(intent)
        query_intent(intent_id=intent.pk)
    assert gaps[:3] == [1, 3, 10]
    intent.refresh_from_db()
    assert intent.next_query_at > clock.now() + timedelta(minutes=59)


def test_a_trade_is_closed_at_the_gateway_and_its_page_no_longer_pays(our_provider):
    intent = an_intent()
    url = pay_page(intent=intent)
    requests.get(url, timeout=10)
    assert close_open_intent(order_id=intent.order_id)
    intent.refresh_from_db()
    assert intent.state == "closed"
    assert our_provider.books(intent.merchant_ref)["trades"][0]["status"] == "TRADE_CLOSED"
    with pytest.raises(PaymentError):
        pay_page(intent=intent)


def test_an_attempt_that_was_paid_meanwhile_is_not_closed(our_provider):
    intent = _paid(our_provider)
    assert not close_open_intent(order_id=intent.order_id)
    intent.refresh_from_db()
    assert intent.state == "paid"
    assert close_open_intent(order_id=intent.order_id)


def test_a_silent_gateway_leaves_the_attempt_closing_until_it_answers(our_provider):
    intent = an_intent()
    requests.get(pay_page(intent=intent), timeout=10)
    our_provider.fault("alipay.trade.close", "cut")
    assert not close_open_intent(order_id=intent.order_id)
    intent.refresh_from_db()
    assert intent.state == "closing"
    _due(intent)
    sync_due_intents()
    intent.refresh_from_db()
    assert intent.state == "closed"


RUN = {
    "return first": lambda pk, body: [query_intent(intent_id=pk), _hear(body)],
    "notice first": lambda pk, body: [_hear(body), query_intent(intent_id=pk)],
    "three notices": lambda pk, body: [_hear(body), _hear(body), _hear(body), query_intent(intent_id=pk)],
    "never back": lambda pk, body: [_hear(body)],
    "only the question": lambda pk, body: [query_intent(intent_id=pk)],
}


@pytest.mark.parametrize("run", RUN)
def test_return_notice_and_question_make_one_payment(our_provider, shop, run):
    """F15, in a row."""
    intent = _paid(our_provider)
    RUN[run](intent.pk, _notice(our_provider, shop, intent))
    assert (Payment.objects.count(), Entry.objects.count(), len(told("PaymentRecorded"))) == (1, 1, 1)


def _all_at_once(our_provider, shop):
    intent = _paid(our_provider)
    body = _notice(our_provider, shop, intent)
    at_once(6, lambda n: _hear(body) if n % 2 else query_intent(intent_id=intent.pk))


def test_return_notice_and_question_at_once_make_one_payment(our_provider, shop):
    """F15, F27."""
    _all_at_once(our_provider, shop)
    assert (Payment.objects.count(), Entry.objects.count(), len(told("PaymentRecorded"))) == (1, 1, 1)


@pytest.mark.breach
def test_control_without_the_lock_the_payment_is_announced_twice(our_provider, shop):
    """F15: both have looked before either has written."""
    meet = threading.Barrier(2, timeout=20)
    intent = _paid(our_provider)
    body = _notice(our_provider, shop, intent)
    with faults.guard_off("F15"), faults.widened("F15", meet.wait):
        at_once(2, lambda n: _hear(body) if n else query_intent(intent_id=intent.pk))
    assert len(told("PaymentRecorded")) == 2


def test_one_event_many_times_is_one_payment(our_provider, shop):
    """F27: also after the provider has a new key."""
    intent = _paid(our_provider)
    body = _notice(our_provider, shop, intent)
    answers = at_once(8, lambda n: [_hear(body) for _ in range(4)])
    our_provider.sign_with(our_provider.new_key())
    our_provider.send_again(intent.merchant_ref)
    our_provider.deliver(intent.merchant_ref)
    assert {answer for few in answers for answer in few} == {b"success"}
    assert (Payment.objects.count(), len(told("PaymentRecorded"))) == (1, 1)


def test_a_forged_notification_changes_nothing(our_provider, shop):
    """F25: the kinds are those of the simulator."""
    intent = _paid(our_provider)
    kinds = sorted(FORGERIES)
    for kind in kinds:
        message = our_provider.forged(kind, intent.merchant_ref)
        answer = handle_notification(
            provider="alipay", method=message.method, headers=message.headers, body=message.body
        )
        assert answer == b"failure", kind
    assert not Payment.objects.exists()
    assert InboxMessage.objects.filter(state="rejected", verified=False, raw={}).count() == len(kinds)


@pytest.mark.parametrize(
    ("fault", "argument", "reason"),
    [
        ("wrong_amount", "-1", "amount"),
        ("wrong_amount", "1", "amount"),
        ("wrong_seller", "2088999999999999", "payee"),
        ("wrong_order", "SO-000000-9", "unknown"),
        ("wrong_currency", "USD", "currency"),
    ],
)
def test_signed_but_wrong_is_parked_and_answered_with_success(our_provider, fault, argument, reason):
    """F26."""
    our_provider.fault("notice", fault, argument=argument)
    intent = _paid(our_provider)
    (delivered,) = our_provider.deliver(intent.merchant_ref)
    intent.refresh_from_db()
    assert delivered["answer"] == "success"
    assert (intent.state, InboxMessage.objects.get().state) == ("asked", "parked")
    assert UnappliedReceipt.objects.get().reason == reason
    assert queries.order_money(intent.order_id).received == D("0.00")


def test_what_a_crash_left_in_the_inbox_is_done_later(our_provider, shop, monkeypatch):
    """I44."""
    intent = _paid(our_provider)
    body = _notice(our_provider, shop, intent)

    def crash(*_):
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(notifications, "_act", crash)
        with pytest.raises(RuntimeError):
            _hear(body)
    assert InboxMessage.objects.get().state == "new"
    InboxMessage.objects.update(received_at=clock.now() - timedelta(minutes=2))
    assert process_inbox() == 1
    assert (InboxMessage.objects.get().state, Payment.objects.count()) == ("done", 1)


def _refund(intent, amount="128.00") -> Refund:
    order = Origin("order", intent.order_id)
    (refund,) = refund_order(order_id=order.id, amount=D(amount), origin=order, reason="cancelled")
    return refund


def _refunds_there(provider, intent) -> list[str]:
    (trade,) = provider.books(intent.merchant_ref)["trades"]
    return [refund["out_request_no"] for refund in trade["refunds"]]


def test_a_refund_is_sent_after_commit_and_everything_goes_to_zero(our_provider):
    intent = _paid(our_provider)
    query_intent(intent_id=intent.pk)
    refund = _refund(intent)
    assert (refund.state, queries.order_money(intent.order_id).refund_owed) == ("requested", D("128.00"))
    assert send_due_refunds() == 1
    refund.refresh_from_db()
    assert refund.state == "done"
    assert _refunds_there(our_provider, intent) == [refund.request_no]
    money = queries.order_money(intent.order_id)
    assert (money.paid, money.refunded, money.refund_owed, money.advance) == (
        D("0.00"),
        D("128.00"),
        D("0.00"),
        D("0.00"),
    )
    assert [event["refund_id"] for event in told("RefundDone")] == [refund.pk]


@pytest.mark.parametrize("fault", ["cut", "fail_after", "garbage", "unsigned", "system_error"])
def test_a_refund_whose_answer_is_lost_is_unknown_until_it_is_asked_about(our_provider, fault):
    """F39, F42: money moves once, whatever the answer was."""
    intent = _paid(our_provider)
    query_intent(intent_id=intent.pk)
    refund = _refund(intent)
    our_provider.fault("alipay.trade.refund", fault)
    assert send_refund(refund_id=refund.pk) == "unknown"
    assert queries.order_money(intent.order_id).refund_owed == D("128.00")
    with pytest.raises(PaymentError):
        retry_refund(refund_id=refund.pk, way="transfer")
    assert send_refund(refund_id=refund.pk) == "done"
    assert _refunds_there(our_provider, intent) == [refund.request_no]
    assert queries.order_money(intent.order_id).refund_owed == D("0.00")


def test_a_refund_that_never_arrived_is_sent_again_under_its_number(our_provider):
    intent = _paid(our_provider)
    query_intent(intent_id=intent.pk)
    refund = _refund(intent)
    our_provider.fault("alipay.trade.refund", "lose_request")
    assert send_refund(refund_id=refund.pk) == "unknown"
    assert _refunds_there(our_provider, intent) == []
    assert send_refund(refund_id=refund.pk) == "done"
    assert _refunds_there(our_provider, intent) == [refund.request_no]


def test_control_a_timer_that_fails_unknown_refunds_pays_twice(our_provider):
    """F39: what our state table refuses, done by hand."""
    intent = an_intent(amount="128.00")
    _paid(our_provider, intent)
    query_intent(intent_id=intent.pk)
    refund = _refund(intent, "60.00")
    our_provider.fault("alipay.trade.refund", "cut")
    send_refund(refund_id=refund.pk)
    Refund.objects.filter(pk=refund.pk).update(state="failed", next_try_at=None)
    Payment.objects.update(refund_total=0)
    again = retry_refund(refund_id=refund.pk, way="provider")
    send_refund(refund_id=again.pk)
    assert len(_refunds_there(our_provider, intent)) == 2
    Refund.objects.filter(pk=refund.pk).update(state="unknown")
    Payment.objects.update(refund_total=120)


def test_a_notice_of_a_refund_settles_it_and_never_confirms_again(our_provider, shop):
    intent = _paid(our_provider)
    query_intent(intent_id=intent.pk)
    refund = _refund(intent)
    our_provider.fault("alipay.trade.refund", "cut")
    send_refund(refund_id=refund.pk)
    our_provider.deliver(intent.merchant_ref)
    refund.refresh_from_db()
    assert refund.state == "done"
    assert len(told("PaymentRecorded")) == len(told("RefundDone")) == 1
