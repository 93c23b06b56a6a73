"""Codes and offers at the till: what they take off, who may use them, and what happens at their limit."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from core import clock
from orders.basket.models import Basket
from orders.offer.models import ConditionalOffer
from orders.order.models import Order, OrderDiscount
from orders.services import cancel_order, expire_orders
from orders.voucher.models import Voucher, VoucherApplication
from tests.storefront.builders import a_code, a_piece, a_shop, a_visitor, an_offer, checkout_form, enter, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    cache.clear()  # tries are counted there
    a_shop()
    return a_visitor()


def order_with(client, code="", **values):
    """Through the pages: basket, code, checkout. The answer to the last button."""
    put(client, a_piece(price="100.00"))
    if code:
        enter(client, code)
    return client.post("/en/checkout/", checkout_form(client, term="cod", **values))


def test_a_code_takes_its_amount_off_and_the_order_says_so(client):
    code = a_code(off="15.00", limit=3)
    put(client, a_piece(price="100.00"))
    page = enter(client, " springtea2026 ")
    assert "Code SPRINGTEA2026" in page
    assert "−¥15.00" in page
    answer = client.post("/en/checkout/", checkout_form(client, term="cod"))
    order = Order.objects.get()
    thanks = client.get(answer["Location"]).content.decode()
    for words in ("¥100.00", "Code SPRINGTEA2026", "−¥15.00"):
        assert words in thanks
    assert order.lines.get().line_price_incl_tax == D("85.00")
    row = OrderDiscount.objects.get()
    assert (row.voucher_id, row.voucher_code, row.amount) == (code.pk, "SPRINGTEA2026", D("15.00"))
    use = VoucherApplication.objects.get()
    assert (use.order, use.slot, use.released_at) == (order, 1, None)
    code.refresh_from_db()
    assert (code.num_orders, code.total_discount) == (1, D("15.00"))
    offer = ConditionalOffer.objects.get()
    assert (offer.num_applications, offer.num_orders, offer.total_discount) == (1, 1, D("15.00"))


def test_a_code_can_be_taken_out_again(client):
    a_code()
    put(client, a_piece())
    enter(client, "SPRINGTEA2026")
    page = client.post("/en/basket/code/", {"remove": "1"}, follow=True).content.decode()
    assert "SPRINGTEA2026" not in page
    assert not Basket.objects.get().vouchers.exists()


@pytest.mark.parametrize("state", ["unknown", "over", "not yet", "used up", "for members"])
def test_a_code_that_cannot_be_used_says_the_same_whatever_the_reason(client, state):
    """F45, F46."""
    now = clock.now()
    fields = {
        "unknown": {"code": "SOMETHINGELSE"},
        "over": {"end_datetime": now - timedelta(hours=1)},
        "not yet": {"start_datetime": now + timedelta(hours=1)},
        "used up": {"limit": 0},
        "for members": {"usage": Voucher.ONCE_PER_CUSTOMER},
    }[state]
    a_code(**fields)
    put(client, a_piece())
    page = enter(client, "SPRINGTEA2026")
    assert "This code cannot be used. Check how it is written, or order without it." in page
    assert not Basket.objects.get().vouchers.exists()


def test_codes_are_not_to_be_guessed(client):
    """F46: ten tries in ten minutes, then not even the right one is looked at."""
    a_code()
    put(client, a_piece())
    for number in range(10):
        enter(client, f"GUESS{number}")
    page = enter(client, "SPRINGTEA2026")
    assert "Too many tries." in page
    assert not Basket.objects.get().vouchers.exists()


def test_whoever_comes_too_late_with_a_code_sees_the_total_without_it_before_ordering(client):
    """F43: both have seen the lower total; the second is asked again, and nothing of his is ordered."""
    a_code(off="15.00", usage=Voucher.SINGLE_USE)
    piece, late = a_piece(price="100.00"), a_visitor()
    for person in (client, late):
        put(person, piece)
        enter(person, "SPRINGTEA2026")
    forms = [checkout_form(person, term="cod") for person in (client, late)]
    assert client.post("/en/checkout/", forms[0]).status_code == 302
    answer = late.post("/en/checkout/", forms[1])
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The code SPRINGTEA2026 takes nothing off" in page
    assert "Order for ¥115.00" in page  # with shipping and the fee of cash on delivery
    assert Order.objects.count() == 1
    assert VoucherApplication.objects.count() == 1


def test_a_cancelled_order_gives_its_code_back_once(client):
    a_code(limit=1)
    assert order_with(client, "SPRINGTEA2026").status_code == 302
    order = Order.objects.get()
    for _time in range(2):
        cancel_order(order_id=order.pk, reason="customer")
    code = Voucher.objects.get()
    assert (code.num_orders, code.total_discount) == (0, D("0.00"))
    offer = ConditionalOffer.objects.get()
    assert (offer.num_applications, offer.num_orders, offer.total_discount) == (0, 0, D("0.00"))
    assert VoucherApplication.objects.get().released_at is not None
    assert order_with(a_visitor(), "SPRINGTEA2026").status_code == 302
    assert list(VoucherApplication.objects.order_by("pk").values_list("slot", flat=True)) == [1, 1]


def test_an_order_that_is_never_paid_gives_its_code_back(client):
    a_code(limit=1)
    put(client, a_piece(price="100.00"))
    enter(client, "SPRINGTEA2026")
    client.post("/en/checkout/", checkout_form(client, term="prepaid"))
    with clock.virtual(clock.now() + timedelta(days=2)):
        assert expire_orders() == [Order.objects.get().pk]
    assert Voucher.objects.get().num_orders == 0


def test_an_offer_that_has_reached_its_number_is_no_longer_in_the_price(client):
    """F44."""
    an_offer(off="20.00", max_global_applications=1)
    assert order_with(client).status_code == 302
    assert order_with(a_visitor()).status_code == 302
    paid = list(Order.objects.order_by("pk").values_list("lines__line_price_incl_tax", flat=True))
    assert paid == [D("80.00"), D("100.00")]


def test_an_offer_never_gives_more_than_its_budget(client):
    """F44: 20 + 20 fit into 50; the third would not."""
    offer = an_offer(off="20.00", max_discount=D("50.00"))
    for _time in range(3):
        assert order_with(a_visitor()).status_code == 302
    offer.refresh_from_db()
    assert (offer.num_orders, offer.total_discount) == (2, D("40.00"))


def test_the_database_holds_every_limit_even_against_hand_written_sql():
    code, offer = a_code(limit=1), an_offer(max_global_applications=2, max_discount=D("5.00"))
    for rows, values in (
        (Voucher.objects.filter(pk=code.pk), {"num_orders": 2}),
        (ConditionalOffer.objects.filter(pk=offer.pk), {"num_applications": 3}),
        (ConditionalOffer.objects.filter(pk=offer.pk), {"total_discount": D("5.01")}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**values)
