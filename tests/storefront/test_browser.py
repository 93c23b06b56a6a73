"""A shopper's whole way in a real browser: from the front page to paid and tracked, in both languages."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache

from core.events import drain_all
from finance.models import Payment
from logistics.models import ShippingTariff
from orders.order.models import Order
from storefront.services import add_picture
from tests.browser import IN_A_BROWSER, browse
from tests.finance.simulators import a_simulator
from tests.storefront.builders import a_picture_file, a_piece, a_shelf, a_shop, product_of

pytestmark = IN_A_BROWSER
WORDS = {
    "zh-hans": {"thanks": "谢谢您", "order": "订单", "confirmed": "已确认", "title": "青瓷茶壶"},
    "en": {"thanks": "Thank you", "order": "Order", "confirmed": "Confirmed", "title": "Celadon teapot"},
}
BLOCK = "收货人：李娜，13800138000 江西景德镇珠山区瓷都大道1号3栋501室"


@pytest.fixture
def provider(tmp_path, settings, live_server) -> Iterator[Any]:
    cache.clear()
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.SITE_URL = live_server.url
    with a_simulator(tmp_path) as running:
        gateway = f"{running.remote.url}/gateway.do"
        settings.ALIPAY = settings.ALIPAY | {"gateway_url": gateway, "keys_dir": str(running.keys)}
        yield running


@pytest.mark.parametrize(
    ("language", "width", "scripts", "scheme"),
    [
        ("zh-hans", 390, True, "dark"),
        ("en", 1440, True, "light"),
        ("zh-hans", 1440, False, "light"),
        ("en", 390, False, "dark"),
    ],
)
def test_from_the_front_page_to_paid_and_tracked(live_server, provider, language, width, scripts, scheme):
    shelf = a_shelf()
    piece = a_piece(shelf=shelf, warehouse=a_shop())
    add_picture(product=product_of(piece), data=a_picture_file())
    words = WORDS[language]

    def story(page, context):
        page.goto(f"{live_server.url}/{language}/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert context.cookies() == []
        page.locator(".card a").first.click()
        page.wait_for_url("**/products/**")
        assert page.locator("h1").inner_text() == words["title"]
        assert page.locator(".gallery img").first.evaluate("image => image.decode().then(() => true)")
        assert context.cookies() == []
        page.fill("[name=quantity]", "2")
        page.click("form[action$='/basket/add/'] button")
        page.wait_for_url("**/basket/")
        page.click("a[href$='/checkout/']")
        page.wait_for_url("**/checkout/")
        page.fill("[name=paste]", BLOCK)
        page.click("button[value=fill]")
        page.locator("[name=city][value=景德镇市]").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.check("[name=agree]")
        named = page.locator("button[value=order]").inner_text()
        page.click("button[value=order]")
        page.wait_for_url(f"{provider.remote.url}/**")
        page.locator("form button, form input[type=submit]").first.click()
        page.wait_for_url("**/thanks/")
        assert page.locator("h1").inner_text() == words["thanks"]
        number = page.locator(".title strong").inner_text()
        context.clear_cookies()
        page.click("header a[href$='/track/']")
        page.fill("[name=number]", number)
        page.fill("[name=phone]", "138 0013 8000")
        page.click("main form button")
        page.wait_for_url("**/orders/*/")
        assert page.locator("h1").inner_text() == f"{words['order']} {number}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        text = page.locator("main").inner_text()
        assert "13800138000" not in text
        assert "李娜" not in text
        return named, number

    seen = browse(story, width=width, java_script_enabled=scripts, color_scheme=scheme)
    named, number = seen.result
    order = Order.objects.get()
    assert order.number == number
    assert f"¥{order.total_incl_tax:,.2f}" in named
    assert Payment.objects.get().amount == order.total_incl_tax
    assert seen.hosts <= {urlsplit(live_server.url).netloc, urlsplit(provider.remote.url).netloc}
    assert [each for each in seen.errors + seen.console if "favicon" not in each and "404" not in each] == []
    drain_all()
    order.refresh_from_db()
    assert order.status == "confirmed"
    assert order.language == language


def test_with_scripts_the_total_follows_the_choice_and_the_theme_stays(live_server, provider):
    a_piece(warehouse=a_shop())
    ShippingTariff.objects.create(province="江西省", first_fee="12.00", first_weight_g=5000)

    def story(page, _context):
        page.goto(f"{live_server.url}/en/")
        assert page.locator("html").get_attribute("data-theme") == "light"
        page.click("[data-theme-switch]")
        page.locator(".card a").first.click()
        page.wait_for_url("**/products/**")
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.click("form[action$='/basket/add/'] button")
        page.wait_for_url("**/basket/")
        page.click("a[href$='/checkout/']")
        assert page.locator("#live-sum .total").count() == 0
        page.select_option("[name=province]", "江西省")
        page.locator("#live-sum dd.total").wait_for()
        before = page.locator("#live-sum dd.total").inner_text()
        page.check("input[value=cod]")
        page.wait_for_function(
            "before => document.querySelector('#live-sum dd.total').innerText !== before", arg=before
        )
        cities = page.locator("#cities option").count()
        return before, page.locator("#live-sum dd.total").inner_text(), cities

    seen = browse(story, width=1440)
    before, after, cities = seen.result
    assert (before, after) == ("¥140.00", "¥145.00")
    assert cities == 11
    assert seen.errors + seen.console == []
