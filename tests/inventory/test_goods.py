"""Goods come, go and differ; the value goes with them into the ledger."""

from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from core.origins import Origin
from finance.models import Posting
from inventory.errors import AlreadyCounted, AlreadyOpened, MessageReused, NotEnough, NotReserved, SoldOut
from inventory.models import BackOrder, Reservation, Sku, SkuCost, StockConflict, StockMove
from inventory.queries import find_barcode, stock_value, waiting_units
from inventory.services import (
    Issue,
    Opened,
    Received,
    adjust_stock,
    consume_reservation,
    consume_reservations,
    open_stock,
    pin_reservations,
    post_count,
    receive_goods,
    release_reservations,
    report_missing,
    resolve_conflict,
    return_goods,
    scrap_goods,
    set_aside,
    start_count,
)
from tests.builders import a_sku, a_warehouse, stocked

from .builders import level, reserved

pytestmark = pytest.mark.django_db
HERE = Origin("entity", 1)


@pytest.fixture
def main():
    return a_warehouse("main")


def booked(account: str) -> Decimal:
    """Balance of an account, debit positive."""
    sums = dict(Posting.objects.filter(account__code=account).values_list("side").annotate(Sum("amount")))
    return sums.get("debit", Decimal(0)) - sums.get("credit", Decimal(0))


def receive(sku: Sku, warehouse, quantity: int, cost: str, *, message=None, **more) -> StockMove:
    (row,) = receive_goods([Received(sku.pk, warehouse.pk, quantity, Decimal(cost), message)], **more)
    return row


def test_opening_stock_is_booked_once(main):
    sku = a_sku()
    line = Opened(sku.pk, main.pk, 3, Decimal("3.335"))
    first = open_stock([line])
    assert open_stock([line]) == first
    with pytest.raises(AlreadyOpened) as refused:
        open_stock([Opened(sku.pk, main.pk, 4, Decimal("3.335"))])
    assert refused.value.context["places"] == {(sku.pk, main.pk): 3}
    assert level(sku, main) == (3, 0, 0)
    assert (booked("1405"), booked("4001")) == (Decimal("10.01"), Decimal("-10.01"))


def test_what_is_there_is_opened_with_what_is_new_and_what_differs_stops_both(main):
    known, new, other = a_sku(), a_sku(), a_sku()
    (first,) = open_stock([Opened(known.pk, main.pk, 3, Decimal("2"))])
    both = [Opened(new.pk, main.pk, 5, Decimal("4")), Opened(known.pk, main.pk, 3, Decimal("2"))]
    made, again = open_stock(both)
    assert (made.sku_id, made.cost, again) == (new.pk, Decimal("20.00"), first)
    with pytest.raises(AlreadyOpened):
        open_stock([Opened(other.pk, main.pk, 1, Decimal("1")), Opened(known.pk, main.pk, 9, Decimal("2"))])
    assert level(known, main) == (3, 0, 0)
    assert not StockMove.objects.filter(sku=other).exists()
    assert booked("1405") == Decimal("26.00")


def test_a_delivery_of_many_lines_costs_as_many_statements_as_one_of_two(main):
    def statements(number: int) -> int:
        lines = [Received(a_sku().pk, main.pk, 2, Decimal("6")) for _each in range(number)]
        with CaptureQueriesContext(connection) as seen:
            receive_goods(lines, supplier_id=1)
        return len(seen)

    assert statements(60) == statements(2)
    assert (booked("1405"), booked("2202.2")) == (Decimal("372.00"), Decimal("-372.00"))


def test_cost_is_a_moving_average_that_ends_at_nothing(main):
    sku = a_sku()
    receive(sku, main, 2, "10.00", supplier_id=1)
    receive(sku, main, 1, "0.01", supplier_id=1)
    (row,) = reserved(sku, 3)
    costs = [
        consume_reservation(line_id=row.line_id, sku_id=sku.pk, warehouse_id=main.pk, quantity=1, origin=HERE)
        for _ in range(3)
    ]
    assert costs == [Decimal("3.34"), Decimal("3.34"), Decimal("3.33")]
    cost = SkuCost.objects.get()
    assert (cost.quantity, cost.value) == (0, Decimal("0.00"))
    assert booked("2202.2") == Decimal("-10.01")


