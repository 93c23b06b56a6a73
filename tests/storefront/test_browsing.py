"""What an anonymous visitor sees, and what it costs."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from storefront.services import write_product_text
from tests.storefront.builders import a_piece, a_shelf, a_shop, a_visitor, product_of, put

pytestmark = pytest.mark.django_db


def counted(client, address):
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(queries), answer, [query["sql"] for query in queries]


@pytest.fixture
def shelf():
    a_shop()
    top = a_shelf()
    for number in range(14):
        a_piece(f"茶壶{number}", f"Teapot {number}", shelf=top, price=f"{100 + number}.00")
    return top


def test_home_and_category_need_no_more_than_eight_queries(shelf):
    client = a_visitor()
    for address in ("/en/", "/zh-hans/", f"/en/categories/teaware-{shelf.pk}/"):
        number, _answer, sql = counted(client, address)
        assert number <= 8, sql


def test_a_product_page_needs_no_more_than_ten_queries(shelf):
    piece = a_piece(shelf=shelf)
    number, answer, sql = counted(a_visitor(), f"/en/products/celadon-teapot-{piece.stockrecord.product_id}/")
    assert number <= 10, sql
    assert "¥128.00" in answer.content.decode()


def test_public_pages_set_no_cookie_and_may_be_kept(shelf):
    piece = a_piece(shelf=shelf)
    for address in (
        "/en/",
        f"/en/categories/teaware-{shelf.pk}/",
        f"/en/products/celadon-teapot-{piece.stockrecord.product_id}/",
        "/en/search/?q=teapot",
        "/en/info/privacy/",
    ):
        answer = a_visitor().get(address)
        assert answer.status_code == 200
        assert not answer.cookies
        assert answer["Cache-Control"] == "public, max-age=30"


def test_pages_of_a_visitor_with_a_cookie_are_not_kept_by_shared_caches(shelf):
    client = a_visitor()
    client.cookies["anything"] = "1"
    assert client.get("/en/")["Cache-Control"] == "private, no-cache"


def test_the_start_page_speaks_the_browsers_language(settings):
    settings.LANGUAGE_CODE = "zh-hans"
    assert a_visitor(**{"Accept-Language": "en"}).get("/")["Location"] == "/en/"
    assert a_visitor(**{"Accept-Language": "fr"}).get("/")["Location"] == "/zh-hans/"


def test_an_old_address_of_a_product_leads_to_the_present_one():
    piece = a_piece()
    pk = piece.stockrecord.product_id
    answer = a_visitor().get(f"/zh-hans/products/old-name-{pk}/")
    assert answer.status_code == 301
    assert a_visitor().get(answer["Location"]).status_code == 200
    assert product_of(piece).get_absolute_url().endswith(f"-{pk}/")


def test_sold_out_few_and_plenty_are_told_apart():
    a_shop()
    for stock, words in ((0, "Sold out"), (3, "Only 3 left"), (40, "In stock")):
        piece = a_piece(stock=stock)
        page = (
            a_visitor().get(f"/en/products/celadon-teapot-{piece.stockrecord.product_id}/").content.decode()
        )
        assert words in page
        assert ("Put into the basket" in page) is bool(stock)


@pytest.mark.parametrize(
    ("language", "words", "stock"), [("en", "Available", "In stock"), ("zh-hans", "可购买", "有货")]
)
def test_a_service_is_available_and_never_in_stock(language, words, stock):
    shelf = a_shelf()
    service = a_piece("礼品包装", "Gift wrap", shelf=shelf, stock=0, track_stock=False)
    pk = service.stockrecord.product_id
    client = a_visitor()
    put(client, service, 2)
    for address in (f"products/x-{pk}/", f"categories/x-{shelf.pk}/", "basket/"):
        page = client.get(f"/{language}/{address}", follow=True).content.decode()
        assert re.findall(r'class="stock (\w+)">([^<]+)<', page) == [("available", words)]
        assert stock not in page


def test_a_hidden_product_is_nowhere():
    shelf = a_shelf()
    piece = a_piece("隐藏壶", "Hidden pot", shelf=shelf)
    product = product_of(piece)
    product.is_public = False
    product.save()
    client = a_visitor()
    assert client.get(f"/en/products/hidden-pot-{product.pk}/").status_code == 404
    for address in ("/en/", f"/en/categories/teaware-{shelf.pk}/", "/en/search/?q=hidden"):
        assert "Hidden pot" not in client.get(address).content.decode()


def test_unknown_pages_say_so_in_the_shops_own_words():
    answer = a_visitor().get("/en/no-such-page/")
    assert answer.status_code == 404
    assert "There is nothing on this shelf" in answer.content.decode()


def test_a_category_shows_what_lies_below_it_in_the_order_asked_for():
    a_shop()
    top = a_shelf()
    below = a_shelf("茶杯", "Cups", under=top)
    for title, price in (("Dear", "300.00"), ("Cheap", "10.00"), ("Fair", "80.00")):
        a_piece(title, title, price=price, shelf=below)
    client = a_visitor()

    def titles(sort):
        page = client.get(f"/en/categories/teaware-{top.pk}/?sort={sort}").content.decode()
        return re.findall(r'<h3><a href="[^"]+">([^<]+)</a>', page)

    assert titles("price") == ["Cheap", "Fair", "Dear"]
    assert titles("-price") == ["Dear", "Fair", "Cheap"]
    assert (
        titles("new")
        == titles("product__stockrecords__price")
        == titles("';DROP")
        == ["Fair", "Cheap", "Dear"]
    )


def test_long_lists_have_pages_and_odd_page_numbers_are_the_first(shelf):
    for number in range(15):
        a_piece(f"碗{number}", f"Bowl {number}", shelf=shelf)
    client = a_visitor()
    address = f"/en/categories/teaware-{shelf.pk}/"
    first, second = (client.get(f"{address}?page={n}").content.decode() for n in (1, 2))
    assert first.count('class="card') == 25  # list and 24 cards
    assert second.count('class="card') == 6
    for odd in ("0", "-1", "1e9", "x", "９", "", "999999999999"):
        assert client.get(f"{address}?page={odd}").status_code == 200


def test_texts_are_borrowed_until_somebody_writes_them():
    piece = a_piece()
    product = product_of(piece)
    product.texts.all().delete()
    write_product_text(product=product, language="zh-hans", title="借来的壶")
    assert "借来的壶" in a_visitor().get("/en/").content.decode()
    write_product_text(product=product, language="en", title="A pot of its own")
    write_product_text(product=product, language="zh-hans", title="新名字")
    page = a_visitor().get("/en/").content.decode()
    assert "A pot of its own" in page
    assert "新名字" not in page


def test_markup_in_texts_is_shown_as_text():
    product = product_of(a_piece())
    payload = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    write_product_text(
        product=product,
        language="en",
        title=f"Pot {payload}",
        summary=payload,
        description=payload,
        details=[("Material", payload)],
    )
    page = (
        a_visitor().get(product.get_absolute_url().replace("/zh-hans/", "/en/"), follow=True).content.decode()
    )
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert '</script>"' not in page
