"""Services: nobody ships them, and yet their money becomes a sale, once.

Gift wrap 22.60 (20.00 + 2.60 tax) goes with the goods, fitting 113.00 (100.00 + 13.00) is reported by hand.
Two cups are 226.00, shipping is 12.00, collecting 5.00. Charges are spread over all lines by price.
"""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import translation
from django.utils.formats import date_format

from core import clock, events, faults
from core.errors import NotAllowed
from core.invariants import find_breaches
from core.rights import grant_role
from finance.models import Entry, MoneyAccount, Refund
from finance.queries import order_money
from finance.services import Evidence, record_order_receipt
from inventory.models import Sku
from logistics import services as logistics
from logistics.models import Delivery, Parcel
from orders.errors import CannotCancel, ServiceNotOpen
from orders.models import ServiceReport
from orders.order.models import Order
from orders.services import cancel_order, cancel_service, perform_service, refresh_fulfilment
from returns import services as returns
from returns.models import ReturnCase
from storefront.queries import read_order
from tests.builders import a_sku
from tests.crm.builders import a_user
from tests.logistics.builders import LOST, REFUSED, has_gone
from tests.scenarios.books import balances
from tests.scenarios.company import Company, a_company, an_order_of
from tests.scenarios.steps import pack, pick
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(db) -> Company:
    return a_company()


@pytest.fixture
def wrap(company) -> Sku:
    return a_sku("WRAP", price="22.60", track_stock=False)


@pytest.fixture
def fitting(company) -> Sku:
    return a_sku("FIT", price="113.00", track_stock=False, performed="by_hand")


@pytest.fixture
def clerk(db):
    clerk = a_user(username="clerk")
    grant_role(user=clerk, role="customer_service")
    return clerk


def placed(company: Company, wanted: dict[Sku, int], **options) -> Order:
    """An order that is confirmed; a prepaid one is paid by transfer."""
    order = an_order_of(company, wanted, **options)
    if order.status == Order.Status.AWAITING_PAYMENT:
        record_order_receipt(
            account=MoneyAccount.objects.get(code="bank"),
            trade_no=f"transfer-{order.pk}",
            order_id=order.pk,
            amount=order.total_incl_tax,
            received_at=clock.now(),
            evidence=Evidence("clerk", status="paid"),
        )
    events.drain_all()
    order.refresh_from_db()
    return order


def sent(order: Order) -> list[Parcel]:
    """What was planned for the order has left, each delivery in one parcel."""
    parcels = []
    for delivery in order.deliveries.filter(status="planned").order_by("pk"):
        pick(delivery)
        delivery.refresh_from_db()
        parcels.append(packed_and_gone(delivery))
    return parcels


def packed_and_gone(delivery: Delivery) -> Parcel:
    parcel = pack(delivery)
    parcel.waybills.update(number=f"SF{parcel.pk:013}", state="live")
    logistics.hand_over(parcel_ids=[parcel.pk])
    events.drain_all()
    parcel.refresh_from_db()
    return parcel


def axes(order: Order) -> tuple[str, str, str]:
    order.refresh_from_db()
    return order.status, order.delivery_state, order.payment_state


def line_of(order: Order, sku: Sku):
    return order.lines.get(sku=sku)


def test_a_service_that_goes_with_the_goods_is_sold_when_the_last_of_them_arrives(company, wrap):
    """Of 12.00 for shipping 10.91 are on the cups (226.00) and 1.09 on the wrap (22.60): it is 23.69."""
    order = placed(company, {company.cup: 2, wrap: 1})
    assert order.total_incl_tax == D("260.60")
    (parcel,) = sent(order)
    assert axes(order) == ("in_fulfilment", "shipped", "paid")
    assert not ServiceReport.objects.exists()
    assert order_money(order.pk).sold == 0
    has_gone(parcel)
    assert axes(order) == ("completed", "delivered", "paid")
    report = ServiceReport.objects.get()
    assert (report.line.sku, report.outcome, report.gross, report.tax) == (
        wrap,
        "performed",
        D("23.69"),
        D("2.73"),
    )
    assert report.on == clock.day_of(parcel.delivered_at)
    assert Entry.objects.get(kind="delivery.service").on == report.on
    assert (order_money(order.pk).sold, order_money(order.pk).advance) == (D("260.60"), 0)
    # 236.91 + 23.69 with 13 % in each: 27.26 + 2.73 is tax.
    told = balances()
    assert (told["6001.1"], told["2221.1"]) == (D("-230.61"), D("-29.99"))
    assert "2203.1" not in told


def test_what_ended_once_ends_no_second_time(company, wrap):
    order = placed(company, {company.cup: 1, wrap: 1})
    has_gone(sent(order)[0])
    before = balances()
    for _again in range(2):
        refresh_fulfilment(order_id=order.pk)
        events.drain_all()
    assert ServiceReport.objects.count() == Entry.objects.filter(kind="delivery.service").count() == 1
    assert balances() == before


