"""Shoppers that post to a live server all at once, each with a basket and a cookie jar of its own."""

import http.client
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.core import signing

from storefront.services import add_to_basket
from tests.storefront.builders import a_visitor, checkout_form, hidden, put


@dataclass(frozen=True)
class Shopper:
    """A filled checkout form and the cookies that go with it."""

    cookies: dict[str, str]
    form: dict[str, str]

    def post(self, server: str, **changes: str) -> tuple[int, str]:
        """Send the form; the status and where the answer leads. No redirect is followed."""
        place = urlsplit(server)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        try:
            connection.request("POST", "/en/checkout/", urlencode(self.form | changes), headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")
        finally:
            connection.close()


def shoppers(count: int, sku: Any, quantity: int = 1) -> list[Shopper]:
    """So many guests who have all seen the total for the same units of one thing."""
    first = a_visitor()
    put(first, sku, quantity)
    form = checkout_form(first, term="cod")
    page = first.get("/en/checkout/").content.decode()
    token, secret = hidden(page, "csrfmiddlewaretoken"), first.cookies["csrftoken"].value
    made = []
    for number in range(count):
        basket = add_to_basket(
            basket_id=None,
            user=AnonymousUser(),
            product_id=sku.stockrecord.product_id,
            quantity=quantity,
        )
        mark = signing.dumps([basket.pk, quantity], salt="shop.basket")
        person = {"name": f"顾客{number}", "phone": f"138{number:08d}", "token": uuid4().hex}
        made.append(
            Shopper({"basket": mark, "csrftoken": secret}, form | person | {"csrfmiddlewaretoken": token})
        )
    return made
