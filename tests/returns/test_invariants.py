"""Each check of returns finds exactly the breach that is planted for it."""

import pytest
from django.db import connection

from core import events
from core.invariants import find_breaches
from returns import services
from tests.logistics.builders import a_shipped_parcel, has_gone
from tests.scenarios.company import a_company

pytestmark = [pytest.mark.django_db, pytest.mark.breach]


def breach(*statements: str) -> set[str]:
    """Numbers of the checks that report something after these statements, keys and triggers aside."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")
    return {each.number for each in find_breaches()}


@pytest.fixture(autouse=True)
def case(db):
    """Two cups came back; one of them is judged: back on the shelf."""
    parcel = has_gone(a_shipped_parcel(a_company(), cups=2))
    line = parcel.order.lines.get()
    case = services.open_return(order_id=parcel.order_id, units={line.pk: 2}, reason="")
    services.approve_return(case_id=case.pk)
    row = case.lines.get()
    services.receive_return(case_id=case.pk, counts={row.pk: 2})
    services.inspect_line(return_line_id=row.pk, key="one", sellable=1)
    events.drain_all()
    case.refresh_from_db()
    return case


def test_an_untouched_case_has_no_breach():
    assert find_breaches() == []


def test_i34_finds_a_counter_that_no_inspection_explains():
    assert "I34" in breach("UPDATE order_line SET returned_quantity = returned_quantity + 1")


def test_i34_finds_more_returned_than_delivered():
    assert "I34" in breach("UPDATE returns_inspection SET sellable = 9")


def test_i35_finds_goods_that_did_not_go_back_on_the_shelf():
    assert "I35" in breach("DELETE FROM inventory_stockmove WHERE origin_kind = 'inspection'")


def test_i35_finds_goods_that_went_back_twice():
    assert "I35" in breach(
        "UPDATE inventory_stockmove SET on_hand_delta = 2 WHERE origin_kind = 'inspection'"
    )


def test_i62_finds_a_settled_case_that_refunds_something_else():
    assert "I62" in breach("UPDATE returns_returncase SET status = 'settled', refund_amount = 1")