def test_the_courier_collects_the_services_of_a_cod_order(company, wrap, fitting, clerk):
    """226.00 + 22.60 + 113.00 + 12.00 + 5.00 = 378.60 are collected at the door with the two cups.

    Of the 17.00, 10.63 are on the cups, 1.06 on the wrap, 5.31 on the fitting: 236.63, 23.66 and 118.31.
    """
    order = placed(company, {company.cup: 2, wrap: 1, fitting: 1}, term="cod")
    (parcel,) = sent(order)
    assert parcel.cod_amount == order.total_incl_tax == D("378.60")
    assert parcel.lines.get().service_share == D("23.66") + D("118.31")
    has_gone(parcel)
    assert axes(order) == ("in_fulfilment", "part_delivered", "paid")
    money = order_money(order.pk)
    assert (money.collected, money.sold, money.advance) == (D("378.60"), D("260.29"), D("118.31"))
    assert balances()["1221.1"] == D("378.60")

    perform_service(order_id=order.pk, line_id=line_of(order, fitting).pk, on=clock.today(), by=clerk)
    events.drain_all()
    assert axes(order) == ("completed", "delivered", "paid")
    money = order_money(order.pk)
    assert (money.sold, money.advance) == (D("378.60"), 0)


def test_cash_of_services_follows_the_boxes_to_the_cent(company, wrap):
    """339.00 and 22.60 and 17.00 are 378.60 for three cups, one of which was not on its shelf."""
    order = placed(company, {company.cup: 3, wrap: 1}, term="cod")
    delivery = order.deliveries.get()
    logistics.finish_picking(delivery_id=delivery.pk, short={delivery.lines.get().pk: 1})
    events.drain_all()
    delivery.refresh_from_db()
    boxes = [packed_and_gone(delivery), *sent(order)]
    assert [box.cod_amount for box in boxes] == [D("252.40"), D("126.20")]
    for box in boxes:
        assert not ServiceReport.objects.exists()
        has_gone(box)
    assert axes(order) == ("completed", "delivered", "paid")
    assert order_money(order.pk).sold == order.total_incl_tax


def test_staff_report_a_service_once_and_not_before_its_goods_are_there(company, fitting, clerk):
    order = placed(company, {company.cup: 1, fitting: 1})
    line = line_of(order, fitting)
    today, early = clock.today(), clock.day_of(order.date_placed) - timedelta(days=1)
    report = {"order_id": order.pk, "line_id": line.pk, "by": clerk}
    with pytest.raises(ServiceNotOpen, match="not all arrived"):
        perform_service(**report, on=today)
    with pytest.raises(ServiceNotOpen, match="not all arrived"):
        cancel_service(**report, note="no time")
    has_gone(sent(order)[0])
    assert axes(order) == ("in_fulfilment", "part_delivered", "paid")
    for day in (early, today + timedelta(days=1)):
        with pytest.raises(ServiceNotOpen, match="Correct the day"):
            perform_service(**report, on=day)
    with pytest.raises(NotAllowed):
        perform_service(**report | {"by": a_user(username="stranger")}, on=today)
    with pytest.raises(ServiceNotOpen, match="no service of this order"):
        perform_service(**report | {"line_id": line_of(order, company.cup).pk}, on=today)
    assert not ServiceReport.objects.exists()

    first = perform_service(**report, on=today, note="fitted, tested")
    assert perform_service(**report, on=early) == first
    assert (first.by, first.note, first.gross) == (clerk, "fitted, tested", line.gross)
    with pytest.raises(ServiceNotOpen, match="not open any more"):
        cancel_service(**report, note="no time")
    events.drain_all()
    assert axes(order) == ("completed", "delivered", "paid")
    assert order_money(order.pk).sold == order.total_incl_tax


@pytest.mark.parametrize("term", ["prepaid", "cod"])
def test_a_service_that_will_not_be_done_gives_its_money_back(company, fitting, clerk, term):
    """Cup 113.00 and fitting 113.00 with equal halves of what is charged."""
    order = placed(company, {company.cup: 1, fitting: 1}, term=term)
    has_gone(sent(order)[0])
    line = line_of(order, fitting)
    half = order.total_incl_tax / 2
    assert line.gross == half
    with pytest.raises(ServiceNotOpen, match="why"):
        cancel_service(order_id=order.pk, line_id=line.pk, note=" ", by=clerk)
    report = cancel_service(order_id=order.pk, line_id=line.pk, note="fits by itself", by=clerk)
    assert cancel_service(order_id=order.pk, line_id=line.pk, note="again", by=clerk) == report
    with pytest.raises(ServiceNotOpen, match="not open any more"):
        perform_service(order_id=order.pk, line_id=line.pk, on=clock.today(), by=clerk)
    events.drain_all()
    assert axes(order) == ("completed", "delivered", "part_refunded")
    assert (report.gross, report.refunded, Refund.objects.get().amount) == (0, half, half)
    money = order_money(order.pk)
    assert (money.sold, money.advance, money.refund_owed) == (half, 0, half)


