"""Finance's steps over HTTP: money that fits nothing finds its order; refusals change nothing."""

from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.urls import reverse

from core import clock, events
from core.entities import default_entity
from core.rights import grant_role
from finance.models import Entry, MoneyAccount, UnappliedReceipt
from finance.services import Evidence, record_payment
from orders.order.models import Order
from tests.crm.builders import a_user
from tests.scenarios.company import a_company, an_order_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _groups(db):
    call_command("setup_shop")


@pytest.fixture
def accountant(client):
    person = a_user(username="accountant")
    grant_role(user=person, role="finance")
    client.force_login(person)
    return person


def an_unknown_receipt(amount: str) -> UnappliedReceipt:
    """Money in the bank that names nothing of ours."""
    bank = MoneyAccount.objects.create(
        code="icbc", kind="bank", name="ICBC", number="15020", entity=default_entity()
    )
    record_payment(
        provider="icbc",
        trade_no="T1",
        merchant_ref="?",
        amount=D(amount),
        currency="CNY",
        payee=bank.number,
        received_at=clock.now(),
        evidence=Evidence("clerk"),
    )
    return UnappliedReceipt.objects.get()


def step(receipt: UnappliedReceipt, name: str) -> str:
    return reverse("admin:finance_unappliedreceipt_step", args=[receipt.pk, name])


def test_a_receipt_is_given_to_the_order_that_a_clerk_has_found(client, accountant):
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    receipt = an_unknown_receipt("125.00")
    values = {"apply-order": order.number.lower(), "apply-note": "called"}
    assert client.post(step(receipt, "apply"), values).status_code == 302
    events.drain_all()
    order.refresh_from_db()
    receipt.refresh_from_db()
    assert (order.payment_state, receipt.state, receipt.settled_by) == ("paid", "applied", accountant)


def test_an_order_number_that_does_not_exist_comes_back_with_the_form(client, accountant):
    receipt = an_unknown_receipt("125.00")
    answer = client.post(step(receipt, "apply"), {"apply-order": "SO404", "apply-note": "sure"})
    assert answer.status_code == 422
    assert "SO404" in answer.content.decode()
    receipt.refresh_from_db()
    assert receipt.state == "open"


def test_a_second_clerk_is_told_that_it_has_been_settled(client, accountant):
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    receipt = an_unknown_receipt("125.00")
    values = {"apply-order": order.number, "apply-note": "x"}
    client.post(step(receipt, "apply"), values)
    entries = Entry.objects.count()
    assert client.post(step(receipt, "apply"), values).status_code == 409
    assert Entry.objects.count() == entries
    events.drain_all()


def test_an_entry_is_reversed_once_and_never_edited(client, accountant):
    receipt = an_unknown_receipt("88.00")
    entry = receipt.payment.entry or Entry.objects.order_by("-pk").first()
    page = reverse("admin:finance_entry_change", args=[entry.pk])
    client.post(page, {"memo": "forged"})
    entry.refresh_from_db()
    assert entry.memo != "forged"
    assert client.get(reverse("admin:finance_entry_delete", args=[entry.pk])).status_code == 403


def test_customer_service_does_not_see_the_books(client):
    person = a_user(username="service")
    grant_role(user=person, role="customer_service")
    client.force_login(person)
    for label in ("finance_entry", "finance_payment", "finance_unappliedreceipt", "finance_statementfile"):
        assert client.get(reverse(f"admin:{label}_changelist")).status_code == 403
    assert Order.objects.count() == 0
