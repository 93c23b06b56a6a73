"""Real threads on PostgreSQL; each guard is also switched off, and must then be missed (M1 to M3)."""

import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import Sum

from core import clock
from core.errors import DomainError
from core.faults import guard_off, widened
from core.invariants import find_breaches
from inventory.errors import SoldOut
from inventory.models import Reservation, StockLevel, StockMove
from inventory.services import (
    Demand,
    Received,
    adjust_stock,
    book_offline_sale,
    receive_goods,
    refresh_pools,
    release_reservations,
    repair_stock,
    reserve,
)
from tests.builders import a_channel, a_line, a_sku, a_warehouse, an_order, stocked
from tests.crm.builders import a_user
from tests.threads import at_once

from .builders import a_policy, demand, level, reserved

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
SEEDS = range(int(os.environ.get("RACE_SEEDS", "3")))


def together(count: int) -> Callable[[], None]:
    """A window at which so many threads wait for each other, once."""
    barrier = threading.Barrier(count, timeout=5)

    def wait() -> None:
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            pass

    return wait


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def without_net(drop: str, clean: str, restore: str) -> Iterator[None]:
    """Take away what the database itself would refuse; put it back when the rows are clean again."""
    run(drop)
    try:
        yield
    finally:
        run(
            "SET session_replication_role = replica",
            clean,
            "SET session_replication_role = DEFAULT",
            restore,
        )


def problems(results: list) -> list:
    """What reached the user beside a plain refusal."""
    return [each for each in results if isinstance(each, Exception) and not isinstance(each, DomainError)]


# --- F01: the last unit -------------------------------------------------------------------------


def buy_the_last_one(buyers: int) -> tuple[int, list]:
    sku = stocked(a_sku(), a_warehouse(), 1)
    demands = [demand(sku, 1) for _ in range(buyers)]
    channel = a_channel()

    def buy(index: int) -> list[Reservation]:
        return reserve(demands=[demands[index]], channel=channel, expires_at=None)

    with widened("F01", together(buyers)):
        results = at_once(buyers, buy)
    return Reservation.objects.filter(state="open").count(), results


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_unit_is_sold_once(seed):
    sold, results = buy_the_last_one(12)
    assert sold == 1
    assert sum(isinstance(each, SoldOut) for each in results) == 11
    assert problems(results) == []


@pytest.mark.breach
def test_without_the_condition_the_last_unit_is_sold_more_than_once():
    with (
        guard_off("F01"),
        without_net(
            "ALTER TABLE inventory_stocklevel DROP CONSTRAINT inventory_not_oversold",
            "UPDATE inventory_stocklevel SET reserved = 0",
            "ALTER TABLE inventory_stocklevel ADD CONSTRAINT inventory_not_oversold"
            " CHECK (on_hand >= reserved + unavailable)",
        ),
    ):
        sold, _results = buy_the_last_one(6)
    assert sold > 1


@pytest.mark.breach
def test_the_database_itself_refuses_to_oversell():
    with guard_off("F01"):
        sold, results = buy_the_last_one(4)
    assert sold == 1
    assert len(problems(results)) == 3  # 23514


# --- F03: lock order ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_orders_receipts_and_sales_over_the_same_goods_do_not_deadlock(seed):
    main = a_warehouse()
    skus = [stocked(a_sku(), main, 1000) for _ in range(5)]
    channel, threads, rounds = a_channel(), 6, 8
    order = an_order()
    lines = {sku.pk: a_line(sku, 1, order=order) for sku in skus}

    def work(index: int) -> int:
        chance, units = random.Random(seed * 100 + index), 0
        for turn in range(rounds):
            some = chance.sample(skus, 3)
            if index == 0:
                receive_goods([Received(sku.pk, main.pk, 1, Decimal("8.00")) for sku in some[:2]])
            elif index == 1:
                book_offline_sale(
                    source="till",
                    message_id=f"{turn}",
                    sku=some[0],
                    warehouse=main,
                    quantity=1,
                    at=clock.now(),
                )
            else:
                demands = [Demand(lines[sku.pk].pk, sku.pk, 1) for sku in some]
                units += len(reserve(demands=demands, channel=channel, expires_at=None))
        return units

    results = at_once(threads, work)
    assert problems(results) == []
    assert sum(results) == (threads - 2) * rounds * 3
    totals = StockLevel.objects.aggregate(on_hand=Sum("on_hand"), reserved=Sum("reserved"))
    assert totals == {"on_hand": 5000 + rounds, "reserved": sum(results)}  # two come, one is sold


