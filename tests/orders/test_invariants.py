"""Each check of orders finds exactly the breach that is planted for it."""

from decimal import Decimal as D

import pytest
from django.db import connection

from core import events
from core.invariants import find_breaches
from core.origins import Origin
from finance.services import Leg, post_entry
from orders.basket.models import Basket
from orders.order.models import OrderDiscount
from tests.scenarios.company import a_company, an_order_of

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
def order(db):
    """A confirmed order that waits in the warehouse."""
    company = a_company()
    order = an_order_of(company, {company.cup: 2, company.pot: 1}, term="cod")
    events.drain_all()
    order.refresh_from_db()
    assert order.status == "confirmed"
    return order


def test_an_untouched_order_has_no_breach():
    assert find_breaches() == []


def test_i06_finds_a_total_that_its_lines_do_not_give():
    assert "I06" in breach("UPDATE order_order SET total_incl_tax = total_incl_tax + 1")


def test_i06_finds_charges_that_no_line_carries():
    assert "I06" in breach("UPDATE order_order SET shipping_incl_tax = shipping_incl_tax + 1")


def test_i07_finds_a_discount_that_no_line_has(order):
    OrderDiscount.objects.create(order=order, category="Basket", offer_name="five off", amount=D("5.00"))
    assert breach() == {"I07"}


def test_i12_finds_money_kept_for_a_cancelled_order(order):
    doc = Origin("order", order.pk)
    legs = [Leg("6602", debit=D("5.00")), Leg("2203.1", credit=D("5.00"), origin=doc)]
    post_entry(key="kept", kind="prepayment", legs=legs, origin=doc)
    assert "I12" in breach("UPDATE order_order SET status = 'cancelled'")


def test_i12_finds_unpaid_goods_with_the_warehouse():
    assert "I12" in breach("UPDATE order_order SET term = 'prepaid', payment_state = 'unpaid'")


def test_i45_finds_an_order_whose_basket_is_still_open(order):
    basket = Basket.objects.create(status="Open")
    assert breach(f"UPDATE order_order SET basket_id = {basket.pk} WHERE id = {order.pk}") == {"I45"}


def test_i54_finds_units_that_nobody_holds():
    assert "I54" in breach("UPDATE inventory_reservation SET quantity = quantity - 1 WHERE quantity > 1")


def test_i54_finds_a_dispatch_without_its_reservation():
    assert "I54" in breach("UPDATE inventory_reservation SET state = 'released', closed_at = now()")
