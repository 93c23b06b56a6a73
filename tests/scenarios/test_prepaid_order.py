"""One prepaid order from the basket to money that is proven to have arrived, and one cup that comes back.

Three cups (339.00) and a pot (226.00) with 12.00 for shipping are 577.00. Shipping is shared 7.20 to 4.80,
so the lines are 346.20 and 230.80, with 39.83 and 26.55 of tax in them. The goods cost 3 × 40 + 90 = 210.00.
The box weighs 2,200 g: 8.00 + 2 × 3.50 = 15.00. One cup of three is 115.40 (tax 13.28, cost 40.00).
"""

from decimal import Decimal as D

import pytest

from finance import services as finance
from finance.models import PaymentIntent, Refund
from inventory.models import StockLevel
from orders.order.models import Order
from returns import services as returns
from tests.scenarios.books import balances
from tests.scenarios.company import a_company, an_order_of
from tests.scenarios.steps import hear, pay, settle_down, ship, travel

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_prepaid_order_is_paid_shipped_delivered_and_one_cup_returned(provider, couriers):
    company = a_company()
    assert balances() == {"1405": D("850.00"), "4001": D("-850.00")}

    # Placed: goods are held, the money is asked for, nothing is booked.
    order = an_order_of(company, {company.cup: 3, company.pot: 1})
    settle_down()
    order.refresh_from_db()
    assert (order.status, order.payment_state, order.total_incl_tax) == (
        "awaiting_payment",
        "unpaid",
        D("577.00"),
    )
    assert [line.gross for line in order.lines.all()] == [D("346.20"), D("230.80")]
    assert [line.tax_amount for line in order.lines.all()] == [D("39.83"), D("26.55")]
    assert StockLevel.objects.get(sku=company.cup).reserved == 3

    # Paid: the notice confirms the order, which no rule holds.
    intent = pay(order, provider)
    assert [answer["answer"] for answer in hear(provider, intent)] == ["success"]
    order.refresh_from_db()
    assert (order.status, order.payment_state) == ("confirmed", "paid")
    assert order.deliveries.get().lines.count() == 2
    assert balances() == {
        "1012.1": D("577.00"),
        "1405": D("850.00"),
        "2203.1": D("-577.00"),
        "4001": D("-850.00"),
    }

    # Handed over: goods leave the shelf at cost, freight is expected.
    parcel = ship(order, couriers)
    order.refresh_from_db()
    assert (order.status, order.delivery_state, parcel.state) == ("in_fulfilment", "shipped", "handed_over")
    assert (parcel.weight_g, parcel.expected_freight, parcel.goods_cost) == (2200, D("15.00"), D("210.00"))
    assert StockLevel.objects.get(sku=company.cup).on_hand == 7
    assert balances()["1406"] == D("210.00")

    # Delivered: the sale, its tax and its cost; the order is complete.
    travel(parcel, couriers)
    order.refresh_from_db()
    assert (order.status, order.delivery_state, order.payment_state) == ("completed", "delivered", "paid")
    assert balances() == {
        "1012.1": D("577.00"),
        "1405": D("640.00"),
        "2221.1": D("-66.38"),
        "2241.1": D("-15.00"),
        "4001": D("-850.00"),
        "6001.1": D("-510.62"),
        "6401": D("210.00"),
        "6601.1": D("15.00"),
    }

    # One cup comes back in good order and is refunded by the provider.
    cups = order.lines.get(sku=company.cup)
    case = returns.open_return(order_id=order.pk, units={cups.pk: 1}, reason="too small")
    returns.approve_return(case_id=case.pk)
    row = case.lines.get()
    returns.receive_return(case_id=case.pk, counts={row.pk: 1})
    returns.inspect_line(return_line_id=row.pk, key="first", sellable=1)
    settle_down()
    case.refresh_from_db()
    assert (case.status, case.refund_amount) == ("settled", D("115.40"))

    refund = Refund.objects.get(order=order)
    assert finance.send_refund(refund_id=refund.pk) == "done"
    settle_down()
    order.refresh_from_db()
    assert order.payment_state == "part_refunded"
    assert balances() == {
        "1012.1": D("461.60"),
        "1405": D("680.00"),
        "2221.1": D("-53.10"),
        "2241.1": D("-15.00"),
        "4001": D("-850.00"),
        "6001.1": D("-510.62"),
        "6001.2": D("102.12"),
        "6401": D("170.00"),
        "6601.1": D("15.00"),
    }
    assert StockLevel.objects.get(sku=company.cup).on_hand == 8

    # The provider's own books say the same.
    intent = PaymentIntent.objects.get(order=order)
    (trade,) = provider.books(intent.merchant_ref)["trades"]
    assert (D(trade["paid"]), D(trade["refunded"])) == (D("577.00"), D("115.40"))


def test_three_single_returns_end_at_exactly_what_was_paid(provider, couriers):
    company = a_company()
    order = an_order_of(company, {company.cup: 3, company.pot: 1})
    hear(provider, pay(order, provider))
    travel(ship(order, couriers), couriers)
    cups = order.lines.get(sku=company.cup)
    for _time in range(3):
        case = returns.open_return(order_id=order.pk, units={cups.pk: 1}, reason="")
        returns.approve_return(case_id=case.pk)
        row = case.lines.get()
        returns.receive_return(case_id=case.pk, counts={row.pk: 1})
        returns.inspect_line(return_line_id=row.pk, key="only", sellable=1)
        settle_down()
    refunds = [refund.amount for refund in Refund.objects.filter(order=order).order_by("pk")]
    assert refunds == [D("115.40"), D("115.40"), D("115.40")]
    assert sum(refunds) == cups.gross
    assert Order.objects.get(pk=order.pk).lines.get(sku=company.cup).returned_quantity == 3


def test_an_order_that_is_cancelled_before_shipping_gets_all_its_money_back(provider, couriers):
    from orders.services import cancel_order

    company = a_company()
    order = an_order_of(company, {company.cup: 2})
    hear(provider, pay(order, provider))
    cancel_order(order_id=order.pk, reason="customer")
    settle_down()
    refund = Refund.objects.get(order=order)
    assert finance.send_refund(refund_id=refund.pk) == "done"
    settle_down()
    order.refresh_from_db()
    assert (order.status, order.payment_state, refund.amount) == ("cancelled", "refunded", D("238.00"))
    assert order.deliveries.get().status == "cancelled"
    assert StockLevel.objects.get(sku=company.cup).reserved == 0
    assert balances() == {"1405": D("850.00"), "4001": D("-850.00")}