def test_locking_in_the_order_of_the_basket_deadlocks():
    main = a_warehouse()
    one, two = (stocked(a_sku(), main, 10) for _ in range(2))
    baskets = [[demand(sku, 1, order=an_order()) for sku in skus] for skus in ((one, two), (two, one))]
    channel = a_channel()

    def buy(index: int) -> None:
        with transaction.atomic():  # the outermost transaction, so nothing repeats it
            reserve(demands=baskets[index], channel=channel, expires_at=None)

    with widened("F03", together(2)), guard_off("F03"):
        results = at_once(2, buy)
    assert "40P01" in [
        getattr(each.__cause__, "pgcode", "") for each in results if isinstance(each, OperationalError)
    ]
    with widened("F03", together(2)):
        assert problems(at_once(2, buy)) == []


# --- F07: one message, many consumers -----------------------------------------------------------


def consume_messages(seed: int) -> tuple[int, int, list]:
    main = a_warehouse()
    sku = stocked(a_sku(), main, 1000)
    numbers = list(range(28)) + list(range(12))
    random.Random(seed).shuffle(numbers)
    queues = [numbers[start::4] for start in range(4)]

    def consume(index: int) -> None:
        for number in queues[index]:
            book_offline_sale(
                source="till",
                message_id=str(number),
                sku=sku,
                warehouse=main,
                quantity=2,
                at=clock.now(),
            )

    results = at_once(4, consume)
    return level(sku, main)[0], 1000 - 28 * 2, results


@pytest.mark.parametrize("seed", SEEDS)
def test_a_repeated_stock_message_is_applied_once(seed):
    on_hand, expected, results = consume_messages(seed)
    assert problems(results) == []
    assert on_hand == expected


@pytest.mark.breach
def test_without_the_message_number_goods_are_sold_twice():
    with (
        guard_off("F07"),
        without_net(
            "DROP INDEX inventory_message_once",
            "DELETE FROM inventory_stockmove",
            "CREATE UNIQUE INDEX inventory_message_once ON inventory_stockmove"
            " (message_source, message_id) WHERE message_id IS NOT NULL",
        ),
    ):
        on_hand, expected, _results = consume_messages(1)
        assert on_hand < expected


# --- F08: giving back once ----------------------------------------------------------------------


def give_back(callers: int) -> tuple[int, list, tuple[int, int, int]]:
    main = a_warehouse()
    sku = stocked(a_sku(), main, 100)
    (mine,) = reserved(sku, 4)
    reserved(sku, 60)
    with widened("F08", together(callers)):
        results = at_once(callers, lambda _: release_reservations(line_id=mine.line_id))
    return sum(each for each in results if isinstance(each, int)), results, level(sku, main)


@pytest.mark.parametrize("seed", SEEDS)
def test_goods_are_given_back_once(seed):
    freed, results, after = give_back(8)
    assert (freed, after) == (4, (100, 60, 0))
    assert problems(results) == []


@pytest.mark.breach
def test_without_the_state_test_under_the_lock_goods_are_given_back_twice():
    with guard_off("F08"):
        freed, _results, after = give_back(8)
    assert freed > 4
    assert after[1] < 60


# --- F10 and F109: fences and splits under load -------------------------------------------------


def buy_beside_a_fence(buyers: int) -> tuple[int, list]:
    """Web shoppers want two each of ten pieces, of which four are the stores'."""
    sku = stocked(a_sku(), a_warehouse(), 10)
    a_policy("fence", sku=sku, channel=a_channel("store"), units=4)
    refresh_pools()
    demands = [demand(sku, 2) for _ in range(buyers)]
    channel = a_channel("web")
    with widened("F109", together(buyers)):
        results = at_once(buyers, lambda i: reserve(demands=[demands[i]], channel=channel, expires_at=None))
    taken = Reservation.objects.filter(channel=channel, state="open").aggregate(sum=Sum("quantity"))
    return taken["sum"], results


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fence_is_kept_when_all_come_at_once(seed):
    taken, results = buy_beside_a_fence(8)
    assert taken == 6
    assert problems(results) == []


