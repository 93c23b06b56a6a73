from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from core import clock
from core.entities import default_entity
from core.models import Event
from finance.models import Entry, Posting
from finance.services import close_period
from inventory.errors import MessageReused
from inventory.models import Reservation, StockConflict, StockMove
from inventory.services import book_offline_sale, pin_reservations
from tests.builders import a_sku, a_warehouse, stocked

from .builders import level, reserved

pytestmark = pytest.mark.django_db


@pytest.fixture
def main():
    return a_warehouse("main")


def sell(sku, main, quantity, number="1"):
    return book_offline_sale(
        source="till-3", message_id=number, sku=sku, warehouse=main, quantity=quantity, at=clock.now()
    )


def test_a_late_sale_of_promised_goods_is_booked_and_its_orders_are_queued_once(main):
    """F108: on hand 3, reserved 3, a sale of 2 arrives."""
    sku = stocked(a_sku(), main, 3)
    key, web, agent = (reserved(sku, 1, channel)[0] for channel in ("key-account", "web", "agent"))
    first = sell(sku, main, 2)
    assert level(sku, main) == (1, 1, 0)
    assert [each.line_id for each in first.conflicts] == [agent.line_id, web.line_id]
    assert all("till-3" in each.reason for each in first.conflicts)
    assert Reservation.objects.get(state="open").pk == key.pk
    assert Event.objects.filter(name="OfflineConflict").count() == 2
    again = sell(sku, main, 2)
    assert (again.move, again.conflicts, again.cost) == (first.move, first.conflicts, first.cost)
    assert level(sku, main) == (1, 1, 0)
    assert StockConflict.objects.count() == 2
    with pytest.raises(MessageReused):
        sell(sku, main, 1)


def test_among_equals_the_later_promise_and_the_younger_order_lose(main):
    sku = stocked(a_sku(), main, 4)
    today = clock.today()
    soon = reserved(sku, 1, promised_on=today)[0]
    late = reserved(sku, 1, promised_on=today + timedelta(days=9))[0]
    old, young = reserved(sku, 1)[0], reserved(sku, 1)[0]
    order = [[each.line_id for each in sell(sku, main, 1, str(number)).conflicts] for number in range(4)]
    assert order == [[young.line_id], [old.line_id], [late.line_id], [soon.line_id]]


def test_a_part_of_a_promise_is_enough(main):
    sku = stocked(a_sku(), main, 5)
    (row,) = reserved(sku, 4)
    sold = sell(sku, main, 3)
    assert [(each.line_id, each.quantity) for each in sold.conflicts] == [(row.line_id, 2)]
    assert level(sku, main) == (2, 2, 0)


def test_printed_goods_stay_and_the_rest_must_have_been_miscounted(main):
    sku = stocked(a_sku(), main, 3, "8.00")
    (row,) = reserved(sku, 3)
    pin_reservations(line_ids=[row.line_id], warehouse_id=main.pk)
    sold = sell(sku, main, 2)
    assert (sold.conflicts, sold.found, sold.cost) == ([], 2, Decimal("16.00"))
    assert level(sku, main) == (3, 3, 0)
    assert list(StockMove.objects.order_by("pk").values_list("kind", "on_hand_delta")) == [
        ("opening", 3),
        ("adjust", 2),
        ("sale", -2),
    ]


def test_a_late_sale_is_cost_of_sales(main):
    sku = stocked(a_sku(), main, 3, "8.00")
    sell(sku, main, 2)
    totals = dict(
        Posting.objects.filter(account__code__in=["6401", "1405"], entry__kind="sold_offline")
        .values_list("account__code")
        .annotate(Sum("amount"))
    )
    assert totals == {"6401": Decimal("16.00"), "1405": Decimal("16.00")}


def test_a_sale_of_a_closed_month_that_is_told_late_is_booked_today(main):
    """F66: the till was offline over the close; the goods are gone all the same."""
    with clock.virtual(datetime(2026, 3, 20, 3, 0, tzinfo=UTC)):
        sku = stocked(a_sku(), main, 5, "2.00")
    with clock.virtual(datetime(2026, 4, 10, 3, 0, tzinfo=UTC)):
        close_period(entity=default_entity(), first_day=date(2026, 3, 1))
        book_offline_sale(
            source="till-1", message_id="4711", sku=sku, warehouse=main, quantity=2,
            at=datetime(2026, 3, 31, 3, 0, tzinfo=UTC),
        )  # fmt: skip
    assert Entry.objects.get(kind="sold_offline").on == date(2026, 4, 10)
