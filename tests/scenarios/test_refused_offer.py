"""An order that was refused at the door has not had its offer: the next one may."""

from decimal import Decimal as D

import pytest
from django.db.models import F

from orders.offer.models import ConditionalOffer
from orders.order.models import OrderDiscount
from tests.scenarios.company import a_company, an_order_of
from tests.scenarios.steps import settle_down, ship, travel
from tests.storefront.builders import an_offer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.breach  # the discount is written on the order alone, not on its line
def test_a_refused_order_gives_its_offer_back(couriers):
    company = a_company()
    order = an_order_of(company, {company.cup: 1}, term="cod")
    settle_down()
    offer = an_offer()
    OrderDiscount.objects.create(
        order=order, offer_id=offer.pk, offer_name=offer.name, frequency=1, amount=D("5.00")
    )
    ConditionalOffer.objects.filter(pk=offer.pk).update(
        num_applications=F("num_applications") + 1, num_orders=1, total_discount=D("5.00")
    )
    travel(ship(order, couriers), couriers, days=20, fate="refuse")
    order.refresh_from_db()
    offer.refresh_from_db()
    assert order.status == "cancelled"
    assert (offer.num_applications, offer.num_orders, offer.total_discount) == (0, 0, D("0.00"))
