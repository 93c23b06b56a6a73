"""Signing in, the basket that comes along, addresses, and orders that are one's own."""

import pytest
from django.core.cache import cache
from django.utils import translation

from core.errors import InvalidInput
from crm.models import Customer, User
from crm.services import open_account
from orders.basket.models import Basket
from orders.order.models import Order
from storefront.services.addresses import keep_address, list_addresses
from tests.storefront.builders import ADDRESS, a_piece, a_visitor, checkout_form, put

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough one"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


def register(client, login="13812345678", **changes):
    data = {"name": "王小明", "login": login, "password": PASSWORD, "agree": "on"} | changes
    return client.post("/en/account/register/", data)


def sign_in(client, login):
    return client.post("/en/account/sign-in/", {"login": login, "password": PASSWORD})


@pytest.mark.parametrize(
    ("login", "typed"), [("13812345678", "138 1234 5678"), ("Li@Example.com", "li@example.COM")]
)
def test_an_account_opens_by_phone_or_mail_and_lets_one_in_again(login, typed):
    client = a_visitor()
    assert register(client, login)["Location"] == "/en/account/"
    assert "王小明" in User.objects.get().first_name
    assert Customer.objects.get().user == User.objects.get()
    client.post("/en/account/sign-out/")
    assert client.get("/en/account/")["Location"] == "/en/account/sign-in/"
    assert sign_in(client, typed)["Location"] == "/en/account/"
    assert client.get("/en/account/").status_code == 200


def test_a_second_account_for_the_same_phone_is_refused():
    register(a_visitor())
    answer = register(a_visitor(), "+86 13812345678")
    assert answer.status_code == 422
    assert "Sign in instead" in answer.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("password", "12345678"), ("password", "short"), ("login", "x@"), ("login", "12"), ("agree", "")],
)
def test_a_bad_registration_keeps_what_was_typed_and_makes_nothing(field, value):
    answer = register(a_visitor(), **{field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "王小明" in page
    assert PASSWORD not in page
    assert (User.objects.count(), Customer.objects.count()) == (0, 0)


def test_an_account_never_takes_over_a_guests_orders():
    guest = a_visitor()
    put(guest, a_piece())
    guest.post("/en/checkout/", checkout_form(guest, term="cod", name="王小明", phone="13812345678"))
    owner = a_visitor()
    register(owner, "13812345678")
    assert "not ordered anything" in owner.get("/en/account/").content.decode()
    assert owner.get(f"/en/orders/{Order.objects.get().public_id}/").status_code == 404


def test_the_guests_basket_joins_the_accounts_at_sign_in():
    first, second = a_piece("甲", "A"), a_piece("乙", "B")
    member = a_visitor()
    register(member)
    put(member, first, 2)
    member.post("/en/account/sign-out/")
    put(member, first, 1)
    put(member, second, 3)
    sign_in(member, "13812345678")
    basket = Basket.objects.get(status="Open")
    assert basket.owner == User.objects.get()
    assert sorted(basket.lines.values_list("stockrecord__partner_sku", "quantity")) == sorted(
        [(first.code, 2), (second.code, 3)]
    )
    assert '<span class="count">5</span>' in member.get("/en/").content.decode()


def test_a_member_orders_with_the_kept_address_and_finds_the_order():
    member = a_visitor()
    register(member)
    put(member, a_piece())
    member.post("/en/checkout/", checkout_form(member, term="cod", save_address="on"))
    order = Order.objects.get()
    assert order.user == User.objects.get()
    assert order.customer == Customer.objects.get()
    assert order.number in member.get("/en/account/").content.decode()
    assert member.get(f"/en/orders/{order.public_id}/").status_code == 200
    put(member, a_piece())
    page = member.get("/en/checkout/").content.decode()
    assert f'value="{ADDRESS["street"]}"' in page
    assert "¥" in page


def test_nobody_touches_a_foreign_address_or_order():
    owner = open_account(name="A", login="a@example.com", password=PASSWORD)
    keep_address(user=owner, values=ADDRESS)
    address = list_addresses(user=owner)[0]
    stranger = a_visitor()
    register(stranger, "b@example.com")
    for action in ("drop", "prefer"):
        stranger.post("/en/account/addresses/", {"action": action, "address": address["pk"]})
    put(stranger, a_piece())
    assert ADDRESS["street"] not in stranger.get(f"/en/checkout/?address={address['pk']}").content.decode()
    assert list_addresses(user=owner) == [address]


def test_addresses_are_kept_once_and_the_default_moves():
    member = a_visitor()
    register(member)
    other = ADDRESS | {"street": "人民路2号"}
    for values in (ADDRESS, other, ADDRESS):
        assert member.post("/en/account/addresses/", values).status_code == 302
    first, second = list_addresses(user=User.objects.get())
    assert (first["street"], first["is_default"]) == (ADDRESS["street"], True)
    member.post("/en/account/addresses/", {"action": "prefer", "address": second["pk"]})
    assert list_addresses(user=User.objects.get())[0]["street"] == other["street"]
    member.post("/en/account/addresses/", {"action": "drop", "address": second["pk"]})
    assert [each["street"] for each in list_addresses(user=User.objects.get())] == [ADDRESS["street"]]


def test_name_and_language_are_changed_for_messages_too():
    member = a_visitor()
    register(member)
    member.post("/en/account/profile/", {"name": "王大明", "language": "zh-hans"})
    customer = Customer.objects.get()
    assert (customer.name, customer.language) == ("王大明", "zh-hans")
    assert member.post("/en/account/profile/", {"name": "X", "language": "xx"}).status_code == 422


def test_a_login_that_is_neither_phone_nor_mail_is_refused():
    with pytest.raises(InvalidInput):
        open_account(name="A", login="somebody", password=PASSWORD)


def test_a_password_that_is_too_short_is_refused_in_the_language_of_the_page():
    with translation.override("zh-hans"), pytest.raises(InvalidInput, match="密码太短"):
        open_account(name="A", login="a@example.com", password="kurz7")
