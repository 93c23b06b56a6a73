"""Each check finds exactly the breach that is planted for it (FAILURES section 2, self-test)."""

import pytest
from django.db import connection

from core.invariants import find_breaches
from inventory.services import refresh_pools
from tests.builders import a_channel, a_sku, a_warehouse, an_order, stocked

from .builders import a_policy, reserved

pytestmark = [pytest.mark.django_db, pytest.mark.breach]

LOOSE = (
    "ALTER TABLE inventory_stocklevel DROP CONSTRAINT inventory_not_oversold",
    "ALTER TABLE inventory_stockmove DISABLE TRIGGER USER",
)


def breach(*statements: str) -> set[str]:
    """Numbers of the checks that report something after these statements."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)
    return {each.number for each in find_breaches()}


@pytest.fixture(autouse=True)
def goods(db):
    place = a_warehouse("main")
    sku = stocked(a_sku("tea"), place, 10)
    a_policy("fence", sku=sku, channel=a_channel("store"), units=4)
    refresh_pools()
    reserved(sku, 2)
    reserved(sku, 3, "store")
    return sku


def test_untouched_stock_has_no_breach():
    assert find_breaches() == []


def test_i27_finds_a_level_that_is_not_the_sum_of_its_moves():
    assert breach("UPDATE inventory_stocklevel SET on_hand = on_hand + 1") == {"I27", "I57"}


def test_i27_finds_a_level_that_has_lost_its_row():
    assert breach("DELETE FROM inventory_stocklevel") == {"I27", "I28", "I53", "I57"}


def test_i28_finds_a_counter_that_is_not_the_sum_of_the_reservations():
    assert breach("UPDATE inventory_stocklevel SET reserved = reserved - 1") == {"I28"}


def test_i29_finds_what_is_oversold():
    assert breach(LOOSE[0], "UPDATE inventory_stocklevel SET reserved = 11") == {"I28", "I29", "I53"}


def test_i31_finds_goods_held_for_a_closed_order():
    an_order()
    assert breach("UPDATE order_order SET status = 'cancelled'") >= {"I31"}


def test_i32_finds_a_deadline_that_passed():
    assert breach("UPDATE inventory_reservation SET expires_at = now() - interval '6 minutes'") == {"I32"}


def test_i38_finds_value_on_goods_of_others():
    assert breach("UPDATE inventory_warehouse SET kind = 'dropship', owner = 'them'") == {"I38", "I57"}


def test_i39_finds_a_message_applied_twice():
    assert breach(
        LOOSE[1],
        "DROP INDEX inventory_message_once",
        "INSERT INTO inventory_stockmove (sku_id, warehouse_id, kind, on_hand_delta, unavailable_delta, cost,"
        " currency, origin_kind, message_source, message_id, reason, at)"
        " SELECT sku_id, warehouse_id, 'adjust', each, 0, 0, currency, '', 'till', '1', '', at"
        " FROM inventory_stockmove, (VALUES (1), (-1)) v(each)",
    ) == {"I39"}


def test_i53_finds_fenced_units_in_other_hands():
    assert breach("UPDATE inventory_channelpool SET fenced = 20") == {"I53"}


def test_i53_finds_a_cap_that_was_passed():
    assert breach("UPDATE inventory_channelpool SET cap = 2") == {"I53"}


def test_i53_finds_a_pool_that_miscounts():
    assert breach("UPDATE inventory_channelpool SET taken = taken + 1") == {"I53"}


def test_i57_finds_value_that_no_move_explains():
    assert breach("UPDATE inventory_skucost SET value = value + 1") == {"I57"}


def test_i58_finds_a_move_that_the_ledger_does_not_know():
    assert breach(
        LOOSE[1],
        "UPDATE inventory_stockmove SET cost = cost + 1 WHERE kind = 'opening'",
        "UPDATE inventory_skucost SET value = value + 1",
    ) == {"I58"}