@pytest.mark.breach
def test_a_promise_judged_before_the_lock_breaks_the_fence():
    with guard_off("F109"):
        taken, _results = buy_beside_a_fence(8)
    assert taken > 6


@pytest.mark.parametrize("seed", SEEDS)
def test_three_channels_sell_everything_and_keep_the_fence(seed):
    places = [a_warehouse(), a_warehouse()]
    sku = a_sku()
    for place, units in zip(places, (40, 20), strict=True):
        stocked(sku, place, units)
    a_policy("fence", sku=sku, channel=a_channel("store"), units=18)
    refresh_pools()
    chance = random.Random(seed)
    wishes = [chance.choice(["web", "marketplace"]) for _ in range(40)] + ["store"] * 30
    chance.shuffle(wishes)
    channels = {code: a_channel(code) for code in set(wishes)}
    queues = [[(code, demand(sku, 1)) for code in wishes[start::7]] for start in range(7)]

    def buy(index: int) -> int:
        sold = 0
        for code, wish in queues[index]:
            try:
                sold += len(reserve(demands=[wish], channel=channels[code], expires_at=None))
            except SoldOut:
                continue
        return sold

    results = at_once(7, buy)
    assert problems(results) == []
    assert sum(results) == 60
    stores = Reservation.objects.filter(channel__code="store").aggregate(sum=Sum("quantity"))["sum"]
    assert stores >= 18


@pytest.mark.parametrize("seed", SEEDS)
def test_splitting_under_load_never_takes_more_than_asked(seed):
    sku = a_sku()
    for units in (10, 15, 5):
        stocked(sku, a_warehouse(), units)
    demands = [demand(sku, 7) for _ in range(6)]
    channel = a_channel()
    with widened("F01", together(6)):
        results = at_once(6, lambda i: reserve(demands=[demands[i]], channel=channel, expires_at=None))
    assert problems(results) == []
    sold = [sum(row.quantity for row in rows) for rows in results if isinstance(rows, list)]
    assert sold == [7] * 4


# --- F108 beside shoppers -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_late_sales_and_differences_beside_shoppers_never_hit_a_constraint(seed):
    main = a_warehouse()
    sku = stocked(a_sku(), main, 30)
    demands = [demand(sku, 1) for _ in range(20)]
    channel = a_channel()

    def work(index: int) -> None:
        chance = random.Random(seed * 10 + index)
        for turn in range(5):
            if index == 0:
                book_offline_sale(
                    source="till",
                    message_id=str(turn),
                    sku=sku,
                    warehouse=main,
                    quantity=chance.randint(1, 9),
                    at=clock.now(),
                )
            elif index == 1:
                adjust_stock(sku=sku, warehouse=main, quantity=chance.choice([-1, 1]), reason="count")
            else:
                try:
                    reserve(demands=[demands[(index - 2) * 5 + turn]], channel=channel, expires_at=None)
                except SoldOut:
                    continue

    results = at_once(6, work)
    assert problems(results) == []
    assert StockMove.objects.filter(kind="sale").count() == 5


# --- F05: figures are mended while goods arrive -------------------------------------------------


def mend_a_value_while_goods_arrive() -> list[str]:
    sku, place, keeper = a_sku(), a_warehouse(), a_user()
    stocked(sku, place, 10)
    run("UPDATE inventory_skucost SET value = value + 1")
    reckoned, arrived = threading.Event(), threading.Event()

    def window() -> None:
        reckoned.set()
        arrived.wait(2)  # under the lock the goods cannot arrive before the figure is written

    def work(index: int) -> None:
        if index == 0:
            repair_stock(by=keeper, reason="a figure was broken")
            return
        assert reckoned.wait(10)
        receive_goods([Received(sku.pk, place.pk, 1, Decimal("8.00"))])
        arrived.set()

    with widened("F05", window):
        assert at_once(2, work) == [None, None]
    return [breach.number for breach in find_breaches()]


def test_goods_that_arrive_while_a_value_is_mended_are_in_it():
    assert mend_a_value_while_goods_arrive() == []


@pytest.mark.breach
def test_without_the_lock_the_mended_value_forgets_them():
    with guard_off("F05"):
        assert mend_a_value_while_goods_arrive() != []
