"""A till has sold what the web had promised and the warehouse was told to send (F108).

Three cups with cash on delivery are 339.00 + 12.00 + 5.00 = 356.00, so two of them carry 237.33 and the third
118.67. Ten cups are on the shelf; the till sells eight, so that one of the three is gone.
"""

from decimal import Decimal as D

import pytest

from core import clock
from core.faults import guard_off
from core.invariants import find_breaches
from inventory.errors import NotReserved
from inventory.models import StockConflict, StockLevel
from inventory.services import Received, book_offline_sale, receive_goods, resolve_conflict
from logistics import services as logistics
from logistics.models import Delivery
from orders.models import Hold
from tests.builders import a_warehouse, stocked
from tests.scenarios.company import PROVINCE, a_company, an_order_of
from tests.scenarios.steps import label, pack, pick, settle_down, travel
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def three_cups(company, **options):
    """An order of three cups that the warehouse has been told to send."""
    order = an_order_of(company, {company.cup: 3}, term="cod", **options)
    settle_down()
    assert order.deliveries.get().status == "planned"
    return order


def sell_at_the_till(company, units: int, number: str = "1") -> None:
    book_offline_sale(
        source="till-jdz",
        message_id=number,
        sku=company.cup,
        warehouse=company.warehouse,
        quantity=units,
        at=clock.now(),
    )


def planned(delivery: Delivery) -> list[tuple]:
    return list(delivery.lines.values_list("quantity", "gross", "cod_share"))


def send(delivery: Delivery, couriers):
    pick(delivery)
    delivery.refresh_from_db()
    parcel = pack(delivery)
    waybill = label(parcel)
    logistics.hand_over(parcel_ids=[parcel.pk])
    couriers.collect([waybill.number], manifest=f"M-{parcel.pk}")
    settle_down()
    return travel(parcel, couriers)


def test_what_is_gone_leaves_the_instruction_and_comes_from_another_warehouse(couriers):
    company = a_company()
    order = three_cups(company)
    delivery = order.deliveries.get()
    assert planned(delivery) == [(3, D("356.00"), D("356.00"))]

    sell_at_the_till(company, 8)
    settle_down()
    assert planned(delivery) == [(2, D("237.33"), D("237.33"))]
    assert Hold.objects.get(order=order, cleared_at=None).department == "customer_service"

    # Customer service finds the third cup in Foshan; it gets an instruction of its own.
    foshan = a_warehouse("fs", province=PROVINCE)
    stocked(company.cup, foshan, 4, "40.00")
    resolve_conflict(conflict_id=StockConflict.objects.get().pk, choice="other_warehouse")
    settle_down()
    second = order.deliveries.exclude(pk=delivery.pk).get()
    assert (second.warehouse, planned(second)) == (foshan, [(1, D("118.67"), D("118.67"))])

    parcels = [send(each, couriers) for each in (delivery, second)]
    assert [parcel.cod_amount for parcel in parcels] == [D("237.33"), D("118.67")]
    order.refresh_from_db()
    assert (order.status, order.delivery_state) == ("completed", "delivered")
    assert StockLevel.objects.get(sku=company.cup, warehouse=company.warehouse).on_hand == 0


def test_the_customer_who_waits_gets_the_rest_when_goods_arrive(couriers):
    company = a_company()
    order = three_cups(company)
    sell_at_the_till(company, 10)
    settle_down()
    delivery = order.deliveries.get()
    assert delivery.status == "cancelled"  # nothing was left of it
    resolve_conflict(conflict_id=StockConflict.objects.get().pk, choice="later")
    settle_down()
    stocked(company.cup, a_warehouse("fs", province=PROVINCE), 4, "40.00")
    settle_down()
    second = order.deliveries.exclude(pk=delivery.pk).get()
    assert planned(second) == [(3, D("356.00"), D("356.00"))]


def test_a_picker_who_begins_before_anybody_was_told_gets_what_is_there():
    company = a_company()
    order = three_cups(company)
    sell_at_the_till(company, 8)  # what it announces is not done yet
    delivery = order.deliveries.get()
    assert logistics.start_picking(delivery_id=delivery.pk).status == "picking"
    assert planned(delivery) == [(2, D("237.33"), D("237.33"))]
    settle_down()
    assert planned(delivery) == [(2, D("237.33"), D("237.33"))]


@pytest.mark.breach
def test_without_the_guard_a_box_is_packed_that_can_never_leave(couriers):
    company = a_company()
    order = three_cups(company)
    sell_at_the_till(company, 8)
    delivery = order.deliveries.get()
    with guard_off("F108"):
        pick(delivery)
    delivery.refresh_from_db()
    parcel = pack(delivery)
    label(parcel)
    assert {each.number for each in find_breaches()} == {"I54"}
    with pytest.raises(NotReserved):
        logistics.hand_over(parcel_ids=[parcel.pk])


@pytest.mark.races
def test_picking_and_the_till_at_the_same_moment_agree_on_every_cup():
    company = a_company()
    for turn in range(8):
        delivery = three_cups(company).deliveries.get()
        shelf = StockLevel.objects.get(sku=company.cup, warehouse=company.warehouse)

        def step(index: int, delivery=delivery, turn=turn, units=shelf.free + 2):
            if index:
                return sell_at_the_till(company, units, f"turn-{turn}")
            return logistics.start_picking(delivery_id=delivery.pk)

        assert [error for error in at_once(2, step) if isinstance(error, Exception)] == []
        assert find_breaches() == []
        settle_down()
        assert find_breaches() == []
        for conflict in StockConflict.objects.filter(state="open"):
            resolve_conflict(conflict_id=conflict.pk, choice="later")
        receive_goods([Received(company.cup.pk, company.warehouse.pk, 12, D("480.00"))])
        settle_down()
