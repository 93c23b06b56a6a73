from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from core import clock
from core.rights import grant_role
from inventory.errors import SoldOut
from inventory.models import AllocationDecision, BackOrder, Reservation, StockLevel
from inventory.queries import explain_allocation, orders_with_due_reservations, promise
from inventory.queries.explaining import Candidate
from inventory.services import Demand, confirm_reservations, release_reservations, reserve
from tests.builders import a_channel, a_line, a_sku, a_warehouse, an_order, stocked
from tests.crm.builders import a_user

from .builders import demand, level, reserved

pytestmark = pytest.mark.django_db


@pytest.fixture
def main():
    return a_warehouse("main", province="上海市")


def test_a_reservation_counts_up_and_keeps_its_deadline_until_confirmed(main):
    sku = stocked(a_sku(), main, 10)
    order = an_order()
    until = clock.now() + timedelta(minutes=30)
    (row,) = reserve(demands=[demand(sku, 4, order=order)], channel=a_channel(), expires_at=until)
    assert (row.quantity, row.state, row.expires_at) == (4, "open", until)
    assert level(sku, main) == (10, 4, 0)
    assert confirm_reservations(order_id=order.pk) == 1
    row.refresh_from_db()
    assert row.expires_at is None


def test_what_is_not_there_is_refused_whole_and_nothing_is_changed(main):
    plenty, scarce = stocked(a_sku(), main, 10), stocked(a_sku(), main, 2)
    with pytest.raises(SoldOut) as refused:
        reserve(demands=[demand(plenty, 3), demand(scarce, 3)], channel=a_channel(), expires_at=None)
    (shortage,) = refused.value.shortages
    assert (shortage.sku_id, shortage.asked, shortage.promise) == (scarce.pk, 3, 2)
    assert level(plenty, main) == (10, 0, 0)
    assert not Reservation.objects.exists()
    assert not AllocationDecision.objects.exists()


def test_a_carton_and_single_pieces_of_one_sku_are_one_demand(main):
    """F02"""
    sku = stocked(a_sku(), main, 10)
    with pytest.raises(SoldOut):
        reserve(demands=[demand(sku, 6), demand(sku, 6)], channel=a_channel(), expires_at=None)
    assert level(sku, main) == (10, 0, 0)
    reserve(demands=[demand(sku, 6), demand(sku, 4)], channel=a_channel(), expires_at=None)
    assert level(sku, main) == (10, 10, 0)


def test_an_order_goes_out_from_one_place_even_if_a_nearer_one_has_a_part(main):
    far = a_warehouse("far", province="新疆")
    sku = stocked(stocked(a_sku(), main, 3), far, 10)
    (row,) = reserved(sku, 5, region="上海市")
    assert row.warehouse == far
    (decision,) = explain_allocation(row.line_id)
    assert decision.rule == "The whole order comes from one warehouse."
    assert decision.candidates == (
        Candidate(str(far), 5),
        Candidate(str(main), 0, "has only 3 of 5 pieces"),
    )


def test_an_order_that_no_place_has_whole_is_split_without_taking_more_than_asked(main):
    """F10: 13 from 10 + 15."""
    other = a_warehouse("other")
    sku = stocked(stocked(a_sku(), main, 10), other, 15)
    reserve(demands=[demand(sku, 13), demand(sku, 8)], channel=a_channel(), expires_at=None, region="上海")
    assert level(sku, main) == (10, 10, 0)
    assert level(sku, other) == (15, 11, 0)


def test_cash_on_delivery_is_not_split(main):
    sku = stocked(stocked(a_sku(), main, 3), a_warehouse(), 3)
    with pytest.raises(SoldOut) as refused:
        reserved(sku, 4, split=False)
    assert refused.value.promise == 3


def test_an_import_takes_what_there_is_and_waits_for_the_rest(main):
    sku = stocked(a_sku(), main, 3)
    (row,) = reserved(sku, 5, partial=True)
    assert row.quantity == 3
    waiting = BackOrder.objects.get()
    assert (waiting.line_id, waiting.quantity, waiting.state) == (row.line_id, 2, "open")
    assert level(sku, main) == (3, 3, 0)


def test_an_import_of_goods_that_lie_nowhere_waits_for_all(main):
    assert reserved(a_sku(), 5, partial=True) == []
    assert BackOrder.objects.get().quantity == 5


def test_a_service_needs_no_stock(main):
    sku = a_sku(track_stock=False)
    assert reserved(sku, 5) == []
    assert promise(sku_ids=[sku.pk], channel=a_channel())[sku.pk].units > 1000


