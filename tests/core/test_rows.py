"""Many rows in one statement: every kind of column that is written so, and what is not there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from core import clock
from core.models import StatusChange
from core.rows import update_rows
from core.states import move
from inventory.models import SkuCost, StockLevel
from orders.order.models import Order
from tests.builders import a_sku, a_warehouse, an_order, stocked
from tests.crm.builders import a_user

pytestmark = pytest.mark.django_db


@pytest.mark.breach  # these orders are worth what nobody has booked
def test_numbers_texts_instants_and_links_are_stored_and_nothing_else_is(django_assert_num_queries):
    orders = [an_order() for _each in range(3)]
    person, day = a_user(), clock.now() + timedelta(days=2)
    for place, order in enumerate(orders):
        order.expires_at, order.user = (day, person) if place else (None, None)
        order.total_incl_tax, order.number, order.currency = Decimal(place), f"N'{place}", "EUR"
    with django_assert_num_queries(1):
        assert update_rows(orders[1:], ["expires_at", "user", "total_incl_tax", "number"]) == 2
    first, second, third = Order.objects.order_by("pk")
    assert (second.expires_at, second.user, second.number) == (day, person, "N'1")
    assert third.total_incl_tax == Decimal("2.00")
    assert (first.number, second.currency) != ("N'0", "EUR")
    orders[1].expires_at = None
    update_rows([orders[1]], ["expires_at"])
    second.refresh_from_db()
    assert second.expires_at is None


def test_rows_that_are_gone_are_counted_out_and_constraints_hold():
    sku, place = a_sku(), a_warehouse()
    stocked(sku, place, 3)
    level = StockLevel.objects.get()
    assert update_rows([], ["reserved"]) == 0
    assert update_rows([level, StockLevel(pk=-1)], ["reserved"]) == 1
    level.reserved = 4
    with pytest.raises(IntegrityError), transaction.atomic():
        update_rows([level], ["reserved"])
    cost = SkuCost.objects.get()
    for value in ("23.99", "24.00"):
        cost.value = Decimal(value)
        update_rows([cost], ["value"])
        cost.refresh_from_db()
        assert cost.value == Decimal(value)


def test_a_document_that_is_gone_moves_nowhere_and_leaves_no_trace():
    order = an_order()
    Order.objects.filter(pk=order.pk).delete()
    with pytest.raises(DatabaseError, match="not there any more"), transaction.atomic():
        move(order, Order.Status.CONFIRMED, transitions=Order.TRANSITIONS)
    assert not StatusChange.objects.filter(origin_kind="order", new="confirmed").exists()