def test_the_ledger_says_what_the_stock_is_worth(main):
    sku = stocked(a_sku(), main, 10, "8.00")
    receive(sku, main, 5, "30.00", supplier_id=1)
    adjust_stock(sku=sku, warehouse=main, quantity=-3, reason="gone")
    adjust_stock(sku=sku, warehouse=main, quantity=1, reason="found")
    assert stock_value(entity_id=main.entity_id) == booked("1405") == Decimal("95.33")
    assert booked("1901") == Decimal("14.67")


def test_goods_of_a_supplier_have_no_value(main):
    sku, theirs = a_sku(), a_warehouse(kind="dropship", owner="Mill")
    stocked(sku, theirs, 5)
    assert level(sku, theirs) == (5, 0, 0)
    assert not SkuCost.objects.exists()
    assert booked("1405") == 0


def test_a_repeated_receipt_message_changes_nothing(main):
    sku = a_sku()
    first = receive(sku, main, 5, "20", message=("scale", "7"))
    assert receive(sku, main, 5, "20", message=("scale", "7")) == first
    with pytest.raises(MessageReused):
        receive(sku, main, 6, "24", message=("scale", "7"))
    assert level(sku, main) == (5, 0, 0)


def test_arriving_goods_go_to_the_highest_channel_that_waits(main):
    sku = a_sku()
    for channel in ("agent", "key-account", "web"):
        reserved(sku, 4, channel, partial=True)
    receive(sku, main, 10, "50")
    got = dict(Reservation.objects.values_list("channel__code", "quantity"))
    assert got == {"key-account": 4, "web": 4, "agent": 2}
    assert list(BackOrder.objects.filter(state="open").values_list("channel__code", "quantity")) == [
        ("agent", 2)
    ]
    agent = Reservation.objects.get(channel__code="agent")
    assert waiting_units(order_id=agent.line.order_id) == {agent.line_id: 2}
    assert agent.decision.explanation["rank"] == 3
    assert [each["priority"] for each in agent.decision.explanation["rivals"]] == [10, 30]
    assert level(sku, main) == (10, 10, 0)


def test_freed_goods_go_to_who_waits(main):
    sku = stocked(a_sku(), main, 4)
    (holder,) = reserved(sku, 4)
    assert reserved(sku, 3, partial=True) == []
    assert release_reservations(line_id=holder.line_id) == 4
    assert level(sku, main) == (4, 3, 0)
    assert BackOrder.objects.get().state == "served"


def test_a_hand_over_of_more_than_is_reserved_changes_nothing(main):
    sku = stocked(a_sku(), main, 10)
    (row,) = reserved(sku, 4)
    (other,) = reserved(sku, 2)
    issues = [Issue(row.line_id, sku.pk, main.pk, 4), Issue(other.line_id, sku.pk, main.pk, 3)]
    with pytest.raises(NotReserved):
        consume_reservations(issues=issues, origin=HERE)
    assert level(sku, main) == (10, 6, 0)
    assert not StockMove.objects.filter(kind="issue").exists()
    assert consume_reservations(issues=issues[:1], origin=HERE) == [Decimal("32.00")]
    assert level(sku, main) == (6, 2, 0)


def test_a_part_is_handed_over_and_the_rest_stays_reserved(main):
    sku = stocked(a_sku(), main, 10)
    (row,) = reserved(sku, 4)
    consume_reservation(line_id=row.line_id, sku_id=sku.pk, warehouse_id=main.pk, quantity=1, origin=HERE)
    assert level(sku, main) == (9, 3, 0)
    assert sorted(Reservation.objects.values_list("state", "quantity")) == [("consumed", 1), ("open", 3)]


