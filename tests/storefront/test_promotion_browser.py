"""In a real browser: somebody of sales makes a code in one form, a shopper enters it and pays less."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from core.rights import grant_role
from orders.offer.models import ConditionalOffer
from orders.order.models import Order
from orders.voucher.models import Voucher
from tests.browser import IN_A_BROWSER, browse
from tests.crm.builders import a_user
from tests.storefront.builders import ADDRESS, a_piece, a_shelf, a_shop, product_of

pytestmark = IN_A_BROWSER
WORDS = {
    "zh-hans": ("厨房满 ¥200 减 ¥20", "进行中", "−¥20.00"),
    "en": ("¥20 off from ¥200 on Kitchen", "running", "−¥20.00"),
}


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1440)])
def test_a_code_is_made_by_staff_and_used_by_a_shopper(live_server, language, width):
    cache.clear()
    call_command("setup_shop")
    kitchen = a_shelf("厨房", "Kitchen")
    piece = a_piece(price="250.00", shelf=kitchen, warehouse=a_shop())
    address = product_of(piece).get_absolute_url().split("/", 2)[2]
    person = a_user(username="mei")
    grant_role(user=person, role="manager")
    signed_in = Client()
    signed_in.force_login(person)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    words, running, off = WORDS[language]

    def made_by_staff(page, context):
        cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        page.goto(f"{live_server.url}/admin/offer/conditionaloffer/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        door = page.locator("a[href$='/make/']").get_attribute("href")
        page.goto(f"{live_server.url}{door}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.fill("[name=name]", "Kitchen days")
        page.fill("[name=value]", "20")
        page.fill("[name=threshold]", "200")
        page.select_option("[name=goods]", "categories")
        page.check("[name=categories]")
        page.select_option("[name=door]", "code")
        page.fill("[name=code]", "kitchen26")
        page.fill("[name=limit]", "1")
        assert page.locator("#row-products").is_hidden()
        assert page.locator("#row-batch").is_hidden()
        page.locator("#summary strong", has_text=words).wait_for()
        page.locator("#summary", has_text="KITCHEN26").wait_for()
        page.fill("[name=basket]", f"{piece.code} x 2")
        page.click("button[value=try]")
        cells = page.locator("#trial tfoot td").all_inner_texts()
        assert [cell.strip() for cell in cells[2:]] == ["500.00", "20.00", "480.00"]
        assert page.locator("#summary strong").inner_text() == words
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.click("button[value=save]")
        page.wait_for_url("**/change/")
        assert page.locator(".gives").inner_text() == words
        assert page.locator(".doc-title .pill").first.inner_text() == running
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def used_by_a_shopper(page, context):
        page.goto(f"{live_server.url}/{language}/{address}")
        page.click("form[action$='/basket/add/'] button")
        page.wait_for_url("**/basket/")
        page.click("details:has([name=code]) summary")
        page.fill("[name=code]", "kitchen26")
        page.press("[name=code]", "Enter")
        page.locator("dd", has_text=off).wait_for()
        page.goto(f"{live_server.url}/{language}/checkout/")
        block = "{name} {phone} {province}{city}{district}{street}".format(**ADDRESS)
        page.fill("[name=paste]", block)
        page.click("button[value=fill]")
        page.locator(f"[name=city][value={ADDRESS['city']}]").wait_for()
        page.check("[name=term][value=cod]")
        page.check("[name=agree]")
        page.click("button[value=order]")
        if "/thanks/" not in page.url:  # the fee of cash on delivery is seen first
            page.check("[name=agree]")
            page.click("button[value=order]")
        page.wait_for_url("**/thanks/")

    seen = browse(made_by_staff, width=width)
    assert seen.errors == []
    assert seen.hosts == {urlsplit(live_server.url).netloc}
    offer = ConditionalOffer.objects.get()
    assert (offer.name, Voucher.objects.get().code) == ("Kitchen days", "KITCHEN26")
    assert browse(used_by_a_shopper, width=width).errors == []
    order = Order.objects.get()
    assert order.lines.get().line_price_incl_tax == order.lines.get().unit_price_incl_tax - 20
    offer.refresh_from_db()
    assert (offer.num_orders, offer.total_discount) == (1, 20)
