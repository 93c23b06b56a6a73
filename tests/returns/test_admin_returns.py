"""The returns desk and finance's steps on cases, over HTTP."""

from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.urls import reverse

from core import clock, events
from core.rights import grant_role
from inventory.models import StockLevel
from logistics import services as logistics
from logistics.gateways.base import Tracked
from logistics.models import Parcel, Waybill
from logistics.rules.tracking import Event, State
from orders.order.models import Order
from returns.models import Inspection, ReturnCase
from tests.crm.builders import a_user
from tests.scenarios.company import a_company, an_order_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _groups(db):
    call_command("setup_shop")


def as_(client, role: str):
    person = a_user(username=role)
    grant_role(user=person, role=role)
    client.force_login(person)


def a_delivered_order(cups: int = 2) -> Order:
    """A COD order that is with the customer."""
    company = a_company()
    order = an_order_of(company, {company.cup: cups}, term="cod")
    events.drain_all()
    delivery = order.deliveries.get()
    logistics.start_picking(delivery_id=delivery.pk)
    logistics.finish_picking(delivery_id=delivery.pk)
    for number in range(cups):
        logistics.scan_item(delivery_id=delivery.pk, barcode="6901234567892", client_id=f"s{number}")
    parcel = Parcel.objects.get(order=order)
    Waybill.objects.filter(parcel=parcel).update(number="SF1", state="live")
    logistics.hand_over(parcel_ids=[parcel.pk])
    arrived = Event(clock.now(), State.DELIVERED, "", "signed", "")
    logistics.record_tracking(courier_id=parcel.courier_id, tracked=Tracked("SF1", (arrived,)))
    events.drain_all()
    order.refresh_from_db()
    assert order.delivery_state == "delivered"
    return order


def step(case: ReturnCase, name: str) -> str:
    return reverse("admin:returns_returncase_step", args=[case.pk, name])


def test_a_return_goes_from_the_order_s_page_over_the_desk_to_the_shelf(client):
    order = a_delivered_order(2)
    line = order.lines.get()
    as_(client, "customer_service")
    page = client.get(reverse("admin:order_order_change", args=[order.pk])).content.decode()
    assert f"units-{line.pk}" in page
    opening = reverse("admin:returns_returncase_open", args=[order.pk])
    client.post(opening, {f"units-{line.pk}": "1", "reason": "chipped"})
    case = ReturnCase.objects.get()
    assert client.post(step(case, "approve")).status_code == 302
    as_(client, "warehouse")
    found = client.get(reverse("admin:returns_returncase_desk"), {"number": "SF1"})
    assert found.url == reverse("admin:returns_returncase_change", args=[case.pk])
    row = case.lines.get()
    assert client.post(step(case, "receive"), {f"count-{row.pk}": "1"}).status_code == 302
    judged = {"row": row.pk, "key": "k1", "sellable": "1", "scrapped": "0", "rejected": "0"}
    assert client.post(step(case, "inspect"), judged).status_code == 302
    case.refresh_from_db()
    assert case.status == "settled"
    assert Inspection.objects.get().by.username == "warehouse"
    assert StockLevel.objects.get(sku__code="CUP").on_hand == 9
    events.drain_all()


def test_the_same_judgement_sent_twice_moves_goods_once(client):
    order = a_delivered_order(2)
    case = _a_received_case(client, order, 2)
    row = case.lines.get()
    judged = {"row": row.pk, "key": "k1", "sellable": "1", "scrapped": "0", "rejected": "0"}
    client.post(step(case, "inspect"), judged)
    client.post(step(case, "inspect"), judged)
    assert Inspection.objects.count() == 1
    assert StockLevel.objects.get(sku__code="CUP").on_hand == 9


def test_more_judged_than_received_is_refused_with_what_to_do(client):
    order = a_delivered_order(2)
    case = _a_received_case(client, order, 1)
    row = case.lines.get()
    answer = client.post(
        step(case, "inspect"), {"row": row.pk, "key": "k", "sellable": "5", "note": "typed with care"}
    )
    assert answer.status_code == 409
    assert "typed with care" in answer.content.decode()
    assert not Inspection.objects.exists()


def test_line_of_another_case_is_refused(client):
    order = a_delivered_order(2)
    case = _a_received_case(client, order, 1)
    answer = client.post(step(case, "inspect"), {"row": 999_999, "key": "k", "sellable": "1"})
    assert answer.status_code == 403
    assert not Inspection.objects.exists()


def test_more_than_was_delivered_cannot_be_asked_back(client):
    order = a_delivered_order(2)
    line = order.lines.get()
    as_(client, "customer_service")
    opening = reverse("admin:returns_returncase_open", args=[order.pk])
    answer = client.post(opening, {f"units-{line.pk}": "3", "reason": "all of it"})
    assert answer.url == reverse("admin:order_order_change", args=[order.pk])
    assert not ReturnCase.objects.exists()


def test_declining_needs_words_for_the_customer(client):
    order = a_delivered_order(2)
    as_(client, "customer_service")
    line = order.lines.get()
    client.post(reverse("admin:returns_returncase_open", args=[order.pk]), {f"units-{line.pk}": "1"})
    case = ReturnCase.objects.get()
    assert client.post(step(case, "reject"), {"reject-reason": " "}).status_code == 409
    case.refresh_from_db()
    assert case.status == "requested"
    assert client.post(step(case, "reject"), {"reject-reason": "worn"}).status_code == 302
    case.refresh_from_db()
    assert case.status == "rejected"


def test_unknown_number_at_the_desk_says_what_to_do(client):
    as_(client, "warehouse")
    answer = client.get(reverse("admin:returns_returncase_desk"), {"number": "SF404"})
    assert answer.context["unknown"] == "SF404"
    assert "SF404" in answer.content.decode()


def _a_received_case(client, order: Order, units: int) -> ReturnCase:
    from returns import services

    case = services.open_return(order_id=order.pk, units={order.lines.get().pk: units}, reason="chipped")
    services.approve_return(case_id=case.pk)
    services.receive_return(case_id=case.pk, counts={case.lines.get().pk: units})
    as_(client, "warehouse")
    assert case.refund_amount == D(0)
    return case
