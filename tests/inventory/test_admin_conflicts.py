"""A promise that a fact took away is decided on its page, by the roles that may, once."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from core.rights import grant_role
from inventory.models import BackOrder, StockConflict
from inventory.services import adjust_stock
from tests.builders import a_sku, a_warehouse, stocked
from tests.crm.builders import a_user
from tests.inventory.test_goods import reserved

pytestmark = pytest.mark.django_db


@pytest.fixture
def conflict(db):
    call_command("setup_shop")
    main = a_warehouse()
    sku = stocked(a_sku(), main, 2)
    reserved(sku, 2)
    adjust_stock(sku=sku, warehouse=main, quantity=-2, reason="mouse")
    return StockConflict.objects.get()


def sign_in(client, role: str):
    person = a_user(username=role)
    grant_role(user=person, role=role)
    client.force_login(person)


def choose(client, conflict, choice: str, reason: str = "asked the customer"):
    door = reverse("admin:inventory_stockconflict_step", args=[conflict.pk, "resolve"])
    answer = client.post(door, {"resolve-choice": choice, "resolve-reason": reason})
    conflict.refresh_from_db()
    return answer.status_code


def test_the_units_wait_or_come_from_elsewhere_and_are_decided_once(client, conflict):
    sign_in(client, "customer_service")
    page = client.get(reverse("admin:inventory_stockconflict_change", args=[conflict.pk]))
    assert "mouse" in page.content.decode()
    assert choose(client, conflict, "other_warehouse") == 409  # nobody has any
    assert choose(client, conflict, "cancel") == 422  # the order is not cancelled
    assert choose(client, conflict, "later", "") == 422
    assert conflict.state == "open"
    assert choose(client, conflict, "later") == 302
    assert (conflict.state, BackOrder.objects.get().quantity) == ("resolved", 2)
    assert choose(client, conflict, "later") == 409
    assert BackOrder.objects.count() == 1


def test_who_may_not_decide_sees_no_button(client, conflict):
    sign_in(client, "warehouse")
    page = client.get(reverse("admin:inventory_stockconflict_change", args=[conflict.pk]))
    assert page.status_code == 200
    assert page.context["buttons"] == []
    assert choose(client, conflict, "later") == 403
    assert conflict.state == "open"
