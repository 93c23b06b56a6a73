"""F05: figures are broken by SQL, the checker names them, mending makes them clean, history stays."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from core.errors import InvalidInput
from core.invariants import find_breaches
from core.models import Note
from core.rights import grant_role
from inventory.models import Reservation, StockLevel, StockMove
from inventory.services import refresh_pools, repair_stock
from tests.builders import a_channel, a_sku, a_warehouse, stocked
from tests.crm.builders import a_user

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
    (found,) = repair_stock()
    assert found.what.startswith(what)
    assert not found.done
    assert find_breaches()
    keeper = a_user()
    (mended,) = repair_stock(by=keeper, reason="a script that was wrong")
    assert (mended.what, mended.facts, mended.done) == (found.what, found.facts, True)
    assert find_breaches() == []
    assert repair_stock(by=keeper, reason="again") == []
    (note,) = Note.objects.filter(origin_kind="sku", origin_id=sku.pk)
    assert note.author == keeper
    assert note.text == f"{found.what}: {found.said} -> {found.facts}. a script that was wrong"
    assert level(sku, place) == (10, 5, 0)
    assert level(other, place) == (5, 0, 0)
    assert list(StockMove.objects.exclude(kind="repair").order_by("pk").values()) == history
    assert StockMove.objects.filter(kind="repair").count() == (what == "level")


@pytest.mark.breach
def test_facts_that_cannot_be_true_are_left_for_a_count(goods):
    sku, _other, place = goods
    row = Reservation.objects.filter(sku=sku).first()
    Reservation.objects.filter(pk=row.pk).update(quantity=100)
    (found,) = [each for each in repair_stock(by=a_user(), reason="?") if each.what.startswith("level")]
    assert (found.possible, found.done) == (False, False)
    assert level(sku, place) == (10, 5, 0)
    assert not Note.objects.filter(text__startswith="level").exists()


def test_sound_stock_is_left_alone(goods):
    before = list(StockLevel.objects.order_by("pk").values())
    assert repair_stock(by=a_user(), reason="?") == []
    assert list(StockLevel.objects.order_by("pk").values()) == before


def test_nothing_is_mended_without_a_reason(goods):
    breaks("UPDATE inventory_channelpool SET taken = taken + 5")
    with pytest.raises(InvalidInput):
        repair_stock(by=a_user(), reason=" ")
    assert [each.done for each in repair_stock()] == [False]
    repair_stock(by=a_user(), reason="for the checks after this test")


def run(*arguments):
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("repair_stock", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue(), err.getvalue()


def test_the_command_names_what_differs_and_mends_it_only_when_told_by_somebody_who_may(goods):
    assert run() == (0, "0 figures differ, 0 mended\n", "")
    breaks("UPDATE inventory_stocklevel SET on_hand = on_hand + 3 WHERE reserved > 0")
    figures = "on hand 13, reserved 5, not for sale 0 -> on hand 10, reserved 5, not for sale 0"
    told = f"level tea@main: {figures}: differs\n1 figures differ, 0 mended\n"
    assert run() == (3, told, "")
    clerk, keeper = a_user(username="clerk"), a_user(username="keeper")
    grant_role(user=clerk, role="finance")
    grant_role(user=keeper, role="warehouse")
    assert run("--write", "--why", "x")[0] == 2
    assert run("--write", "--as", "nobody", "--why", "x")[0] == 2
    assert run("--write", "--as", "clerk", "--why", "x")[0] == 1
    assert run("--write", "--as", "keeper")[0] == 1
    assert run() == (3, told, "")
    code, out, _said = run("--write", "--as", "keeper", "--why", "restored by hand", "--json")
    found = json.loads(out.splitlines()[-1])
    assert (code, found["differ"], found["mended"], found["repairs"][0]["what"]) == (
        0,
        1,
        1,
        "level tea@main",
    )
    assert StockMove.objects.get(kind="repair").actor == keeper
    assert run() == (0, "0 figures differ, 0 mended\n", "")
