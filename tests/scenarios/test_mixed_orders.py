"""Many orders of all kinds with repeated, late, lost and forged notices: the books of all three agree.

The provider and the courier are processes with books of their own; they are the oracle. MIXED_ORDERS
says how many orders (500 in `make races`), RACE_SEED which.
"""

import os
import random
from datetime import timedelta
from decimal import Decimal as D

import pytest

from core import clock
from core.money import ZERO
from finance import services as finance
from finance.gateways.simulator.forgeries import FORGERIES
from finance.models import InboxMessage, Payment, PaymentIntent, Refund, UnappliedReceipt
from inventory.models import StockLevel
from inventory.services import Received, receive_goods
from logistics.models import Parcel
from orders.order.models import Order
from orders.services import cancel_order, expire_orders
from returns import services as returns
from returns.models import ReturnCase
from tests.scenarios.books import balances
from tests.scenarios.company import a_company, an_order_of
from tests.scenarios.steps import pay, settle_down, ship, travel

ORDERS = int(os.environ.get("MIXED_ORDERS", "24"))
SEED = int(os.environ.get("RACE_SEED", "11"))
NOTICE_FAULTS = ["", "", "", "drop", "late", "duplicate", "reorder", "wrong_amount"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_books_of_shop_provider_and_courier_agree(provider, couriers):
    chance = random.Random(SEED)
    company = a_company()
    units = 3 * ORDERS
    receive_goods([Received(company.cup.pk, company.warehouse.pk, units, D("40.00") * units)])
    orders = []
    for _number in range(ORDERS):
        orders.append(_place_and_pay(company, provider, chance))
    provider.release()
    provider.deliver()
    settle_down()
    with clock.virtual(clock.now() + timedelta(minutes=15)):
        finance.sync_due_intents(limit=10 * ORDERS)  # whoever was never heard of is asked about
        settle_down()
    with clock.virtual(clock.now() + timedelta(minutes=45)):
        expire_orders(limit=10 * ORDERS)
        settle_down()
    parcels = [_send(order, couriers, chance) for order in Order.objects.filter(status="confirmed")]
    for case in ReturnCase.objects.filter(kind=ReturnCase.Kind.LOST, status="approved"):
        returns.settle_lost(case_id=case.pk, claim=D("40.00"))
    settle_down()
    for order in Order.objects.filter(delivery_state="delivered").order_by("pk"):
        if chance.random() < 0.3:
            _return_one(order)
    settle_down()
    for refund in Refund.objects.filter(way="provider").exclude(state="done"):
        finance.send_refund(refund_id=refund.pk)
    settle_down()

    assert InboxMessage.objects.filter(verified=False).exists()
    _provider_agrees(provider)
    _courier_agrees(couriers, [parcel for parcel in parcels if parcel])
    _stock_agrees(company)


def _place_and_pay(company, provider, chance) -> Order:
    quantity = chance.randint(1, 2)
    term = "cod" if chance.random() < 0.4 else "prepaid"
    order = an_order_of(company, {company.cup: quantity}, term=term)
    settle_down()
    if term == "cod":
        return order
    fate = chance.random()
    if fate < 0.12:
        return order  # never paid: it will expire
    if fate < 0.2:
        cancel_order(order_id=order.pk, reason="customer")
        settle_down()
        return order
    intent = PaymentIntent.objects.get(order=order)
    if fault := chance.choice(NOTICE_FAULTS):
        provider.fault("notice", fault, out_trade_no=intent.merchant_ref, argument="2")
    pay(order, provider)
    if chance.random() < 0.4:
        provider.forge(chance.choice(sorted(FORGERIES)), intent.merchant_ref)
    if chance.random() < 0.7:
        provider.deliver(intent.merchant_ref, lines=2)
    settle_down()
    return order


def _send(order, couriers, chance) -> Parcel:
    parcel = ship(order, couriers)
    fate = chance.choice(["deliver"] * 4 + ["refuse", "lose"])
    travel(parcel, couriers, days=12, fate=fate)
    parcel.refresh_from_db()
    if parcel.state in (Parcel.State.REFUSED, Parcel.State.RETURNING):
        from logistics.services import take_back

        take_back(parcel_id=parcel.pk)
        settle_down()
    elif fate == "lose" and parcel.state != Parcel.State.LOST:
        from logistics.services import declare_lost

        declare_lost(parcel_id=parcel.pk, claim=D("40.00"))
        settle_down()
    for case in ReturnCase.objects.filter(order=order, kind="refused", status="received"):
        for line in case.lines.all():
            returns.inspect_line(return_line_id=line.pk, key="back", sellable=line.received)
        settle_down()
    return parcel


def _return_one(order) -> None:
    line = order.lines.get()
    case = returns.open_return(order_id=order.pk, units={line.pk: 1}, reason="")
    returns.approve_return(case_id=case.pk)
    row = case.lines.get()
    returns.receive_return(case_id=case.pk, counts={row.pk: 1})
    returns.inspect_line(return_line_id=row.pk, key="only", sellable=1)
    settle_down()


def _provider_agrees(provider) -> None:
    numbers = set(Order.objects.values_list("number", flat=True))
    trades = [
        trade for trade in provider.books()["trades"] if trade["out_trade_no"].rsplit("-", 1)[0] in numbers
    ]
    paid = {t["trade_no"]: D(t["paid"]) for t in trades if D(t["paid"])}
    ours = dict(Payment.objects.filter(provider="alipay").values_list("trade_no", "amount"))
    wrong = set(UnappliedReceipt.objects.values_list("payment__trade_no", flat=True))
    # Only an order whose two proofs name two amounts still waits: for a clerk, not for money.
    doubtful = {t["out_trade_no"].rsplit("-", 1)[0] for t in trades if t["trade_no"] in wrong}
    waiting = set(Order.objects.filter(status="awaiting_payment").values_list("number", flat=True))
    assert waiting <= doubtful
    assert ours.keys() == paid.keys()
    assert {no: amount for no, amount in ours.items() if no not in wrong} == {
        no: amount for no, amount in paid.items() if no not in wrong
    }
    refunded = sum((D(t["refunded"]) for t in trades), ZERO)
    done = Refund.objects.filter(way="provider", state="done")
    assert sum((refund.amount for refund in done), ZERO) == refunded
    booked = balances().get("1012.1", ZERO)
    assert booked == sum(ours.values(), ZERO) - refunded


def _courier_agrees(couriers, parcels) -> None:
    books = couriers.control.books()["parcels"]
    for parcel in parcels:
        parcel.refresh_from_db()
        theirs = books[parcel.waybills.get(direction="forward", state="live").number]
        assert (theirs["state"] == "delivered") == (parcel.state == "delivered"), (theirs, parcel.state)
    owed = sum((parcel.cod_amount for parcel in parcels if parcel.state == "delivered"), ZERO)
    assert balances().get("1221.1", ZERO) == owed


def _stock_agrees(company) -> None:
    level = StockLevel.objects.get(sku=company.cup)
    waiting = Order.objects.filter(status="awaiting_payment")
    assert level.reserved == sum(line.quantity for order in waiting for line in order.lines.all())
    gone = sum(
        line.quantity
        for parcel in Parcel.objects.filter(state__in=["delivered", "lost"])
        for line in parcel.lines.all()
    )
    back = sum(line.returned_quantity for order in Order.objects.all() for line in order.lines.all())
    assert level.on_hand == 10 + 3 * ORDERS - gone + back
    assert balances().get("1406", ZERO) == ZERO