def test_returned_goods_are_judged_before_they_are_sold_or_scrapped(main):
    sku = stocked(a_sku(), main, 1)
    return_goods(
        sku_id=sku.pk, warehouse_id=main.pk, quantity=3, cost=Decimal("24"), origin=HERE, sellable=False
    )
    assert level(sku, main) == (4, 0, 3)
    set_aside(sku=sku, warehouse=main, quantity=-1, reason="as new")
    move = scrap_goods(sku_id=sku.pk, warehouse_id=main.pk, quantity=2, origin=HERE)
    assert move.cost == Decimal("-16.00")
    assert level(sku, main) == (2, 0, 0)
    with pytest.raises(NotEnough):
        scrap_goods(sku_id=sku.pk, warehouse_id=main.pk, quantity=1, origin=HERE)


def test_reserved_goods_are_not_set_aside(main):
    sku = stocked(a_sku(), main, 3)
    reserved(sku, 2)
    with pytest.raises(NotEnough):
        set_aside(sku=sku, warehouse=main, quantity=2, reason="wet")
    assert level(sku, main) == (3, 2, 0)


def test_a_count_does_not_bring_back_what_was_sold_meanwhile(main):
    """F12"""
    sku = stocked(a_sku(), main, 100)
    count = start_count(sku=sku, warehouse=main)
    with pytest.raises(AlreadyCounted):
        start_count(sku=sku, warehouse=main)
    (row,) = reserved(sku, 3)
    consume_reservation(line_id=row.line_id, sku_id=sku.pk, warehouse_id=main.pk, quantity=3, origin=HERE)
    post_count(count=count, counted=98)
    assert level(sku, main) == (95, 0, 0)
    post_count(count=count, counted=98)
    assert level(sku, main) == (95, 0, 0)
    with pytest.raises(AlreadyCounted):
        post_count(count=count, counted=97)


def test_a_count_frees_the_weakest_promises_but_no_printed_ones(main):
    sku = stocked(a_sku(), main, 5)
    (printed,) = reserved(sku, 2, "agent")
    (weak,) = reserved(sku, 3, "web")
    pin_reservations(line_ids=[printed.line_id], warehouse_id=main.pk)
    adjust_stock(sku=sku, warehouse=main, quantity=-1, reason="mouse")
    conflict = StockConflict.objects.get()
    assert (conflict.line_id, conflict.quantity) == (weak.line_id, 1)
    assert level(sku, main) == (4, 4, 0)
    with pytest.raises(NotEnough):
        adjust_stock(sku=sku, warehouse=main, quantity=-3, reason="mice")
    assert level(sku, main) == (4, 4, 0)


def test_a_conflict_is_resolved_once_by_another_warehouse_or_by_waiting(main):
    sku = stocked(a_sku(), main, 2)
    (row,) = reserved(sku, 2)
    adjust_stock(sku=sku, warehouse=main, quantity=-2, reason="mouse")
    other = a_warehouse()
    stocked(sku, other, 1)
    conflict = StockConflict.objects.get()
    with pytest.raises(SoldOut):
        resolve_conflict(conflict_id=conflict.pk, choice="other_warehouse")
    conflict.refresh_from_db()
    assert conflict.state == "open"
    resolve_conflict(conflict_id=conflict.pk, choice="later")
    assert BackOrder.objects.get(line=row.line).quantity == 2


def test_a_short_pick_takes_the_missing_goods_off_the_books(main):
    sku = stocked(a_sku(), main, 3)
    (row,) = reserved(sku, 3)
    report_missing(line_id=row.line_id, sku_id=sku.pk, warehouse_id=main.pk, quantity=2, origin=HERE)
    assert level(sku, main) == (1, 1, 0)
    with pytest.raises(NotReserved):
        report_missing(line_id=row.line_id, sku_id=sku.pk, warehouse_id=main.pk, quantity=2, origin=HERE)


def test_a_barcode_stands_for_its_packaging(main):
    sku = a_sku("tea")
    sku.barcodes.create(code="6901234567892", quantity=12)
    assert (find_barcode(" 6901234567892 ").sku_id, find_barcode("6901234567892").quantity) == (sku.pk, 12)
    assert find_barcode("tea").quantity == 1
    assert find_barcode("?") is None
