"""A guest's order through the shop's own doors: placed, followed, cancelled, sent back."""

import pytest
from django.core.cache import cache

from inventory.models import StockLevel
from orders.order.models import Order
from returns.models import ReturnCase
from tests.scenarios.company import a_company
from tests.scenarios.steps import settle_down, ship, travel
from tests.storefront.builders import a_visitor, checkout_form, put

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def placed(company, units=2):
    """A cash-on-delivery order of some cups, from the shop, confirmed."""
    guest = a_visitor()
    put(guest, company.cup, units)
    answer = guest.post("/en/checkout/", checkout_form(guest, term="cod"))
    assert answer.status_code == 302
    settle_down()
    order = Order.objects.get()
    order.refresh_from_db()
    assert order.status == "confirmed"
    return guest, order, f"/en/orders/{order.public_id}/"


def test_a_parcel_is_followed_and_one_cup_sent_back_without_an_account(couriers):
    company = a_company()
    guest, order, address = placed(company)
    assert "Cancel this order" in guest.get(address).content.decode()
    parcel = ship(order, couriers)
    page = guest.get(address).content.decode()
    assert parcel.number in page
    assert "Cancel this order" not in page
    parcel = travel(parcel, couriers)
    assert parcel.state == "delivered"

    other = a_visitor()  # another device: number and phone are enough
    answer = other.post("/en/track/", {"number": order.number, "phone": "13800138000"})
    page = other.get(answer["Location"]).content.decode()
    assert parcel.waybills.get(direction="forward").number in page
    for secret in ("李娜", "13800138000"):
        assert secret not in page

    line = order.lines.get()
    for odd in ("-1", "1.5", "1e3", "٢", "", "99999"):
        answer = other.post(f"{address}return/", {f"line-{line.pk}": odd})
        assert answer.status_code == 400
    answer = other.post(f"{address}return/", {f"line-{line.pk}": "3"}, follow=True)
    assert "2 of it can be sent back" in answer.content.decode()
    answer = other.post(f"{address}return/", {"line-999999": "1"}, follow=True)
    assert ReturnCase.objects.count() == 0
    answer = other.post(f"{address}return/", {f"line-{line.pk}": "1", "reason": "too big"}, follow=True)
    case = ReturnCase.objects.get()
    assert case.number in answer.content.decode()
    assert [(each.line_id, each.asked) for each in case.lines.all()] == [(line.pk, 1)]


def test_an_order_is_cancelled_by_its_buyer_while_it_is_in_the_house():
    company = a_company()
    guest, order, address = placed(company)
    assert StockLevel.objects.get(sku=company.cup).reserved == 2
    assert guest.get(f"{address}cancel/").status_code == 405  # F73
    page = guest.post(f"{address}cancel/", follow=True).content.decode()
    assert "The order is cancelled" in page
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert StockLevel.objects.get(sku=company.cup).reserved == 0
    assert "Cancel this order" not in page


def test_a_shipped_order_cannot_be_cancelled_by_an_old_page(couriers):
    company = a_company()
    guest, order, address = placed(company)
    ship(order, couriers)
    page = guest.post(f"{address}cancel/", follow=True).content.decode()
    order.refresh_from_db()
    assert order.status == "in_fulfilment"
    assert "The order is cancelled" not in page


def test_a_silent_provider_loses_no_order(settings, tmp_path):
    settings.ALIPAY = settings.ALIPAY | {"keys_dir": str(tmp_path)}  # no keys: nobody can be asked
    company = a_company()
    guest = a_visitor()
    put(guest, company.cup)
    answer = guest.post("/en/checkout/", checkout_form(guest), follow=True)
    order = Order.objects.get()
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == f"/en/orders/{order.public_id}/"
    assert f"Pay ¥{order.total_incl_tax}" in page
    assert order.status == "awaiting_payment"
