"""The customer is told at each step, once, in the own language, with a link that works."""

import pytest
from django.urls import resolve

from core.events import drain_all
from crm.models import Message
from orders.services import cancel_order, place_order, tell
from tests.scenarios.company import a_company, a_draft

pytestmark = pytest.mark.django_db


def test_placing_confirming_and_cancelling_are_told(settings):
    company = a_company()
    order = place_order(draft=a_draft(company, {company.cup: 1}, term="cod"))
    drain_all()
    cancel_order(order_id=order.pk, reason="customer")
    drain_all()
    told = list(Message.objects.order_by("pk").values_list("kind", flat=True))
    assert told == ["order_placed", "order_confirmed", "order_cancelled"]
    placed = Message.objects.get(kind="order_placed")
    assert order.number in placed.body
    assert f"{settings.SITE_URL}/{settings.LANGUAGE_CODE}/orders/{order.public_id}/" in placed.body


def test_the_link_leads_to_the_page_of_the_order(settings):
    company = a_company()
    order = place_order(draft=a_draft(company, {company.cup: 1}, term="cod"))
    drain_all()
    link = next(word for word in Message.objects.first().body.split() if "/orders/" in word)
    path = link.removeprefix(settings.SITE_URL.rstrip("/"))
    found = resolve(path)
    assert (found.view_name, str(found.kwargs["public_id"])) == ("shop:order", str(order.public_id))


def test_telling_twice_sends_nothing_more():
    company = a_company()
    order = place_order(draft=a_draft(company, {company.cup: 1}, term="cod"))
    tell(kind="order_placed", order_id=order.pk)
    tell(kind="order_placed", order_id=order.pk)
    assert Message.objects.filter(kind="order_placed").count() == 1
