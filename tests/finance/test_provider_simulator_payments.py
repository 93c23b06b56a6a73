"""The real Alipay client against a real provider process: payments, refunds, every way to lose an answer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from finance.gateways.alipay import AlipayGateway
from finance.gateways.base import (
    BEIJING,
    CalledInsideTransaction,
    Device,
    PayPage,
    RefundRequest,
    RefundState,
    RefundStatus,
    Refused,
    TradeState,
    TradeStatus,
    Unknown,
)
from tests.finance.simulators import a_gateway, a_payment, a_simulator, its_settings, pay_page


def a_paid_trade(provider, amount: str = "128.00"):
    gateway, request = a_gateway(provider), a_payment(amount)
    provider.pay(pay_page(gateway, request))
    return gateway, request


def the_trade(provider, request):
    (trade,) = provider.books(request.merchant_ref)["trades"]
    return trade


def test_a_trade_is_absent_until_the_payer_opens_the_page(provider):
    gateway, request = a_gateway(provider), a_payment()
    url = pay_page(gateway, request)

    assert gateway.query(request.merchant_ref) == TradeState(request.merchant_ref, TradeStatus.ABSENT)

    requests.get(url, timeout=10)
    waiting = gateway.query(request.merchant_ref)
    assert (waiting.status, waiting.amount, waiting.took_money) == (
        TradeStatus.WAITING,
        Decimal("128.00"),
        False,
    )

    provider.pay(url)
    paid = gateway.query(request.merchant_ref)
    assert (paid.status, paid.amount, paid.took_money) == (TradeStatus.PAID, Decimal("128.00"), True)
    assert paid.provider_ref == the_trade(provider, request)["trade_no"]
    assert len(paid.provider_ref) == 28


@pytest.mark.parametrize("device", Device)
def test_the_payer_sees_the_sum_pays_and_is_sent_back(provider, device):
    gateway, request = a_gateway(provider), a_payment(device=device)
    with requests.Session() as browser:
        page = browser.get(pay_page(gateway, request), timeout=10)
        assert "¥ 128.00" in page.text
        assert "确认付款 · Pay" in page.text
        failed = browser.post(page.url, data={"act": "fail"}, timeout=10)
        assert "not enough money" in failed.text
        later = browser.post(page.url, data={"act": "later"}, timeout=10)
        assert "Nothing was paid" in later.text
        assert the_trade(provider, request)["paid"] == "0.00"
        back = browser.post(page.url, data={"act": "pay"}, timeout=10, allow_redirects=False)
        again = browser.post(page.url, data={"act": "pay"}, timeout=10, allow_redirects=False)

    assert back.headers["Location"].startswith("http://shop.test/back?")
    assert f"out_trade_no={request.merchant_ref}" in back.headers["Location"]
    assert again.status_code == 200
    assert the_trade(provider, request)["paid"] == "128.00"


def test_one_number_is_one_trade_and_another_amount_is_refused(provider):
    gateway, request = a_gateway(provider), a_payment("10.00")
    for _ in range(3):
        assert requests.get(pay_page(gateway, request), timeout=10).status_code == 200
    other = a_payment("11.00", merchant_ref=request.merchant_ref)

    refused = requests.get(pay_page(gateway, other), timeout=10)

    assert refused.status_code == 400
    assert "ACQ.CONTEXT_INCONSISTENT" in refused.text
    assert the_trade(provider, request)["total"] == "10.00"


def test_sixteen_browsers_pay_one_trade_once(provider):
    gateway, request = a_gateway(provider), a_payment()
    page = requests.get(pay_page(gateway, request), timeout=10)
    barrier = threading.Barrier(16)

    def press(_: int) -> int:
        barrier.wait()
        return requests.post(page.url, data={"act": "pay"}, timeout=10, allow_redirects=False).status_code

    before = Decimal(provider.books()["balance"])
    with ThreadPoolExecutor(16) as browsers:
        answers = sorted(browsers.map(press, range(16)))

    assert answers == [200] * 15 + [303]
    assert Decimal(provider.books()["balance"]) - before == Decimal("128.00") - Decimal("0.77")


def test_a_page_whose_link_was_changed_is_refused(provider):
    gateway, request = a_gateway(provider), a_payment()
    url = pay_page(gateway, request)

    refused = requests.get(url.replace("128.00", "1.00"), timeout=10)

    assert refused.status_code == 400
    assert "isv.invalid-signature" in refused.text
    assert provider.books(request.merchant_ref)["trades"] == []


def test_closing_decides_what_becomes_of_the_stock(provider):
    gateway = a_gateway(provider)
    unopened, opened = a_payment(), a_payment()
    _, paid = a_paid_trade(provider)
    requests.get(pay_page(gateway, opened), timeout=10)

    assert gateway.close(unopened.merchant_ref).status is TradeStatus.ABSENT
    closed = gateway.close(opened.merchant_ref)
    assert (closed.status, closed.took_money) == (TradeStatus.CLOSED, False)
    assert gateway.close(opened.merchant_ref) == closed
    kept = gateway.close(paid.merchant_ref)
    assert (kept.status, kept.took_money) == (TradeStatus.PAID, True)


def test_a_closed_or_overdue_trade_takes_no_money(provider):
    gateway = a_gateway(provider)
    closed = a_payment()
    page = requests.get(pay_page(gateway, closed), timeout=10)
    gateway.close(closed.merchant_ref)
    assert "closed" in requests.post(page.url, data={"act": "pay"}, timeout=10).text

    start = datetime(2026, 9, 16, 12, 0, tzinfo=BEIJING)
    provider.stop_clock(start)
    late, never = (a_payment(expires_at=start + timedelta(minutes=15)) for _ in range(2))
    page = requests.get(pay_page(gateway, late), timeout=10)
    provider.advance_clock(15 * 60)
    assert "closed" in requests.post(page.url, data={"act": "pay"}, timeout=10).text
    assert requests.get(pay_page(gateway, never), timeout=10).status_code == 400

    assert gateway.query(late.merchant_ref).status is TradeStatus.CLOSED
    assert gateway.query(never.merchant_ref).status is TradeStatus.ABSENT
    for request in (closed, late):
        assert the_trade(provider, request)["paid"] == "0.00"


def test_a_refund_number_is_one_refund_however_often_it_is_asked(provider):
    gateway, request = a_paid_trade(provider)
    part = RefundRequest(request.merchant_ref, "RF1", Decimal("28.00"), "少发一件")

    answers = [gateway.refund(part) for _ in range(4)]

    assert [answer.status for answer in answers] == [RefundStatus.DONE] * 4
    assert {answer.amount for answer in answers} == {Decimal("28.00")}
    assert answers[0].refunded_total == Decimal("28.00")
    asked = [call["method"] for call in provider.calls() if call["out_trade_no"] == request.merchant_ref]
    assert asked.count("alipay.trade.fastpay.refund.query") == 3  # a repeat moves no money: so it is asked
    trade = the_trade(provider, request)
    assert (trade["refunded"], len(trade["refunds"])) == ("28.00", 1)


def test_a_refund_number_with_another_amount_is_refused(provider):
    gateway, request = a_paid_trade(provider)
    gateway.refund(RefundRequest(request.merchant_ref, "RF1", Decimal("28.00")))

    refused = gateway.refund(RefundRequest(request.merchant_ref, "RF1", Decimal("29.00")))

    assert isinstance(refused, Refused)
    assert refused.code == "ACQ.DISCORDANT_REPEAT_REQUEST"
    assert the_trade(provider, request)["refunded"] == "28.00"


def test_refunds_never_go_beyond_the_payment_and_bring_the_whole_fee_back(provider):
    gateway, request = a_paid_trade(provider, "100.00")
    amounts = ["33.33", "33.33", "33.33", "0.02", "0.01"]

    answers = [
        gateway.refund(RefundRequest(request.merchant_ref, f"RF{number}", Decimal(amount)))
        for number, amount in enumerate(amounts)
    ]

    assert isinstance(answers[3], Refused)
    assert answers[3].code == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    trade = the_trade(provider, request)
    assert (trade["refunded"], trade["fee"], trade["fee_returned"]) == ("100.00", "0.60", "0.60")
    assert trade["status"] == "TRADE_CLOSED"
    state = gateway.query(request.merchant_ref)
    assert (state.status, state.took_money) == (TradeStatus.CLOSED, True)


def test_sixteen_refunds_at_once_leave_no_more_than_was_paid(provider):
    gateway, request = a_paid_trade(provider, "100.00")
    barrier = threading.Barrier(16)

    def ask(number: int) -> RefundState | Refused | Unknown:
        barrier.wait()
        return gateway.refund(RefundRequest(request.merchant_ref, f"RF{number}", Decimal("60.00")))

    with ThreadPoolExecutor(16) as clerks:
        answers = list(clerks.map(ask, range(16)))

    assert sum(isinstance(answer, RefundState) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 15
    assert the_trade(provider, request)["refunded"] == "60.00"


@pytest.mark.parametrize("amount", ["0", "-1.00", "0.001", "NaN", "Infinity"])
def test_an_impossible_refund_amount_never_leaves_the_house(amount):
    with pytest.raises(ValueError, match="amount"):
        RefundRequest("P1", "RF1", Decimal(amount))


def test_a_refund_beyond_the_balance_is_refused(tmp_path):
    with a_simulator(tmp_path) as running:
        gateway, request = a_paid_trade(running.remote, "50.00")
        running.remote.pay_out("W1")

        refused = gateway.refund(RefundRequest(request.merchant_ref, "RF1", Decimal("20.00")))

        assert isinstance(refused, Refused)
        assert refused.code == "ACQ.SELLER_BALANCE_NOT_ENOUGH"
        assert running.remote.books()["balance"] == "0.00"
        assert the_trade(running.remote, request)["refunded"] == "0.00"


def test_a_refund_can_be_asked_for_before_and_after(provider):
    gateway, request = a_paid_trade(provider)

    assert gateway.query_refund(request.merchant_ref, "RF1").status is RefundStatus.ABSENT
    assert gateway.query_refund("P-NOBODY", "RF1").status is RefundStatus.ABSENT
    gateway.refund(RefundRequest(request.merchant_ref, "RF1", Decimal("28.00")))
    done = gateway.query_refund(request.merchant_ref, "RF1")

    assert (done.status, done.amount) == (RefundStatus.DONE, Decimal("28.00"))
    assert done.refunded_at is not None


LOSSES = ["cut", "fail_after", "garbage", "unsigned", "bad_sign", "system_error"]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_refund_whose_answer_is_lost_stays_unknown_until_the_query_and_is_paid_once(provider, loss):
    gateway, request = a_paid_trade(provider)
    refund = RefundRequest(request.merchant_ref, "RF1", Decimal("28.00"))
    provider.fault("alipay.trade.refund", loss, times=2, out_trade_no=request.merchant_ref)

    assert isinstance(gateway.refund(refund), Unknown)
    assert isinstance(gateway.refund(refund), Unknown)
    assert gateway.query_refund(request.merchant_ref, "RF1").status is RefundStatus.DONE
    assert gateway.refund(refund).status is RefundStatus.DONE

    trade = the_trade(provider, request)
    assert (trade["refunded"], len(trade["refunds"])) == ("28.00", 1)


@pytest.mark.parametrize("loss", ["lose_request", "fail"])
def test_a_refund_that_never_arrived_is_absent_and_can_be_sent_again(provider, loss):
    gateway, request = a_paid_trade(provider)
    refund = RefundRequest(request.merchant_ref, "RF1", Decimal("28.00"))
    provider.fault("alipay.trade.refund", loss, out_trade_no=request.merchant_ref)

    assert isinstance(gateway.refund(refund), Unknown)
    assert gateway.query_refund(request.merchant_ref, "RF1").status is RefundStatus.ABSENT
    assert gateway.refund(refund).status is RefundStatus.DONE
    assert the_trade(provider, request)["refunded"] == "28.00"


def test_a_new_number_for_a_retry_would_pay_twice(provider):
    """The control of the rule above: what protects us is the stored number (F30, F39)."""
    gateway, request = a_paid_trade(provider)
    provider.fault("alipay.trade.refund", "cut", out_trade_no=request.merchant_ref)

    for number in ("RF1", "RF2"):
        gateway.refund(RefundRequest(request.merchant_ref, number, Decimal("28.00")))

    assert the_trade(provider, request)["refunded"] == "56.00"


@pytest.mark.parametrize("loss", LOSSES)
def test_a_query_whose_answer_is_lost_or_unproven_is_unknown(provider, loss):
    gateway, request = a_paid_trade(provider)
    provider.fault("alipay.trade.query", loss, out_trade_no=request.merchant_ref)

    assert isinstance(gateway.query(request.merchant_ref), Unknown)
    assert gateway.query(request.merchant_ref).status is TradeStatus.PAID


def test_a_slow_answer_is_unknown_after_the_time_out(provider):
    gateway = a_gateway(provider, read_seconds=0.2)
    request = a_payment()
    provider.pay(pay_page(gateway, request))
    provider.fault("alipay.trade.refund", "hold_answer", out_trade_no=request.merchant_ref)

    lost = gateway.refund(RefundRequest(request.merchant_ref, "RF1", Decimal("28.00")))
    while the_trade(provider, request)["refunded"] == "0.00":
        pass  # we gave up, the provider may not even have begun
    provider.release()

    assert isinstance(lost, Unknown)
    assert a_gateway(provider).query_refund(request.merchant_ref, "RF1").status is RefundStatus.DONE


def test_a_closing_whose_answer_is_lost_is_unknown(provider):
    gateway, request = a_gateway(provider), a_payment()
    requests.get(pay_page(gateway, request), timeout=10)
    provider.fault("alipay.trade.close", "cut", out_trade_no=request.merchant_ref)

    assert isinstance(gateway.close(request.merchant_ref), Unknown)
    assert gateway.query(request.merchant_ref).status is TradeStatus.CLOSED


def test_a_provider_that_is_away_is_unknown(provider):
    gone = AlipayGateway(
        replace(its_settings(provider), gateway_url="http://127.0.0.1:1/gateway.do"),
        now=lambda: datetime.now(UTC),
        inside_transaction=lambda: False,
    )

    assert isinstance(gone.query("P1"), Unknown)


def test_no_call_leaves_inside_a_database_transaction(provider):
    gateway = AlipayGateway(
        its_settings(provider), now=lambda: datetime.now(UTC), inside_transaction=lambda: True
    )
    before = len(provider.calls())

    with pytest.raises(CalledInsideTransaction):
        gateway.refund(RefundRequest("P1", "RF1", Decimal("1.00")))
    with pytest.raises(CalledInsideTransaction):
        gateway.query("P1")

    assert isinstance(gateway.create(a_payment()), PayPage)  # makes a link, calls nobody
    assert len(provider.calls()) == before


def test_an_unknown_merchant_is_refused_by_name(provider):
    stranger = replace(its_settings(provider), app_id="2021000000000001")
    gateway = AlipayGateway(stranger, now=lambda: datetime.now(UTC), inside_transaction=lambda: False)

    assert gateway.query("P1") == Refused("isv.invalid-app-id", "无效的AppID参数")


def test_other_money_than_yuan_is_refused_before_anybody_is_asked(provider):
    assert isinstance(a_gateway(provider).create(a_payment(currency="USD")), Refused)


def test_the_control_door_opens_to_its_token_only(provider):
    for headers in ({}, {"X-Control-Token": "guess"}, {"X-Control-Token": ""}):
        answer = requests.post(f"{provider.url}/control/books", json={}, headers=headers, timeout=10)
        assert (answer.status_code, answer.content) == (403, b"")


def test_a_title_with_forbidden_characters_is_made_acceptable(provider):
    gateway, request = a_gateway(provider), a_payment(subject="白/黑 = 2 & <b>3</b>" + "长" * 300)

    page = requests.get(pay_page(gateway, request), timeout=10)

    assert "白 黑 2 &lt;b&gt;3&lt; b&gt;长" in page.text
    assert "长" * 250 not in page.text


@pytest.mark.parametrize("number", ["", "P 1", "P/1", "订单1", "P" * 65])
def test_a_number_that_the_provider_would_not_take_is_refused_at_home(provider, number):
    assert isinstance(a_gateway(provider).create(a_payment(merchant_ref=number)), Refused)


def test_an_answer_with_another_amount_is_passed_on_as_it_was_signed(provider):
    """The caller compares it with its own intent (F26)."""
    gateway, request = a_paid_trade(provider)
    provider.fault("alipay.trade.query", "wrong_amount", out_trade_no=request.merchant_ref)

    assert gateway.query(request.merchant_ref).amount == Decimal("128.01")


def test_a_held_call_has_done_nothing_until_it_is_released(provider):
    gateway, request = a_paid_trade(provider)
    provider.fault("alipay.trade.refund", "hold", out_trade_no=request.merchant_ref)

    with ThreadPoolExecutor(1) as clerk:
        asked = clerk.submit(gateway.refund, RefundRequest(request.merchant_ref, "RF1", Decimal("28.00")))
        assert gateway.query_refund(request.merchant_ref, "RF1").status is RefundStatus.ABSENT
        assert not asked.done()
        provider.release()
        assert asked.result().status is RefundStatus.DONE