def test_a_closed_warehouse_and_goods_set_aside_promise_nothing(main):
    sku = stocked(a_sku(), main, 3)
    main.active = False
    main.save()
    assert promise(sku_ids=[sku.pk], channel=a_channel())[sku.pk].units == 0


def test_a_group_serves_its_channels_and_provinces_only(main):
    sku = stocked(a_sku(), main, 3)
    main.group.channels.add(a_channel("store"))
    main.group.provinces = ["江苏"]
    main.group.save()

    def units(channel: str, region: str) -> int:
        return promise(sku_ids=[sku.pk], channel=a_channel(channel), region=region)[sku.pk].units

    assert [units("store", "江苏省"), units("store", "广东省"), units("web", "江苏省")] == [3, 0, 0]


def test_release_gives_back_once(main):
    sku = stocked(a_sku(), main, 10)
    (row,) = reserved(sku, 4)
    assert release_reservations(line_id=row.line_id, quantity=1) == 1
    assert level(sku, main) == (10, 3, 0)
    assert release_reservations(order_id=row.line.order_id) == 3
    assert release_reservations(order_id=row.line.order_id) == 0
    assert level(sku, main) == (10, 0, 0)
    assert sorted(Reservation.objects.values_list("quantity", "state")) == [(1, "released"), (3, "released")]


def test_units_that_wait_are_cancelled_before_reserved_ones(main):
    sku = stocked(a_sku(), main, 3)
    (row,) = reserved(sku, 5, partial=True)
    assert release_reservations(line_id=row.line_id, quantity=3) == 1
    assert level(sku, main) == (3, 2, 0)
    assert BackOrder.objects.get().state == "cancelled"


def test_whatever_is_past_its_deadline_is_reported(main):
    """F09"""
    sku = stocked(a_sku(), main, 9)
    now = clock.now()
    with clock.virtual(now) as time:
        rows = [reserved(sku, 1, expires_at=now + timedelta(hours=hours))[0] for hours in (1, 2)]
        reserved(sku, 1)
        assert orders_with_due_reservations() == []
        time.move_by(timedelta(hours=3))
        due = orders_with_due_reservations()
        assert due == sorted(row.line.order_id for row in rows)
        for order in due:
            release_reservations(order_id=order)
        assert orders_with_due_reservations() == []


def test_quantities_below_one_are_refused(main):
    """F22"""
    sku = stocked(a_sku(), main, 3)
    line = a_line(sku, 1)
    for quantity in (0, -1):
        with pytest.raises(ValueError, match="at least one"):
            reserve(demands=[Demand(line.pk, sku.pk, quantity)], channel=a_channel(), expires_at=None)
    assert level(sku, main) == (3, 0, 0)


def test_a_reservation_of_five_lines_costs_few_queries(main, django_assert_max_num_queries):
    order = an_order()
    demands = [demand(stocked(a_sku(), main, 10), 2, order=order) for _ in range(5)]
    channel = a_channel()
    with django_assert_max_num_queries(9):  # of which four are transaction and savepoint
        reserve(demands=demands, channel=channel, expires_at=None)
    assert StockLevel.objects.filter(reserved=2).count() == 5


def test_one_call_promises_for_a_whole_page(main, django_assert_num_queries):
    skus = [stocked(a_sku(), main, count) for count in (1, 2, 3)]
    channel = a_channel()
    with django_assert_num_queries(1):
        found = promise(sku_ids=[sku.pk for sku in skus], channel=channel)
    assert [found[sku.pk].units for sku in skus] == [1, 2, 3]


def test_why_is_told_in_words_with_links_to_whoever_was_served_before(main, client):
    """The page that ends a quarrel: terms, places and rivals, nothing of how they are stored."""
    call_command("setup_shop")
    manager = a_user(username="manager")
    grant_role(user=manager, role="manager")
    client.force_login(manager)
    sku = stocked(stocked(a_sku(), main, 3), a_warehouse("far", province="新疆"), 10)
    (first,) = reserved(sku, 2, region="上海市")
    (second,) = reserved(sku, 5, region="上海市")
    page = client.get(reverse("admin:inventory_reservation_why", args=[second.line_id]))
    words = page.content.decode()
    assert "The whole order comes from one warehouse." in words
    assert "has only 1 of 5 pieces" in words
    assert reverse("admin:order_order_change", args=[first.line.order_id]) in words
    assert "&#x27;" not in words
    assert "whole_from_one_place" not in words
    assert client.get(reverse("admin:inventory_reservation_why", args=[0])).status_code == 404
