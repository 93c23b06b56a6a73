"""Many at once, through the live server: the last unit, the double click, the late post."""

import os
from collections import Counter

import pytest
from django.db import connection

from core.faults import guard_off, widened
from inventory.models import Reservation, StockLevel
from orders.basket.models import Basket
from orders.order.models import Order
from tests.storefront.builders import a_piece, a_shop
from tests.storefront.shoppers import shoppers
from tests.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SEEDS = range(int(os.environ.get("RACE_SEEDS", "2")))


def buy_the_last(server, crowd, stock=1):
    piece = a_piece(stock=stock, warehouse=a_shop())
    people = shoppers(crowd, piece)
    return at_once(crowd, lambda index: people[index].post(server))


@pytest.mark.parametrize("seed", SEEDS)
def test_fifty_shoppers_and_the_last_unit_make_one_order(live_server, seed):
    """F01."""
    stock = 1 + seed % 3
    results = buy_the_last(live_server.url, 50, stock)
    statuses = Counter(result[0] if isinstance(result, tuple) else repr(result) for result in results)
    assert statuses == {302: stock, 409: 50 - stock}
    assert Order.objects.count() == stock
    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (stock, stock)
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == stock
    kept = Basket.objects.filter(status="Open")
    assert all(basket.num_items == 1 for basket in kept)
    assert kept.count() == 50 - stock + 1  # one basket only looked at the total


@pytest.mark.breach
def test_without_the_guard_the_last_unit_is_sold_twice(live_server):
    """The control: the same crowd, and the condition and its net taken away, must show the fault."""
    net = "ALTER TABLE inventory_stocklevel {} CONSTRAINT inventory_not_oversold {}"
    run(net.format("DROP", ""))
    try:
        with guard_off("F01"):
            buy_the_last(live_server.url, 12)
        assert Order.objects.count() >= 2
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
