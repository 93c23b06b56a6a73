"""F05: figures are broken by SQL, the checker names them, mending makes them clean, history stays."""

import pytest
from django.db import connection

from core.invariants import find_breaches
from inventory.models import Reservation, StockLevel, StockMove
from inventory.services import refresh_pools, repair_stock
from tests.builders import a_channel, a_sku, a_warehouse, stocked

from .builders import a_policy, level, reserved

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods():
    sku, place = a_sku("tea"), a_warehouse("main")
    stocked(sku, place, 10)
    other = stocked(a_sku("cup"), place, 5)
    a_policy("fence", sku=sku, channel=a_channel("store"), units=2)
    refresh_pools()
    reserved(sku, 2, "store")
    reserved(sku, 3)
    return sku, other, place


def breaks(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE inventory_stocklevel SET on_hand = on_hand + 3 WHERE reserved > 0", "level"),
        ("UPDATE inventory_stocklevel SET on_hand = on_hand - 1 WHERE reserved > 0", "level"),
        ("UPDATE inventory_stocklevel SET reserved = reserved + 1 WHERE reserved > 0", "level"),
        ("UPDATE inventory_stocklevel SET reserved = 0 WHERE reserved > 0", "level"),
        ("UPDATE inventory_stocklevel SET unavailable = 1 WHERE reserved > 0", "level"),
        ("DELETE FROM inventory_stocklevel WHERE reserved > 0", "level"),
        (
            "UPDATE inventory_skucost SET value = value + 1"
            " WHERE sku_id = (SELECT id FROM inventory_sku WHERE code = 'tea')",
            "value",
        ),
        ("UPDATE inventory_channelpool SET taken = taken + 5", "pool"),
    ],
)
def test_what_was_broken_by_hand_is_named_and_mended(goods, statement, what):
    sku, other, place = goods
    history = list(StockMove.objects.order_by("pk").values())
    breaks(statement)
    assert find_breaches()
    (found,) = repair_stock(dry_run=True)
    assert found.what.startswith(what)
    assert not found.done
    assert find_breaches()
    assert [each.done for each in repair_stock(dry_run=False)] == [True]
    assert find_breaches() == []
    assert repair_stock(dry_run=False) == []
    assert level(sku, place) == (10, 5, 0)
    assert level(other, place) == (5, 0, 0)
    assert list(StockMove.objects.exclude(kind="repair").order_by("pk").values()) == history
    assert StockMove.objects.filter(kind="repair").count() == (what == "level")


@pytest.mark.breach
def test_facts_that_cannot_be_true_are_left_for_a_count(goods):
    sku, _other, place = goods
    row = Reservation.objects.filter(sku=sku).first()
    Reservation.objects.filter(pk=row.pk).update(quantity=100)
    (found,) = [each for each in repair_stock(dry_run=False) if each.what.startswith("level")]
    assert not found.done
    assert level(sku, place) == (10, 5, 0)


def test_sound_stock_is_left_alone(goods):
    before = list(StockLevel.objects.order_by("pk").values())
    assert repair_stock(dry_run=False) == []
    assert list(StockLevel.objects.order_by("pk").values()) == before