@pytest.mark.parametrize(("states", "reason"), [(REFUSED, "refused_at_door"), (LOST, "lost")])
def test_services_go_back_with_goods_that_never_stayed(company, wrap, fitting, states, reason):
    order = placed(company, {company.cup: 2, wrap: 1, fitting: 1})
    services = sum(line.gross for line in order.lines.exclude(service=""))
    parcel = has_gone(sent(order)[0], states)
    assert axes(order)[0] == "cancelled"
    assert (order.cancellation.reason, order.cancellation.refund_amount) == (reason, services)
    assert set(ServiceReport.objects.values_list("outcome", flat=True)) == {"cancelled"}
    assert not Entry.objects.filter(kind__startswith="delivery.").exists()
    assert sum(Refund.objects.values_list("amount", flat=True)) == services
    if states == REFUSED:
        logistics.take_back(parcel_id=parcel.pk)
        events.drain_all()
        case = ReturnCase.objects.get()
        returns.inspect_line(return_line_id=case.lines.get().pk, key="desk", sellable=2)
    else:
        returns.settle_lost(case_id=ReturnCase.objects.get().pk, claim=D("80.00"))
    events.drain_all()
    assert sum(Refund.objects.values_list("amount", flat=True)) == order.total_incl_tax
    assert order_money(order.pk).advance == 0


def test_a_refused_cod_order_has_nothing_to_give_back(company, wrap):
    order = placed(company, {company.cup: 1, wrap: 1}, term="cod")
    has_gone(sent(order)[0], REFUSED)
    assert axes(order) == ("cancelled", "refused", "unpaid")
    assert ServiceReport.objects.get().refunded == 0
    assert not Refund.objects.exists()


def two_parcels(company: Company, wrap: Sku, term: str) -> tuple[Order, list[Parcel]]:
    """A cup and a pot in a box each, and a wrap."""
    order = placed(company, {company.cup: 1, company.pot: 1, wrap: 1}, term=term)
    delivery = order.deliveries.get()
    pick(delivery)
    delivery.refresh_from_db()
    parcels = []
    for line in delivery.lines.order_by("pk"):
        code = line.sku.barcodes.get().code
        logistics.scan_item(delivery_id=delivery.pk, barcode=code, client_id=f"box-{line.pk}")
        parcel = Parcel.objects.filter(delivery=delivery).order_by("-pk").first()
        if parcel.state == Parcel.State.OPEN:
            parcel = logistics.close_parcel(delivery_id=delivery.pk)
        parcel.waybills.update(number=f"SF{parcel.pk:013}", state="live")
        parcels.append(parcel)
    logistics.hand_over(parcel_ids=[parcel.pk for parcel in parcels])
    events.drain_all()
    return order, parcels


def test_one_of_two_parcels_refused_sells_a_paid_service_whole(company, wrap):
    order, (cups, pots) = two_parcels(company, wrap, "prepaid")
    has_gone(cups)
    assert not ServiceReport.objects.exists()
    has_gone(pots, REFUSED)
    assert axes(order)[:2] == ("completed", "part_refused")
    assert ServiceReport.objects.get().gross == line_of(order, wrap).gross


def test_one_of_two_parcels_refused_sells_what_the_door_has_paid_of_a_service(company, wrap):
    """113.00 and 226.00 and 22.60 with 17.00: 5.31, 10.63 and 1.06. A third of the wrap's 23.66 is 7.89."""
    order, (cups, pots) = two_parcels(company, wrap, "cod")
    assert cups.cod_amount + pots.cod_amount == order.total_incl_tax == D("378.60")
    has_gone(cups)
    has_gone(pots, REFUSED)
    assert axes(order) == ("completed", "part_refused", "part_paid")
    assert ServiceReport.objects.get().gross == D("7.89")
    money = order_money(order.pk)
    assert (money.collected, money.sold, money.advance) == (D("126.20"), D("126.20"), 0)


def test_an_order_whose_rest_was_lost_is_complete_with_its_service(company, wrap):
    order, (cups, pots) = two_parcels(company, wrap, "prepaid")
    has_gone(cups)
    has_gone(pots, LOST)
    assert axes(order)[:2] == ("completed", "part_refused")
    assert ServiceReport.objects.get().outcome == "performed"


