"""Notices from a real provider process to a listening shop: repeated, doubled, late, reordered, forged."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import requests

from finance.gateways.base import (
    BEIJING,
    ForgedNotification,
    Notification,
    NotificationKind,
    RefundRequest,
    TradeStatus,
)
from finance.gateways.simulator.forgeries import FORGERIES
from finance.gateways.simulator.notices import GAPS
from finance.gateways.simulator.remote import ControlRefused
from tests.finance.simulators import a_gateway, a_payment, a_simulator, pay_page

START = datetime(2026, 9, 16, 10, 55, 23, tzinfo=BEIJING)


def a_paid_trade(provider, shop, amount: str = "128.00"):
    gateway, request = a_gateway(provider, notify_url=shop.url), a_payment(amount)
    provider.pay(pay_page(gateway, request))
    return gateway, request


def read(gateway, shop) -> list[Notification]:
    return [gateway.parse_notification(*message) for message in shop.heard]


def test_a_payment_and_its_refunds_are_told_and_proven(provider, shop):
    gateway, request = a_paid_trade(provider, shop)
    gateway.refund(RefundRequest(request.merchant_ref, "RF1", Decimal("28.00"), "少发, 一件"))
    gateway.refund(RefundRequest(request.merchant_ref, "RF2", Decimal("100.00")))

    sent = provider.deliver(request.merchant_ref)

    assert [message["acknowledged"] for message in sent] == [True, True, True]
    paid, part, whole = read(gateway, shop)
    assert (paid.kind, paid.status, paid.amount) == (
        NotificationKind.PAYMENT,
        TradeStatus.PAID,
        Decimal("128.00"),
    )
    assert (paid.merchant_ref, paid.payee) == (request.merchant_ref, gateway.payee)
    assert paid.paid_at is not None
    assert (part.kind, part.status, part.refund_ref, part.refunded_total) == (
        NotificationKind.REFUND,
        TradeStatus.PAID,
        "RF1",
        Decimal("28.00"),
    )
    assert (whole.kind, whole.status, whole.refund_ref, whole.refunded_total) == (
        NotificationKind.REFUND,
        TradeStatus.CLOSED,
        "RF2",
        Decimal("128.00"),
    )
    assert len({notice.event_id for notice in (paid, part, whole)}) == 3
    assert {notice.provider_ref for notice in (part, whole)} == {paid.provider_ref}


def test_a_closing_and_the_end_of_the_refund_period_are_told(provider, shop):
    gateway, request = a_paid_trade(provider, shop)
    provider.finish(request.merchant_ref)
    unpaid = a_payment()
    requests.get(pay_page(gateway, unpaid), timeout=10)
    gateway.close(unpaid.merchant_ref)

    provider.deliver(request.merchant_ref)
    provider.deliver(unpaid.merchant_ref)

    _, finished, closed = read(gateway, shop)
    assert (finished.kind, finished.status) == (NotificationKind.PAYMENT, TradeStatus.FINISHED)
    assert (closed.kind, closed.paid_at, closed.merchant_ref) == (
        NotificationKind.CLOSED,
        None,
        unpaid.merchant_ref,
    )


def test_a_trade_whose_time_is_up_is_closed_and_told(provider, shop):
    provider.stop_clock(START)
    gateway = a_gateway(provider, notify_url=shop.url)
    request = a_payment(expires_at=START + timedelta(minutes=15))
    requests.get(pay_page(gateway, request), timeout=10)
    provider.advance_clock(15 * 60 - 1)
    assert provider.deliver(request.merchant_ref) == []

    provider.advance_clock(1)
    provider.deliver(request.merchant_ref)

    (closed,) = read(gateway, shop)
    assert (closed.kind, closed.status) == (NotificationKind.CLOSED, TradeStatus.CLOSED)
    assert closed.closed_at == START + timedelta(minutes=15)


def test_a_notice_is_repeated_on_the_published_schedule_until_the_literal_word(provider, shop):
    provider.stop_clock(START)
    answers = iter([b"failure", b"SUCCESS", b"success ", b"success"])
    shop.answer = lambda body: next(answers)
    _, request = a_paid_trade(provider, shop)
    number = request.merchant_ref

    assert [message["attempt"] for message in provider.deliver(number, only_due=True)] == [1]
    for attempt, gap in enumerate(GAPS[:3], start=2):
        provider.advance_clock(gap - 1)
        assert provider.deliver(number, only_due=True) == []
        provider.advance_clock(1)
        assert [message["attempt"] for message in provider.deliver(number, only_due=True)] == [attempt]
    provider.advance_clock(sum(GAPS))

    assert provider.deliver(number, only_due=True) == []
    assert len({body for _, _, body in shop.heard}) == 4  # each sending is signed with its own time


def test_after_eight_sendings_the_provider_gives_up(provider, shop):
    provider.stop_clock(START)
    shop.answer = lambda body: b"failure"
    _, request = a_paid_trade(provider, shop)

    for gap in (0, *GAPS, 100_000):
        provider.advance_clock(gap)
        provider.deliver(request.merchant_ref, only_due=True)

    assert len(shop.heard) == 8
    assert sum(GAPS) <= 25 * 3600
    (notice,) = [row for row in provider.notices() if row["out_trade_no"] == request.merchant_ref]
    assert (notice["state"], notice["attempts"]) == ("given_up", 8)


def test_the_postman_sends_by_himself_until_success(tmp_path, shop):
    answers = iter([b"failure", b"failure", b"success"])
    shop.answer = lambda body: next(answers)
    with a_simulator(tmp_path, "--notify-pace", "0.0001", notify="auto") as running:
        gateway, request = a_paid_trade(running.remote, shop)
        with shop.arrived:
            assert shop.arrived.wait_for(lambda: len(shop.heard) == 3, timeout=30)

        assert {notice.event_id for notice in read(gateway, shop)} == {read(gateway, shop)[0].event_id}
        assert running.remote.books(request.merchant_ref)["paid"] == "128.00"


def test_a_doubled_notice_keeps_its_event_number(provider, shop):
    provider.fault("notice", "duplicate", argument=100)
    gateway, request = a_paid_trade(provider, shop)

    provider.deliver(request.merchant_ref)
    provider.send_again(request.merchant_ref)
    provider.deliver(request.merchant_ref, lines=16)

    assert len(shop.heard) == 200
    assert len({notice.event_id for notice in read(gateway, shop)}) == 1


def test_a_dropped_notice_never_comes_and_the_query_still_tells(provider, shop):
    provider.fault("notice", "drop")
    gateway, request = a_paid_trade(provider, shop)

    assert provider.deliver(request.merchant_ref) == []
    assert shop.heard == []
    assert gateway.query(request.merchant_ref).status is TradeStatus.PAID


def test_a_late_notice_comes_when_it_is_released(provider, shop):
    provider.fault("notice", "late")
    gateway, request = a_paid_trade(provider, shop)
    assert provider.deliver(request.merchant_ref) == []

    provider.release()

    assert len(provider.deliver(request.merchant_ref)) == 1
    assert read(gateway, shop)[0].merchant_ref == request.merchant_ref


def test_a_refund_can_be_told_before_its_payment(provider, shop):
    provider.fault("notice", "reorder")
    gateway, request = a_paid_trade(provider, shop)
    gateway.refund(RefundRequest(request.merchant_ref, "RF1", Decimal("28.00")))

    provider.deliver(request.merchant_ref)
    provider.deliver(request.merchant_ref)

    assert [notice.kind for notice in read(gateway, shop)] == [
        NotificationKind.REFUND,
        NotificationKind.PAYMENT,
    ]


def test_the_newest_can_be_sent_first(provider, shop):
    gateway, request = a_paid_trade(provider, shop)
    for number in ("RF1", "RF2"):
        gateway.refund(RefundRequest(request.merchant_ref, number, Decimal("1.00")))

    provider.deliver(request.merchant_ref, newest_first=True)

    assert [notice.refund_ref for notice in read(gateway, shop)] == ["RF2", "RF1", ""]


@pytest.mark.parametrize(
    ("kind", "argument", "field", "expected"),
    [
        ("wrong_amount", -1, "amount", Decimal("127.99")),
        ("wrong_amount", 1, "amount", Decimal("128.01")),
        ("wrong_seller", "2088777777777777", "payee", "2088777777777777"),
        ("wrong_order", "P-OF-SOMEBODY", "merchant_ref", "P-OF-SOMEBODY"),
        ("wrong_currency", "USD", "currency", "USD"),
    ],
)
def test_a_signed_but_wrong_notice_is_proven_and_wrong(provider, shop, kind, argument, field, expected):
    provider.fault("notice", kind, argument=argument)
    gateway, request = a_paid_trade(provider, shop)

    provider.deliver(request.merchant_ref)

    assert getattr(read(gateway, shop)[0], field) == expected


@pytest.mark.parametrize("kind", sorted(FORGERIES))
def test_a_forgery_over_the_line_is_refused(provider, shop, kind):
    gateway, request = a_paid_trade(provider, shop)

    forged = provider.forged(kind, request.merchant_ref)

    with pytest.raises(ForgedNotification):
        gateway.parse_notification(forged.method, forged.headers, forged.body)
    if forged.method == "POST":
        assert provider.forge(kind, request.merchant_ref)["status"] == 200
        assert len(shop.heard) == 1


def test_a_new_key_signs_while_the_old_one_is_still_accepted(tmp_path, shop):
    with a_simulator(tmp_path) as running:
        provider = running.remote
        before = a_gateway(provider, notify_url=shop.url)
        new = provider.new_key()
        during, request = a_paid_trade(provider, shop)
        provider.deliver(request.merchant_ref)
        provider.sign_with(new)
        provider.send_again(request.merchant_ref)
        provider.deliver(request.merchant_ref)

        assert [during.parse_notification(*message).key_id for message in shop.heard] == ["k1", "k2"]
        assert during.query(request.merchant_ref).status is TradeStatus.PAID
        with pytest.raises(ForgedNotification):
            before.parse_notification(*shop.heard[1])


def test_an_impossible_fault_is_refused_by_name(provider):
    with pytest.raises(ControlRefused, match="no fault 'explode'"):
        provider.fault("notice", "explode")
    with pytest.raises(ControlRefused, match=r"nothing is called 'alipay\.trade\.refnd'"):
        provider.fault("alipay.trade.refnd", "cut")
    with pytest.raises(ControlRefused, match="no fault 'late'"):
        provider.fault("alipay.trade.refund", "late")
