"""Cash on delivery, from the basket to the courier's money in the bank.

Three cups (339.00) and a pot (226.00), 12.00 for shipping and 5.00 for collecting are 582.00. The courier
takes 8.00 + 2 × 3.50 = 15.00 for 2,200 g and 1 % = 5.82 for collecting: 20.82. It keeps that back and pays
582.00 - 20.82 = 561.18. Back to us it charges 15.00 again.
"""

from decimal import Decimal as D

import pytest

from logistics import services as logistics
from logistics.models import CourierStatement, Parcel, Remittance
from tests.scenarios.books import balances
from tests.scenarios.company import Company, a_company, an_order_of
from tests.scenarios.steps import settle_down, ship, travel

pytestmark = pytest.mark.django_db(transaction=True)

OPENING = {"1405": D("850.00"), "4001": D("-850.00")}
# Handed over: the goods (210.00) are on their way, the courier's bill (20.82) is expected.
UNDER_WAY = {
    "1405": D("640.00"),
    "1406": D("210.00"),
    "2241.1": D("-20.82"),
    "4001": D("-850.00"),
    "6601.1": D("15.00"),
    "6601.2": D("5.82"),
}
# Delivered: 582.00 with 66.95 of tax in it is owed by the courier.
DELIVERED = {
    "1221.1": D("582.00"),
    "1405": D("640.00"),
    "2221.1": D("-66.95"),
    "2241.1": D("-20.82"),
    "4001": D("-850.00"),
    "6001.1": D("-515.05"),
    "6401": D("210.00"),
    "6601.1": D("15.00"),
    "6601.2": D("5.82"),
}


def sent(company: Company, couriers) -> Parcel:
    """The order of this page, placed, confirmed and handed over."""
    order = an_order_of(company, {company.cup: 3, company.pot: 1}, term="cod")
    settle_down()
    order.refresh_from_db()
    assert (order.total_incl_tax, order.status) == (D("582.00"), "confirmed")
    parcel = ship(order, couriers)
    assert (parcel.cod_amount, parcel.expected_freight, parcel.expected_cod_fee) == (
        D("582.00"),
        D("15.00"),
        D("5.82"),
    )
    assert balances() == UNDER_WAY
    return parcel


def billed(company: Company, couriers, plant: dict[str, int] | None = None) -> CourierStatement:
    """The courier bills; its workbook is imported and matched, and nothing is booked by that."""
    before = balances()
    made, file = couriers.bill(company.courier, plant)
    result = logistics.import_courier_statement(
        courier=company.courier, data=file.content, filename=file.name
    )
    assert (result.state, result.totals, result.problems) == ("matched", [], [])
    assert result.billed == D(made["billed"])
    assert balances() == before
    return CourierStatement.objects.get(pk=result.statement_id)


def remitted(company: Company, couriers, **options) -> Remittance:
    """The courier pays out; its advice is imported and not yet applied."""
    before = balances()
    made, file = couriers.pay_out(company.courier, **options)
    result = logistics.import_remittance(courier=company.courier, data=file.content, filename=file.name)
    assert (result.state, result.problems, result.paid) == ("ready", [], D(made["paid"]))
    assert balances() == before
    return Remittance.objects.get(pk=result.remittance_id)


def test_a_cod_order_is_delivered_billed_and_its_cash_arrives_in_the_bank(couriers):
    company = a_company()
    assert balances() == OPENING
    parcel = travel(sent(company, couriers), couriers)
    parcel.order.refresh_from_db()
    assert (parcel.state, parcel.cod_state, parcel.order.payment_state) == ("delivered", "due", "paid")
    assert balances() == DELIVERED

    # The statement: freight 15.00 and COD fee 5.82, as expected. The accrual becomes a bill.
    statement = billed(company, couriers)
    (outcome,) = statement.outcomes.all()
    assert (outcome.outcome, outcome.billed, outcome.parcel) == ("agreed", D("20.82"), parcel)
    assert balances() == DELIVERED
    agreement = logistics.agree_statement(statement_id=statement.pk)
    assert (agreement.posted, agreement.waiting, agreement.state) == (1, 0, "agreed")
    agreed = {**DELIVERED, "2241.2": D("-20.82")}
    del agreed["2241.1"]
    assert balances() == agreed

    # The remittance: 582.00 less the bill of 20.82. Nothing is left between us and the courier.
    remittance = remitted(company, couriers, net_statement=statement.filename.removesuffix(".xlsx"))
    assert remittance.paid == D("561.18")
    assert balances() == agreed
    logistics.apply_remittance(remittance_id=remittance.pk)
    paid = {**agreed, "1002": D("561.18")}
    del paid["1221.1"], paid["2241.2"]
    assert balances() == paid
    parcel.refresh_from_db()
    assert parcel.cod_state == "remitted"

    # Saying everything again changes nothing.
    logistics.agree_statement(statement_id=statement.pk)
    logistics.apply_remittance(remittance_id=remittance.pk)
    assert balances() == paid
