"""Ring-fences, caps, safety stock and last units: who wins, and how the pools follow."""

from datetime import timedelta
from decimal import Decimal

import pytest
from oscar.apps.catalogue.categories import create_from_breadcrumbs

from core import clock
from inventory.errors import SoldOut
from inventory.models import ChannelPool, StockPolicy
from inventory.queries import explain_allocation, promise
from inventory.queries.policies import rules_in_force
from inventory.services import Received, adjust_stock, receive_goods, refresh_pools, release_reservations
from tests.builders import a_channel, a_sku, a_warehouse, stocked

from .builders import a_policy, reserved

pytestmark = pytest.mark.django_db


@pytest.fixture
def main():
    return a_warehouse("main")


def promises(sku) -> dict[str, int]:
    return {
        code: promise(sku_ids=[sku.pk], channel=a_channel(code))[sku.pk].units
        for code in ("key-account", "store", "web")
    }


def test_a_fence_is_kept_for_its_channel_and_used_up_by_it(main):
    sku = stocked(a_sku(), main, 10)
    a_policy("fence", sku=sku, channel=a_channel("store"), units=4)
    refresh_pools()
    assert promises(sku) == {"key-account": 6, "store": 10, "web": 6}
    reserved(sku, 3, "store")
    assert promises(sku) == {"key-account": 6, "store": 7, "web": 6}
    with pytest.raises(SoldOut) as refused:
        reserved(sku, 7, "web")
    assert refused.value.promise == 6
    (row,) = reserved(sku, 6, "web")
    assert promises(sku) == {"key-account": 0, "store": 1, "web": 0}
    figures = explain_allocation(row.line_id)[0].figures[0]
    assert (figures.units, figures.free, figures.own, figures.kept_for_others) == (6, 7, 0, 1)
    assert figures.fences == ((str(a_channel("store")), 1),)
    assert [name for _pk, name in figures.policies] == [str(StockPolicy.objects.get())]


def test_a_fence_is_funded_again_when_goods_are_freed_or_arrive(main):
    sku = stocked(a_sku(), main, 2)
    a_policy("fence", sku=sku, channel=a_channel("store"), units=5)
    refresh_pools()
    assert promises(sku) == {"key-account": 0, "store": 2, "web": 0}
    (row,) = reserved(sku, 2, "store")
    release_reservations(line_id=row.line_id)
    receive_goods([Received(sku.pk, main.pk, 4, Decimal("8"))])
    assert promises(sku) == {"key-account": 1, "store": 6, "web": 1}


def test_lost_goods_shrink_the_fences_and_the_higher_channel_keeps_its_own(main):
    sku = stocked(a_sku(), main, 10)
    a_policy("fence", sku=sku, channel=a_channel("store"), units=4)
    a_policy("fence", sku=sku, channel=a_channel("key-account"), units=4)
    refresh_pools()
    adjust_stock(sku=sku, warehouse=main, quantity=-5, reason="fire")
    assert promises(sku) == {"key-account": 4, "store": 1, "web": 0}


def test_a_share_counts_on_what_was_there_and_what_arrives(main):
    sku = stocked(a_sku(), main, 10)
    a_policy("fence", sku=sku, channel=a_channel("store"), share=Decimal("0.25"))
    refresh_pools()
    assert promises(sku)["web"] == 8
    receive_goods([Received(sku.pk, main.pk, 10, Decimal("8"))])
    assert promises(sku)["web"] == 15
    refresh_pools()
    assert promises(sku)["web"] == 15


def test_a_cap_counts_what_the_channel_took_since_it_began(main):
    sku = stocked(a_sku(), main, 20)
    reserved(sku, 2, "web")
    a_policy("cap", sku=sku, channel=a_channel("web"), units=5)
    reserved(sku, 3, "web")  # the pool is made by the first order that needs it
    assert promises(sku)["web"] == 2
    with pytest.raises(SoldOut):
        reserved(sku, 3, "web")
    assert promises(sku)["store"] == 15


def test_safety_and_last_units_spare_the_rest(main):
    sku = stocked(a_sku(), main, 20)
    a_policy("safety", units=5)
    a_policy("last_units", units=10, priority_limit=20)
    assert promises(sku) == {"key-account": 15, "store": 15, "web": 6}
    with pytest.raises(SoldOut):
        reserved(sku, 7, "web")
    reserved(sku, 6, "web")
    assert promises(sku) == {"key-account": 9, "store": 9, "web": 0}


def test_a_rule_ends_by_its_date(main):
    sku = stocked(a_sku(), main, 10)
    now = clock.now()
    with clock.virtual(now) as time:
        a_policy("fence", sku=sku, channel=a_channel("store"), units=4, valid_to=now + timedelta(hours=1))
        assert refresh_pools() == 1
        assert refresh_pools() == 0
        assert promises(sku)["web"] == 6
        time.move_by(timedelta(hours=2))
        assert refresh_pools() == 1
        assert promises(sku)["web"] == 10
    assert ChannelPool.objects.get().left == 0


def test_the_most_specific_rule_wins(main):
    sku = stocked(a_sku(brand="Longjing"), main, 10)
    upper = create_from_breadcrumbs("Drinks")
    lower = create_from_breadcrumbs("Drinks > Tea")
    sku.stockrecord.product.categories.add(lower)
    place = (sku.pk, main.group_id)

    def safety() -> int:
        return rules_in_force([sku.pk])[place].safety

    a_policy("safety", units=1)
    assert safety() == 1
    a_policy("safety", units=2, scope="brand", target="Longjing")
    assert safety() == 2
    a_policy("safety", units=3, scope="category", target=str(upper.pk))
    assert safety() == 3
    a_policy("safety", units=4, scope="category", target=str(lower.pk))
    assert safety() == 4
    a_policy("safety", units=5, sku=sku)
    assert safety() == 5
    a_policy("safety", units=6, scope="brand", target="Other")
    assert safety() == 5


def test_a_fenced_sku_of_a_waiting_lower_channel_is_not_served_away(main):
    sku = stocked(a_sku(), main, 1)
    a_policy("fence", sku=sku, channel=a_channel("store"), units=4)
    refresh_pools()
    assert reserved(sku, 3, "web", partial=True) == []
    receive_goods([Received(sku.pk, main.pk, 5, Decimal("8"))])
    assert promises(sku) == {"key-account": 0, "store": 4, "web": 0}
