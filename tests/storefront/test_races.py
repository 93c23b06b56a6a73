"""Many at once, through the live server: the last pieces, the double click, the late post."""

import os
import threading
from collections import Counter

import pytest
from django.db import connection

from core.faults import guard_off, widened
from inventory.models import Reservation, StockLevel, Warehouse
from orders.basket.models import Basket
from orders.order.models import Order
from tests.finance.simulators import write_keys
from tests.storefront.builders import a_piece, a_shop
from tests.storefront.shoppers import shoppers
from tests.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SEEDS = range(int(os.environ.get("RACE_SEEDS", "2")))
ROUNDS = max(20, len(SEEDS))


CROWD, LAST = 50, 5


def first_together(count):
    """A hook at which the first so many callers meet; everybody after them walks on."""
    meeting, tickets = threading.Barrier(count, timeout=20), iter(range(count))
    return lambda: None if next(tickets, None) is None else meeting.wait()


def rush(server, *, pieces=LAST, term="cod"):
    """Fifty shoppers, each with one of the last pieces in the basket, press the button together.

    The first eight whose goods are found free wait for each other there, before any of them takes.
    """
    piece = a_piece(stock=pieces, warehouse=Warehouse.objects.first() or a_shop())
    people = shoppers(CROWD, piece, term=term)
    with widened("F01", first_together(8)):
        answers = at_once(CROWD, lambda index: people[index].post(server))
    return piece, Counter(answer[0] if isinstance(answer, tuple) else repr(answer) for answer in answers)


def test_fifty_shoppers_and_the_last_pieces_make_as_many_orders_as_there_are_pieces(
    live_server, settings, tmp_path
):
    """F01: fifty at a time over HTTP; five pieces are five orders, in every round; sometimes it is one."""
    write_keys(tmp_path)
    settings.ALIPAY = settings.ALIPAY | {"keys_dir": str(tmp_path)}
    for turn in range(ROUNDS):
        pieces = 1 if turn % 5 == 4 else LAST
        piece, answers = rush(live_server.url, pieces=pieces, term=("cod", "prepaid")[turn % 2])
        assert answers == {302: pieces, 409: CROWD - pieces}, f"round {turn}"
        assert Order.objects.filter(lines__sku=piece).count() == pieces
        level = StockLevel.objects.get(sku=piece)
        assert (level.on_hand, level.reserved) == (pieces, pieces)
        assert sum(Reservation.objects.filter(sku=piece).values_list("quantity", flat=True)) == pieces
        kept = Basket.objects.filter(status="Open", lines__product=piece.stockrecord.product_id)
        assert all(basket.num_items == 1 for basket in kept)
        assert kept.count() == CROWD - pieces + 1  # one basket only looked at the total


@pytest.mark.breach
def test_without_the_guard_the_last_pieces_are_sold_more_than_once(live_server):
    """The control: the same crowd, and the condition and its net taken away, must show the fault."""
    net = "ALTER TABLE inventory_stocklevel {} CONSTRAINT inventory_not_oversold {}"
    run(net.format("DROP", ""))
    try:
        with guard_off("F01"):
            piece, _answers = rush(live_server.url)
        assert Order.objects.filter(lines__sku=piece).count() > LAST
        assert StockLevel.objects.get(sku=piece).reserved > LAST
    finally:
        run("SET session_replication_role = replica", "UPDATE inventory_stocklevel SET reserved = 0")
        run("SET session_replication_role = DEFAULT")
        run(net.format("ADD", "CHECK (on_hand >= reserved + unavailable)"))


@pytest.mark.parametrize("seed", SEEDS)
def test_twenty_posts_of_one_form_make_one_order_and_all_lead_to_it(live_server, seed):
    """F13: double click, two tabs, two devices."""
    person = shoppers(1, a_piece(warehouse=a_shop()))[0]
    tokens = [person.form["token"], f"{seed:032x}"]
    results = at_once(20, lambda index: person.post(live_server.url, token=tokens[index % 2]))
    order = Order.objects.get()
    places = Counter(result if isinstance(result, tuple) else repr(result) for result in results)
    assert set(places) <= {(302, f"/en/orders/{order.public_id}/thanks/"), (302, "/en/basket/")}
    with_its_token = [results[index] for index in range(20) if tokens[index % 2] == order.submit_token]
    assert set(with_its_token) == {(302, f"/en/orders/{order.public_id}/thanks/")}
    assert Reservation.objects.count() == 1


def test_a_late_post_after_the_order_is_done_finds_it(live_server):
    """F14: the copy in memory is old, the lock is free again, the line went dead before the answer."""
    person = shoppers(1, a_piece(warehouse=a_shop()))[0]
    first = person.post(live_server.url)
    late = [person.post(live_server.url) for _time in range(3)]
    without_basket = type(person)({"csrftoken": person.cookies["csrftoken"]}, person.form)
    assert set(late) == {first}
    assert without_basket.post(live_server.url) == first
    assert Order.objects.count() == 1


@pytest.mark.breach
def test_without_the_look_under_the_lock_a_second_post_is_an_error(live_server):
    """The control of F13: the loser no longer finds the order that exists."""
    person = shoppers(1, a_piece(warehouse=a_shop()))[0]
    with guard_off("F13"), widened("F13", lambda: None):
        person.post(live_server.url)
        status, place = person.post(live_server.url)
    assert (status, place) == (302, "/en/basket/")
    assert Order.objects.count() == 1


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
