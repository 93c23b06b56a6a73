"""Cash on delivery, from the basket to the courier's money in the bank.

Three cups (339.00) and a pot (226.00), 12.00 for shipping and 5.00 for collecting are 582.00. The courier
takes 8.00 + 2 × 3.50 = 15.00 for 2,200 g and 1 % = 5.82 for collecting: 20.82. It keeps that back and pays
582.00 - 20.82 = 561.18. Back to us it charges 15.00 again.
"""

from decimal import Decimal as D

import pytest

from core.approvals import NotApproved, decide, request_approval
from core.models import ApprovalPolicy
from core.origins import Origin
from core.rights import grant_role
from inventory.models import StockLevel
from logistics import services as logistics
from logistics.models import CourierStatement, Parcel, Remittance
from returns import services as returns
from returns.models import ReturnCase
from tests.crm.builders import a_user
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


def test_a_refused_parcel_comes_back_and_owes_its_way_but_no_cash(couriers):
    """The goods go back on the shelf, the COD fee will not be charged, the way back costs 15.00 more."""
    company = a_company()
    parcel = travel(sent(company, couriers), couriers, fate="refuse")
    assert (parcel.state, parcel.cod_state) == ("returning", "due")
    back = parcel.waybills.get(direction="return")
    assert (back.state, back.expected_freight) == ("live", D("15.00"))
    assert balances() == {**UNDER_WAY, "2241.1": D("-35.82"), "6601.1": D("30.00")}

    # At our door: nothing will be collected, so 5.82 is not owed. Inspected: 210.00 is back in stock.
    logistics.take_back(parcel_id=parcel.pk)
    settle_down()
    parcel.refresh_from_db()
    assert (parcel.state, parcel.cod_state) == ("returned", "none")
    case = ReturnCase.objects.get(parcel=parcel)
    for row in case.lines.all():
        returns.inspect_line(return_line_id=row.pk, key="desk", sellable=row.received)
    settle_down()
    expected = {**OPENING, "2241.1": D("-30.00"), "6601.1": D("30.00")}
    assert balances() == expected
    assert StockLevel.objects.get(sku=company.cup).on_hand == 10
    assert StockLevel.objects.get(sku=company.pot).on_hand == 5

    # Both ways are billed under their own numbers, and both are right.
    statement = billed(company, couriers)
    assert {(o.waybill, o.outcome, o.billed) for o in statement.outcomes.all()} == {
        (parcel.waybills.get(direction="forward").number, "agreed", D("15.00")),
        (back.number, "agreed", D("15.00")),
    }
    logistics.agree_statement(statement_id=statement.pk)
    assert balances() == {**OPENING, "2241.2": D("-30.00"), "6601.1": D("30.00")}


def test_a_lost_parcel_is_claimed_and_the_claim_is_paid(couriers):
    """180.00 of 210.00 are claimed: 30.00 is a loss. The cash never arose, the freight is still billed."""
    company = a_company()
    parcel = travel(sent(company, couriers), couriers, fate="lose", days=12)
    assert parcel.state == "exception"  # the courier gives no news; that it is lost is our decision
    logistics.declare_lost(parcel_id=parcel.pk, claim=D("180.00"))
    settle_down()
    parcel.refresh_from_db()
    assert (parcel.state, parcel.cod_state) == ("lost", "none")
    returns.settle_lost(case_id=ReturnCase.objects.get(parcel=parcel).pk, claim=D("180.00"))
    settle_down()
    lost = {
        "1221.2": D("180.00"),
        "1405": D("640.00"),
        "2241.1": D("-15.00"),
        "4001": D("-850.00"),
        "6601.1": D("15.00"),
        "6711": D("30.00"),
    }
    assert balances() == lost

    statement = billed(company, couriers)
    logistics.agree_statement(statement_id=statement.pk)
    billed_too = {**lost, "2241.2": D("-15.00")}
    del billed_too["2241.1"]
    assert balances() == billed_too

    # The next bill deducts the claim: a credit that a person links to the parcel.
    forward = parcel.waybills.get(direction="forward").number
    credit = f"运单号,费用类型,费用名称,金额\n{forward},理赔,丢失赔付,-180.00\n"
    result = logistics.import_courier_statement(
        courier=company.courier, data=credit.encode(), filename="claim.csv"
    )
    assert result.outcomes == {"needs_review": 1}
    deducted = CourierStatement.objects.get(pk=result.statement_id)
    logistics.accept_outcomes(
        outcome_ids=[deducted.outcomes.get().pk], reason="the claim of this parcel", by=a_user()
    )
    assert logistics.agree_statement(statement_id=deducted.pk).state == "agreed"
    paid = {**billed_too, "2241.2": D("165.00")}
    del paid["1221.2"]
    assert balances() == paid


def test_a_short_remittance_shows_what_is_missing_until_somebody_gives_it_up(couriers):
    """The courier pays 562.00 of 582.00; 20.00 stay on its account until a write-off is approved."""
    company = a_company()
    parcel = travel(sent(company, couriers), couriers)
    number = parcel.waybills.get(direction="forward").number
    short = remitted(company, couriers, short={number: "20.00"})
    logistics.apply_remittance(remittance_id=short.pk)
    parcel.refresh_from_db()
    assert parcel.cod_state == "short"
    after = {**DELIVERED, "1002": D("562.00"), "1221.1": D("20.00")}
    assert balances() == after

    clerk, boss = a_user(username="clerk"), a_user(username="boss")
    grant_role(user=boss, role="manager")
    ApprovalPolicy.objects.create(kind="write_off", role="manager", amount_from=D("10.00"))
    with pytest.raises(NotApproved):
        logistics.write_off_cod(parcel_id=parcel.pk, reason="small change", by=clerk)
    assert balances() == after
    asked = request_approval(
        kind="write_off",
        about=Origin("parcel", parcel.pk),
        version=1,
        amount=D("20.00"),
        by=clerk,
        reason="small change",
    )
    decide(request_id=asked.pk, by=boss, approve=True, version=1)
    logistics.write_off_cod(parcel_id=parcel.pk, reason="small change", by=clerk)
    parcel.refresh_from_db()
    assert parcel.cod_state == "written_off"
    given_up = {**after, "6711": D("20.00")}
    del given_up["1221.1"]
    assert balances() == given_up
