"""The end of an order before its goods have left, and every race for its last moment."""

import os
from datetime import timedelta
from decimal import Decimal as D

import pytest

from core import clock, faults
from core.events import drain_all
from core.money import ZERO
from finance.models import MoneyAccount, PaymentIntent, Refund, UnappliedReceipt
from finance.queries import order_money
from finance.services import Evidence, pay_page, record_order_receipt
from inventory.models import Reservation, StockLevel
from logistics import services as logistics
from logistics.errors import AlreadyGone, Intercepted, NotReady
from orders.errors import CannotCancel
from orders.models import Cancellation
from orders.order.models import Order
from orders.services import cancel_order, expire_orders, place_order
from tests.finance.builders import a_receipt
from tests.scenarios.company import a_company, a_draft, an_order_of
from tests.scenarios.steps import hear, label, pack, pay, pick, settle_down
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = int(os.environ.get("RACE_SEEDS", "3"))


def later(minutes: int):
    return clock.virtual(clock.now() + timedelta(minutes=minutes))


def test_an_unpaid_order_ends_when_its_time_has_run_out(provider):
    """F09, F28: whatever it waits for, the goods are free again and the customer is told."""
    company = a_company()
    prepaid = an_order_of(company, {company.cup: 2})
    cod = place_order(draft=a_draft(company, {company.cup: 9 - 2}, term="cod", buyer_note="hold me"))
    settle_down()
    with later(29):
        assert expire_orders() == []
    with later(31):
        assert expire_orders() == [prepaid.pk]
        assert expire_orders() == []
    with later(3 * 24 * 60 + 1):
        assert expire_orders() == [cod.pk]
        settle_down()
    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled"}
    assert {row.reason for row in Cancellation.objects.all()} == {"expired"}
    assert StockLevel.objects.get(sku=company.cup).reserved == 0
    assert not Reservation.objects.filter(state="open").exists()
    assert PaymentIntent.objects.get().state in ("closed", "expired")


def test_an_order_that_was_paid_in_the_last_minute_stays(provider):
    """F31: the gateway is asked before goods are given away, and it says paid."""
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    pay(order, provider)  # and nobody has told us
    with later(31):
        assert expire_orders() == []
        settle_down()
    order.refresh_from_db()
    assert (order.status, order.payment_state) == ("confirmed", "paid")


def test_an_order_whose_gateway_is_silent_is_not_cancelled(provider):
    """F28: nothing is guessed; the goods stay held until the gateway has answered."""
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    pay_page(intent=PaymentIntent.objects.get(order=order))
    for call in ("alipay.trade.close", "alipay.trade.query"):
        provider.fault(call, "lose_request", times=5)
    with pytest.raises(CannotCancel):
        cancel_order(order_id=order.pk, reason="customer")
    order.refresh_from_db()
    assert order.status == "awaiting_payment"
    assert StockLevel.objects.get(sku=company.cup).reserved == 1
    provider.clear_faults()
    cancel_order(order_id=order.pk, reason="customer")
    order.refresh_from_db()
    assert order.status == "cancelled"


def test_late_money_never_revives_a_cancelled_order(provider):
    """F33: it is set apart for a clerk, and stock stays free."""
    company = a_company()
    order = an_order_of(company, {company.cup: 1}, freight="0")
    intent = PaymentIntent.objects.get(order=order)
    cancel_order(order_id=order.pk, reason="customer")
    settle_down()
    for _time in range(3):
        a_receipt(intent, amount="113.00", trade_no="late-1")
        settle_down()
    order.refresh_from_db()
    assert (order.status, order_money(order.pk).received) == ("cancelled", ZERO)
    assert StockLevel.objects.get(sku=company.cup).reserved == 0
    receipt = UnappliedReceipt.objects.get()
    assert (receipt.amount, receipt.state) == (D("113.00"), "open")


@pytest.mark.races
def test_expiry_and_payment_meet_and_the_payment_wins(provider):
    """F31: the expiry re-reads under the lock what happened since it chose the order."""
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    with later(31), faults.widened("F31", lambda: _pay_at_the_last_moment(order)):
        assert expire_orders() == []
    order.refresh_from_db()
    assert (order.status, order.payment_state) == ("confirmed", "paid")


def test_control_without_the_second_look_a_paid_order_is_cancelled(provider):
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    with (
        later(31),
        faults.guard_off("F31"),
        faults.widened("F31", lambda: _pay_at_the_last_moment(order)),
    ):
        assert expire_orders() == [order.pk]
    order.refresh_from_db()
    assert order.status == "cancelled"


def _pay_at_the_last_moment(order):
    if not Refund.objects.exists() and order_money(order.pk).received == ZERO:
        record_order_receipt(
            account=MoneyAccount.objects.get(code="bank"),
            trade_no="transfer-1",
            order_id=order.pk,
            amount=order.total_incl_tax,
            received_at=clock.now(),
            evidence=Evidence("clerk", status="paid"),
        )
        drain_all()


def test_cancelling_twice_is_no_error_and_gives_back_once(provider):
    company = a_company()
    order = an_order_of(company, {company.cup: 2})
    hear(provider, pay(order, provider))
    cancel_order(order_id=order.pk, reason="customer")
    cancel_order(order_id=order.pk, reason="staff")
    assert Cancellation.objects.get().reason == "customer"
    assert Refund.objects.count() == 1


@pytest.mark.races
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_cancel_and_hand_over_at_once_end_in_one_of_two_worlds(provider, couriers, round_):
    """F60: cancelled with the goods on the shelf, or gone with the order alive."""
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    hear(provider, pay(order, provider))
    delivery = order.deliveries.get()
    pick(delivery)
    parcel = pack(delivery)
    label(parcel)
    settle_down()

    def act(index):
        if index % 2:
            return logistics.hand_over(parcel_ids=[parcel.pk])
        return cancel_order(order_id=order.pk, reason="customer")

    answers = at_once(4, act)
    assert all(
        not isinstance(answer, Exception) or isinstance(answer, AlreadyGone | Intercepted | NotReady)
        for answer in answers
    ), answers
    drain_all()
    order.refresh_from_db()
    parcel.refresh_from_db()
    level = StockLevel.objects.get(sku=company.cup)
    if order.status == "cancelled":
        assert (parcel.state, level.on_hand, level.reserved) == ("cancelled", 10, 0)
    else:
        assert (order.status, parcel.state) == ("in_fulfilment", "handed_over")
        assert (level.on_hand, level.reserved) == (9, 0)


def test_a_parcel_that_has_gone_cannot_be_cancelled(provider, couriers):
    from tests.scenarios.steps import ship

    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    hear(provider, pay(order, provider))
    ship(order, couriers)
    with pytest.raises(AlreadyGone):
        cancel_order(order_id=order.pk, reason="customer")
    order.refresh_from_db()
    assert order.status == "in_fulfilment"
    assert not Refund.objects.exists()


@pytest.mark.breach
def test_control_without_the_second_look_a_stopped_order_is_shipped(provider, couriers):
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    hear(provider, pay(order, provider))
    delivery = order.deliveries.get()
    pick(delivery)
    parcel = pack(delivery)
    label(parcel)
    logistics.flag_intercept(order_id=order.pk, reason="address changed")
    with pytest.raises(Intercepted):
        logistics.hand_over(parcel_ids=[parcel.pk])
    with faults.guard_off("F60"):
        logistics.hand_over(parcel_ids=[parcel.pk])
    parcel.refresh_from_db()
    assert parcel.state == "handed_over"
