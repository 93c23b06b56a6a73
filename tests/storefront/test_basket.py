"""Putting in and taking out, over the shop's own doors."""

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.basket.models import Basket, Line
from tests.storefront.builders import a_piece, a_shop, a_visitor, product_of, put

pytestmark = pytest.mark.django_db


def lines():
    """Title and quantity of every line in every basket."""
    rows = Line.objects.filter(product__texts__language="en")
    return sorted(rows.values_list("product__texts__title", "quantity"))


def test_what_is_put_in_lies_in_the_basket_and_in_the_figure():
    piece = a_piece()
    client = a_visitor()
    put(client, piece, 2)
    put(client, piece, 3)
    page = client.get("/en/basket/").content.decode()
    assert lines() == [("Celadon teapot", 5)]
    assert '<span class="count">5</span>' in page
    assert "¥640.00" in page
    assert Basket.objects.count() == 1


def test_a_basket_of_five_lines_needs_no_more_than_twelve_queries():
    a_shop()
    client = a_visitor()
    for number in range(5):
        put(client, a_piece(f"碗{number}", f"Bowl {number}"))
    client.get("/en/basket/")
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/en/basket/").content.decode()
    assert "¥640.00" in page
    assert len(queries) <= 12, [query["sql"] for query in queries]


def test_looking_at_an_empty_basket_makes_none_and_sets_nothing():
    client = a_visitor()
    answer = client.get("/en/basket/")
    assert "Your basket is empty" in answer.content.decode()
    assert not answer.cookies
    assert answer["Cache-Control"] == "private, no-store"
    assert Basket.objects.count() == 0


ODD = [
    "-1",
    "0",
    "1.5",
    "1e9",
    "1" + "0" * 30,
    "1;2",
    "１",
    "٣",
    "",
    " ",
    "1 ",
    "+1",
    "0x1",
    "1000",
    "None",
    "\x00",
    "²",
]


@pytest.mark.parametrize("quantity", [*ODD, None, ["1", "2"]])
def test_odd_quantities_are_refused_when_putting_in(quantity):
    piece = a_piece()
    data = {"product": piece.stockrecord.product_id}
    if quantity is not None:
        data["quantity"] = quantity
    answer = a_visitor().post("/en/basket/add/", data)
    assert answer.status_code == 400
    assert Line.objects.count() == 0
    assert Basket.objects.count() == 0


@pytest.mark.parametrize("quantity", [*[text for text in ODD if text != "0"], None, ["1", "2"]])
def test_odd_quantities_are_refused_when_changing(quantity):
    client = a_visitor()
    put(client, a_piece(), 2)
    data = {"line": Line.objects.get().pk}
    if quantity is not None:
        data["quantity"] = quantity
    answer = client.post("/en/basket/change/", data)
    assert answer.status_code == 400
    assert lines() == [("Celadon teapot", 2)]


@pytest.mark.parametrize(
    "extra", ["price", "price_excl_tax", "total", "discount", "unit_price", "stockrecord"]
)
def test_fields_that_do_not_belong_to_a_form_are_refused(extra):
    piece = a_piece()
    client = a_visitor()
    answer = client.post(
        "/en/basket/add/", {"product": piece.stockrecord.product_id, "quantity": "1", extra: "0.01"}
    )
    assert answer.status_code == 400
    assert Basket.objects.count() == 0
    put(client, piece)
    answer = client.post(
        "/en/basket/change/", {"line": Line.objects.get().pk, "quantity": "3", extra: "0.01"}
    )
    assert answer.status_code == 400
    assert lines() == [("Celadon teapot", 1)]


def test_more_than_stock_promises_is_refused_with_the_number():
    piece = a_piece(stock=3)
    client = a_visitor()
    put(client, piece, 2)
    answer = client.post(
        "/en/basket/add/", {"product": piece.stockrecord.product_id, "quantity": "2"}, follow=True
    )
    assert "Only 3 of this piece are left" in answer.content.decode()
    assert lines() == [("Celadon teapot", 2)]


def test_nought_and_remove_take_a_line_out():
    client = a_visitor()
    put(client, a_piece("甲", "A"), 2)
    put(client, a_piece("乙", "B"), 2)
    first, second = Line.objects.order_by("pk")
    client.post("/en/basket/change/", {"line": first.pk, "quantity": "0"})
    assert lines() == [("B", 2)]
    client.post("/en/basket/change/", {"line": second.pk, "remove": "1"})
    assert lines() == []


def test_nobody_changes_a_foreign_basket():
    owner, stranger = a_visitor(), a_visitor()
    put(owner, a_piece("甲", "A"), 2)
    line = Line.objects.get()
    put(stranger, a_piece("乙", "B"))
    stranger.post("/en/basket/change/", {"line": line.pk, "quantity": "9"})
    stranger.post("/en/basket/change/", {"line": line.pk, "remove": "1"})
    assert lines() == [("A", 2), ("B", 1)]


def test_a_forged_cookie_is_nobody():
    owner, forger = a_visitor(), a_visitor()
    put(owner, a_piece(), 2)
    basket = Basket.objects.get()
    for text in (
        f"[{basket.pk},1]",
        signing.dumps([basket.pk, 1], salt="other"),
        owner.cookies["basket"].value + "x",
    ):
        forger.cookies["basket"] = text
        assert "Your basket is empty" in forger.get("/en/basket/").content.decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Referer": "https://evil.example/?http://testserver"}, 403),
        ({}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 302),
        ({"Origin": "http://testserver"}, 302),
        ({"Referer": "http://testserver/en/"}, 302),
    ],
)
def test_another_sites_form_puts_nothing_in(headers, status):
    piece = a_piece()
    client = Client(enforce_csrf_checks=True, headers=headers)
    answer = client.post("/en/basket/add/", {"product": piece.stockrecord.product_id, "quantity": "1"})
    assert answer.status_code == status
    assert Basket.objects.count() == (1 if status == 302 else 0)


def test_changing_needs_djangos_token():
    client = Client(enforce_csrf_checks=True, headers={"Origin": "http://testserver"})
    put(client, a_piece(), 2)
    answer = client.post("/en/basket/change/", {"line": Line.objects.get().pk, "quantity": "9"})
    assert answer.status_code == 403
    assert lines() == [("Celadon teapot", 2)]


def test_a_piece_that_went_away_cannot_be_put_in():
    piece = a_piece()
    product = product_of(piece)
    product.is_public = False
    product.save()
    for wanted in (product.pk, 10**17):
        answer = a_visitor().post("/en/basket/add/", {"product": wanted, "quantity": "1"}, follow=True)
        assert "cannot be bought any more" in answer.content.decode()
    assert Line.objects.count() == 0