def test_all_goods_sent_back_leave_the_service_sold(company, wrap):
    """It was done: the goods bring back theirs, to the cent, and the wrap stays."""
    order = placed(company, {company.cup: 2, wrap: 1})
    has_gone(sent(order)[0])
    cups = line_of(order, company.cup)
    assert line_of(order, wrap).delivered_quantity == 0
    case = returns.open_return(order_id=order.pk, units={cups.pk: 2}, reason="")
    returns.approve_return(case_id=case.pk)
    row = case.lines.get()
    returns.receive_return(case_id=case.pk, counts={row.pk: 2})
    returns.inspect_line(return_line_id=row.pk, key="desk", sellable=2)
    events.drain_all()
    money = order_money(order.pk)
    assert (money.sold - money.returned, Refund.objects.get().amount) == (D("23.69"), D("236.91"))


def test_an_order_of_services_alone_is_over_when_it_is_confirmed(company, wrap):
    order = placed(company, {wrap: 2}, freight="0")
    assert axes(order) == ("completed", "delivered", "paid")
    assert order_money(order.pk).sold == D("45.20")
    assert not order.deliveries.exists()


def test_an_unpaid_order_of_services_alone_is_owed_by_its_customer(company, wrap):
    """Orders from elsewhere may say so; what comes later pays what is owed."""
    order = placed(company, {wrap: 1}, freight="0", term="cod")
    assert axes(order)[:2] == ("completed", "delivered")
    assert order_money(order.pk).receivable == order.total_incl_tax == D("27.60")


def test_a_service_of_its_own_waits_for_staff(company, wrap, fitting, clerk):
    order = placed(company, {fitting: 1}, freight="0")
    assert axes(order) == ("confirmed", "none", "paid")
    line = line_of(order, fitting)
    with pytest.raises(ServiceNotOpen, match="cancel the order"):
        cancel_service(order_id=order.pk, line_id=line.pk, note="no time", by=clerk)
    perform_service(order_id=order.pk, line_id=line.pk, on=clock.today(), by=clerk)
    events.drain_all()
    assert axes(order) == ("completed", "delivered", "paid")

    other = placed(company, {fitting: 1}, freight="0")
    cancel_order(order_id=other.pk, reason="customer")
    assert axes(other)[0] == "cancelled"
    assert Refund.objects.get().amount == D("113.00")

    both = placed(company, {wrap: 1, fitting: 1}, freight="0")
    assert axes(both) == ("in_fulfilment", "part_delivered", "paid")
    with pytest.raises(CannotCancel, match="has been performed"):
        cancel_order(order_id=both.pk, reason="customer")
    cancel_service(order_id=both.pk, line_id=line_of(both, fitting).pk, note="moved away", by=clerk)
    events.drain_all()
    assert axes(both) == ("completed", "delivered", "part_refunded")


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_clerks_report_one_service(company, fitting, clerk, guarded):
    """With the look under the lock both get the one report; without it the table refuses the second."""
    order = placed(company, {company.cup: 1, fitting: 1})
    has_gone(sent(order)[0])
    line = line_of(order, fitting)

    def report(_number: int):
        return perform_service(order_id=order.pk, line_id=line.pk, on=clock.today(), by=clerk)

    if guarded:
        told = at_once(2, report)
        assert told[0] == told[1]
    else:
        with faults.guard_off("services-once"):
            told = at_once(2, report)
        assert sorted(type(each).__name__ for each in told) == ["IntegrityError", "ServiceReport"]
    events.drain_all()
    assert Entry.objects.filter(kind="delivery.service").count() == 1
    assert find_breaches() == []


def test_the_shopper_reads_how_far_each_service_is(company, wrap, fitting, clerk):
    order = placed(company, {company.cup: 1, wrap: 1, fitting: 1})
    assert shown(order) == (["Comes with the goods", "We arrange a date with you"], "Handed to the courier")
    has_gone(sent(order)[0])
    with translation.override("en"):
        today = date_format(clock.today(), "SHORT_DATE_FORMAT")
        delivered = date_format(ServiceReport.objects.get().on, "SHORT_DATE_FORMAT")
    assert shown(order) == ([f"Done on {delivered}", "We arrange a date with you"], "Service done")
    perform_service(order_id=order.pk, line_id=line_of(order, fitting).pk, on=clock.today(), by=clerk)
    events.drain_all()
    assert shown(order) == ([f"Done on {delivered}", f"Done on {today}"], None)
    alone = placed(company, {fitting: 1}, freight="0")
    assert shown(alone) == (["We arrange a date with you"], "Service done")
    cancel_order(order_id=alone.pk, reason="customer")
    assert shown(alone)[0] == ["Cancelled"]


def shown(order: Order) -> tuple[list[str], str | None]:
    """What the order's page says of its services, and the step that it waits for."""
    order.refresh_from_db()
    with translation.override("en"):
        page = read_order(order)
        waiting = next((step.title for step in page.steps if step.state == "now"), None)
    return [line.service for line in page.lines if line.service], waiting
