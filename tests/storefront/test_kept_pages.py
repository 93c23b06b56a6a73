"""Public pages are kept whole, for visitors who are nobody yet, and dropped when what they show changes."""

import gzip
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from storefront.services import write_product_text
from tests.storefront.builders import a_piece, a_shelf, a_visitor, product_of, put

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _kept(settings):
    settings.PAGE_CACHE_SECONDS = 30
    cache.clear()
    yield
    cache.clear()


def queries(client, address):
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    return len(made)


def test_the_second_visitor_costs_no_query_and_noise_splits_nothing():
    shelf = a_shelf()
    piece = a_piece(shelf=shelf)
    product = f"/en/products/celadon-teapot-{piece.stockrecord.product_id}/"
    for address in ("/en/", f"/en/categories/teaware-{shelf.pk}/", product):
        first, second = a_visitor().get(address), a_visitor().get(f"{address}?utm_source=x&fbclid=y")
        assert queries(a_visitor(), f"{address}?utm_campaign=z") == 0
        assert first.content == second.content
        for answer in (first, second):
            assert not answer.cookies
            assert answer["Content-Security-Policy"]
            assert (answer["Cache-Control"], answer["Vary"]) == ("public, max-age=30", "Cookie")


def test_languages_orders_and_pages_are_kept_apart():
    shelf = a_shelf()
    a_piece(shelf=shelf)
    pages = [
        a_visitor().get(address).content
        for address in (
            "/en/",
            "/zh-hans/",
            f"/en/categories/teaware-{shelf.pk}/",
            f"/en/categories/teaware-{shelf.pk}/?sort=price",
        )
    ]
    assert len(set(pages)) == 4


def test_a_new_text_is_seen_at_once():
    product = product_of(a_piece())
    assert b"Celadon teapot" in a_visitor().get("/en/").content
    write_product_text(product=product, language="en", title="Jade teapot")
    page = a_visitor().get("/en/").content
    assert b"Jade teapot" in page
    assert b"Celadon teapot" not in page


def test_nobody_gets_another_visitors_page():
    """F76."""
    piece = a_piece()
    shopper = a_visitor()
    put(shopper, piece, 7)
    assert b'<span class="count">7</span>' in shopper.get("/en/").content
    stranger = a_visitor()
    assert b'class="count"' not in stranger.get("/en/").content
    assert b'<span class="count">7</span>' in shopper.get("/en/").content
    assert not stranger.cookies


def test_a_redirect_or_a_missing_page_is_not_kept():
    piece = a_piece()
    pk = piece.stockrecord.product_id
    for _time in range(2):
        assert a_visitor().get(f"/en/products/old-{pk}/").status_code == 301
        assert a_visitor().get("/en/products/old-999999/").status_code == 404


def test_a_page_with_its_files_weighs_less_than_sixty_kilobytes():
    """P13: HTML, CSS and scripts, compressed."""
    shelf = a_shelf()
    for number in range(24):
        a_piece(
            f"一件名字相当长的青瓷茶壶第{number}号",
            f"A celadon teapot with a rather long name {number}",
            shelf=shelf,
        )
    for address in ("/zh-hans/", f"/zh-hans/categories/茶具-{shelf.pk}/"):
        files = [
            Path(finders.find(f"shop/{name}")).read_bytes()
            for name in ("shop.css", "theme.js", "checkout.js")
        ]
        page = a_visitor().get(address, follow=True).content
        assert sum(len(gzip.compress(part)) for part in [page, *files]) < 25_000


NOBODY = "redis://127.0.0.1:1/0"
DEAD = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": NOBODY}}


def test_a_dead_cache_makes_pages_dearer_and_opens_nothing():
    """S12."""
    piece = a_piece()
    with override_settings(CACHES=DEAD):
        client = a_visitor()
        assert client.get("/en/").status_code == 200
        put(client, piece)
        assert client.get("/en/checkout/").status_code == 200
        answer = client.post("/en/track/", {"number": "SO1", "phone": "13800138000"})
        assert answer.status_code == 429
        answer = client.post("/en/account/sign-in/", {"login": "13800138000", "password": "x"})
        assert answer.status_code == 429
