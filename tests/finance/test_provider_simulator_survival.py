"""A provider that is killed in the middle keeps every payment and refund that it has acknowledged."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from finance.gateways.base import RefundRequest, RefundState, RefundStatus, TradeState, TradeStatus, Unknown
from finance.gateways.simulator.remote import RunningSimulator
from tests.finance.simulators import a_gateway, a_payment, a_simulator, pay_page


def test_a_killed_provider_has_lost_nothing_that_it_acknowledged(tmp_path):
    acknowledged: list[RefundRequest] = []
    unsure: list[RefundRequest] = []
    enough = threading.Event()
    with a_simulator(tmp_path) as running:
        gateway = a_gateway(running.remote)
        trades = [a_payment("100.00") for _ in range(4)]
        for request in trades:
            running.remote.pay(pay_page(gateway, request))

        def refund_on(request) -> None:
            for number in range(100):
                refund = RefundRequest(request.merchant_ref, f"RF{number}", Decimal("0.37"))
                answer = gateway.refund(refund)
                if not isinstance(answer, RefundState):
                    unsure.append(refund)
                    return
                acknowledged.append(refund)
                if len(acknowledged) >= 40:
                    enough.set()

        with ThreadPoolExecutor(4) as clerks:
            work = [clerks.submit(refund_on, request) for request in trades]
            assert enough.wait(60)
            running.kill()
            for each in work:
                each.result()

    assert len(acknowledged) >= 40
    with RunningSimulator(running.store, options=["--notify", "manual"]) as again:
        gateway, books = a_gateway(again.remote), again.remote.books()
        made = {(t["out_trade_no"], r["out_request_no"]) for t in books["trades"] for r in t["refunds"]}
        assert {(r.merchant_ref, r.refund_ref) for r in acknowledged} <= made
        assert len(made) <= len(acknowledged) + len(unsure)
        assert Decimal(books["refunded"]) == Decimal("0.37") * len(made)
        assert Decimal(books["balance"]) == sum(
            (Decimal(t["paid"]) - Decimal(t["refunded"]) - Decimal(t["fee"]) + Decimal(t["fee_returned"]))
            for t in books["trades"]
        )
        for refund in unsure:
            assert gateway.refund(refund).status is RefundStatus.DONE


def test_a_provider_comes_back_with_its_keys_clock_and_open_notices(tmp_path):
    with a_simulator(tmp_path) as running:
        gateway, request = a_gateway(running.remote, notify_url="http://127.0.0.1:1/"), a_payment()
        running.remote.pay(pay_page(gateway, request))
        token = (running.keys / "control.token").read_text()
        running.kill()
        assert isinstance(gateway.query(request.merchant_ref), Unknown)

    with RunningSimulator(running.store, options=["--notify", "manual"]) as again:
        assert (running.keys / "control.token").read_text() == token
        state = a_gateway(again.remote).query(request.merchant_ref)
        assert isinstance(state, TradeState)
        assert state.status is TradeStatus.PAID
        (sent,) = again.remote.deliver()
        assert (sent["out_trade_no"], sent["status"], sent["acknowledged"]) == (
            request.merchant_ref,
            None,
            False,
        )


def test_secrets_are_readable_by_their_owner_only(tmp_path):
    with a_simulator(tmp_path) as running:
        files = [running.store, *running.keys.iterdir()]

    assert stat.S_IMODE(running.keys.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_simulator_that_cannot_start_says_so(tmp_path):
    with pytest.raises(RuntimeError, match="did not start"):
        RunningSimulator(tmp_path / "absent" / "provider.sqlite")


def test_a_provider_does_not_outlive_whoever_started_it(tmp_path):
    with a_simulator(tmp_path) as running:
        running.process.stdin.close()

        assert running.process.wait(30) == 0
