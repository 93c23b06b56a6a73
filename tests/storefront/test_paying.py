"""A provider that cannot be reached: the order is placed and kept until a named time, and is paid later."""

import socket

import pytest
from django.utils import timezone

from finance.models import PaymentIntent
from finance.services import close_open_intent, providers
from inventory.models import Reservation
from logistics.models import ShippingTariff
from orders.order.models import Order
from tests.browser import IN_A_BROWSER, browse
from tests.finance.simulators import a_simulator, write_keys
from tests.storefront.builders import a_piece, a_shelf, a_shop, a_visitor, checkout_form, put

WORDS = {
    "en": {
        "shut": "The payment page cannot be opened now.",
        "kept": "We keep the pieces for you until",
        "once": "the money is taken once",
        "leave": "Does the payment page not open?",
        "asking": "We are asking the payment provider what became of your payment.",
    },
    "zh-hans": {
        "shut": "暂时无法打开支付页面。",
        "kept": "货品为您保留至",
        "once": "只会扣款一次",
        "leave": "支付页面打不开？",
        "asking": "我们正在向支付平台查询您的付款结果。",
    },
}


@pytest.fixture(params=["en", "zh-hans"])
def language(request):
    return request.param


def shop() -> None:
    a_shop()
    ShippingTariff.objects.create(province="江西省", first_fee="12.00", first_weight_g=5000)


def placed(client, language: str):
    """What the browser shows when a prepaid order has been sent."""
    put(client, a_piece(), 1, language)
    form = checkout_form(client, language=language, term="prepaid")
    answer = client.post(f"/{language}/checkout/", form, follow=True)
    return Order.objects.get(), answer


def written(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


@pytest.mark.django_db(transaction=True)
def test_without_a_payment_page_the_order_is_kept_and_paid_by_its_button_later(language, settings, tmp_path):
    shop()
    settings.ALIPAY = settings.ALIPAY | {"keys_dir": str(tmp_path)}
    client = a_visitor()
    order, answer = placed(client, language)
    page, words = answer.content.decode(), WORDS[language]
    assert answer.redirect_chain[-1][0] == f"/{language}/orders/{order.public_id}/"
    assert [words["shut"] in page, words["once"] in page, str(tmp_path) in page] == [True, True, False]
    assert f"{words['kept']} {written(order.expires_at)}" in page
    assert order.status == "awaiting_payment"
    assert Reservation.objects.get().expires_at == order.expires_at
    door = f"/{language}/orders/{order.public_id}/pay/"
    assert f'action="{door}"' in page
    again = client.post(door, follow=True)
    assert words["shut"] in again.content.decode()
    write_keys(tmp_path)
    leaving = client.post(door, follow=True)
    assert "/leave/" in leaving.redirect_chain[-1][0]
    text = leaving.content.decode()
    assert words["leave"] in text
    assert order.number in text
    assert written(order.expires_at) in text
    stranger = a_visitor().get(leaving.redirect_chain[-1][0]).content.decode()
    assert words["leave"] not in stranger
    assert Order.objects.count() == PaymentIntent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_while_nobody_knows_whether_it_was_paid_nothing_can_be_paid_again(language, settings, tmp_path):
    """F28: the time is over, the provider is silent, so the attempt is neither closed nor paid."""
    shop()
    write_keys(tmp_path)
    settings.ALIPAY = settings.ALIPAY | {"keys_dir": str(tmp_path), "gateway_url": a_closed_door()}
    providers._alipay.cache_clear()
    client = a_visitor()
    order, _answer = placed(client, language)
    page = f"/{language}/orders/{order.public_id}/"
    assert WORDS[language]["asking"] not in client.get(page).content.decode()
    assert close_open_intent(order_id=order.pk) is False
    shown = client.get(page).content.decode()
    assert WORDS[language]["asking"] in shown
    assert "/pay/" not in shown


def a_closed_door() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/gateway.do"


def order_by_hand(page, shop: str) -> None:
    """One piece, ordered by a guest who pays before it is sent."""
    page.goto(f"{shop}/")
    page.locator(".card a").first.click()
    page.click("form[action$='/basket/add/'] button")
    page.wait_for_url("**/basket/")
    page.click("a[href$='/checkout/']")
    page.wait_for_url("**/checkout/")
    page.fill("[name=paste]", "李娜，13800138000 江西景德镇珠山区瓷都大道1号3栋501室")
    page.click("button[value=fill]")
    page.locator("[name=city][value=景德镇市]").wait_for()
    page.check("[name=agree]")
    page.click("button[value=order]")


@pytest.mark.parametrize(("language", "scripts"), [("en", False), ("zh-hans", True)])
class TestInABrowser:
    pytestmark = IN_A_BROWSER

    def test_back_from_a_page_that_does_not_open_stands_the_order_with_its_button(
        self, live_server, settings, tmp_path, language, scripts
    ):
        shop()
        a_piece(shelf=a_shelf())
        settings.SITE_URL = live_server.url
        words = WORDS[language]
        with a_simulator(tmp_path) as running:
            gateway = f"{running.remote.url}/gateway.do"
            settings.ALIPAY = settings.ALIPAY | {"keys_dir": str(running.keys), "gateway_url": gateway}

            def story(page, context):
                def looks_right(said: str) -> None:
                    assert said in page.locator("main").inner_text()
                    assert page.evaluate("document.documentElement.scrollWidth") <= 390

                context.route("**/gateway.do**", lambda route: route.fulfill(status=504, body="no answer"))
                order_by_hand(page, f"{live_server.url}/{language}")
                page.wait_for_url("**/leave/**")
                looks_right(words["leave"])
                page.wait_for_url("**/gateway.do**")
                page.go_back()
                if not scripts:
                    page.click("main a.small")
                page.wait_for_url("**/orders/*-*/")
                looks_right(words["kept"])
                context.unroute("**/gateway.do**")
                page.click("form[action$='/pay/'] button")
                page.wait_for_url(f"{running.remote.url}/cashier/**")

            browse(story, width=390, java_script_enabled=scripts)
