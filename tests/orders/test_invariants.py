"""Each check of orders finds exactly the breach that is planted for it."""

from decimal import Decimal as D

import pytest
from django.db import connection

from core import events
from core.invariants import find_breaches
from core.origins import Origin
from finance.services import Leg, post_entry
from orders.basket.models import Basket
from orders.order.models import OrderDiscount, OrderLineDiscount
from orders.voucher.models import VoucherApplication
from tests.scenarios.company import a_company, an_order_of
from tests.storefront.builders import a_code

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


@pytest.fixture
def bought(order):
    """The order has used a code, and the offer behind it."""
    code = a_code(limit=1)
    offer = code.offers.get()
    row = OrderDiscount.objects.create(
        order=order,
        offer_id=offer.pk,
        voucher_id=code.pk,
        voucher_code=code.code,
        frequency=1,
        amount=D("5.00"),
    )
    line = order.lines.first()
    OrderLineDiscount.objects.create(line=line, order_discount=row, is_incl_tax=True, amount=D("5.00"))
    VoucherApplication.objects.create(voucher=code, order=order, slot=1)
    type(code).objects.update(num_orders=1, total_discount=D("5.00"))
    type(offer).objects.update(num_applications=1, num_orders=1, total_discount=D("5.00"))
    assert find_breaches() == []


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE voucher_voucher SET num_orders = 0",
        "UPDATE voucher_voucherapplication SET released_at = now()",
        "DELETE FROM voucher_voucherapplication",
    ],
)
def test_i25_finds_a_code_whose_counter_or_use_is_not_what_orders_say(statement):
    assert breach(statement) == {"I25"}


@pytest.mark.usefixtures("bought")
def test_i25_finds_a_code_that_more_orders_use_than_may():
    dropped = "ALTER TABLE voucher_voucher DROP CONSTRAINT voucher_within_its_limit"
    assert breach(dropped, 'UPDATE voucher_voucher SET "limit" = 0') == {"I25"}


@pytest.mark.usefixtures("bought")
def test_i25_and_i26_find_a_use_that_a_cancelled_order_has_kept():
    assert {"I25", "I26"} <= breach("UPDATE order_order SET status = 'cancelled'")


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize("counter", ["num_applications", "num_orders", "total_discount"])
def test_i26_finds_a_counter_that_hides_what_was_given(counter):
    assert breach(f"UPDATE offer_conditionaloffer SET {counter} = 0") == {"I26"}


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize(
    ("limit", "net"),
    [
        ("max_discount = 4", "offer_within_its_budget"),
        ("max_global_applications = 1, num_applications = 2", "offer_within_its_number"),
    ],
)
def test_i26_finds_an_offer_beyond_its_limits(limit, net):
    dropped = f"ALTER TABLE offer_conditionaloffer DROP CONSTRAINT {net}"
    given = "UPDATE order_orderdiscount SET frequency = 2" if "number" in net else "SELECT 1"
    assert breach(dropped, given, f"UPDATE offer_conditionaloffer SET {limit}") == {"I26"}


def test_i45_finds_an_order_whose_basket_is_still_open(order):
    basket = Basket.objects.create(status="Open")
    assert breach(f"UPDATE order_order SET basket_id = {basket.pk} WHERE id = {order.pk}") == {"I45"}


def test_i54_finds_units_that_nobody_holds():
    assert "I54" in breach("UPDATE inventory_reservation SET quantity = quantity - 1 WHERE quantity > 1")


def test_i54_finds_a_dispatch_without_its_reservation():
    assert "I54" in breach("UPDATE inventory_reservation SET state = 'released', closed_at = now()")
