"""Shoppers that post to a live server all at once, each with a basket and a cookie jar of its own."""

import http.client
from dataclasses import dataclass
from itertools import count as counting
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from django.core import signing

from orders.basket.models import Basket, Line
from tests.storefront.builders import a_visitor, checkout_form, enter, hidden, put

_people = counting(1)


@dataclass(frozen=True)
class Shopper:
    """A filled checkout form and the cookies that go with it."""

    cookies: dict[str, str]
    form: dict[str, str]

    def post(self, server: str, **changes: str) -> tuple[int, str]:
        """Send the form; the status and where the answer leads. No redirect is followed."""
        return self.ask(server, **changes)[:2]

    def ask(self, server: str, **changes: str) -> tuple[int, str, str]:
        """The same, with the page that came back."""
        place = urlsplit(server)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        try:
            connection.request("POST", "/en/checkout/", urlencode(self.form | changes), headers)
            answer = connection.getresponse()
            page = answer.read().decode()
            return answer.status, answer.headers.get("Location", ""), page
        finally:
            connection.close()


def shoppers(count: int, sku: Any, quantity: int = 1, *, term: str = "cod", code: str = "") -> list[Shopper]:
    """So many guests who have all seen the total for the same units of one thing.

    One of them goes through the shop's own pages; the others have a basket like his and saw the same.
    """
    first = a_visitor()
    put(first, sku, quantity)
    if code:
        enter(first, code)
    form = checkout_form(first, term=term)
    page = first.get("/en/checkout/").content.decode()
    token, secret = hidden(page, "csrfmiddlewaretoken"), first.cookies["csrftoken"].value
    made = []
    for basket in _baskets_like(Basket.objects.latest("pk"), count):
        mark = signing.dumps([basket.pk, quantity], salt="shop.basket")
        number = next(_people)
        person = {"name": f"顾客{number}", "phone": f"138{number:08d}", "token": uuid4().hex}
        made.append(
            Shopper({"basket": mark, "csrftoken": secret}, form | person | {"csrfmiddlewaretoken": token})
        )
    return made


def _baskets_like(basket: Basket, count: int) -> list[Basket]:
    """Copies with the same lines, in few statements however many they are."""
    (line,) = basket.lines.all()
    copies = Basket.objects.bulk_create(Basket() for _number in range(count))
    Line.objects.bulk_create(
        Line(
            basket=copy,
            line_reference=line.line_reference,
            product_id=line.product_id,
            stockrecord_id=line.stockrecord_id,
            quantity=line.quantity,
            price_currency=line.price_currency,
            price_incl_tax=line.price_incl_tax,
            price_excl_tax=line.price_excl_tax,
        )
        for copy in copies
    )
    carried = Basket.vouchers.through
    carried.objects.bulk_create(
        carried(basket=copy, voucher=voucher) for copy in copies for voucher in basket.vouchers.all()
    )
    return copies
