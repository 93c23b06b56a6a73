from decimal import Decimal

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation

from core import clock
from core.admin.edits import mark_of
from core.approvals import request_approval
from core.errors import InvalidInput
from core.events import MAX_ATTEMPTS, drain
from core.jobs import job, run_job, start_job
from core.models import ApprovalPolicy, EventDelivery, Job, JobProgress, RoleGrant
from core.origins import Origin
from core.reasons import gettext
from core.rights import grant_role
from core.roles import BUYER, CUSTOMER_SERVICE, FINANCE, MANAGER, WAREHOUSE
from crm.models import Message, MessageTemplate
from crm.services import queue_message
from tests.core.eventful import Poisoned, tell
from tests.core.jobbing import count  # noqa: F401 - registers the kind
from tests.crm.builders import a_customer, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    """A person with roles, signed in."""
    call_command("setup_shop")

    def sign_in(*roles: str):
        person = a_user()
        for role in roles:
            grant_role(user=person, role=role)
        client.force_login(person)
        return person

    return sign_in


@pytest.fixture
def rows(staff):
    customer = a_customer(name="王小明", phone="13812345678", email="ming@example.com")
    queue_message(
        kind="order_confirmed", customer=customer, about=Origin("order", 1), values={"number": "SO1"}
    )
    tell(Poisoned(1))
    job = start_job("tests.count", parameters={"rows": 3, "bad": [1]})
    run_job(job.pk)
    ApprovalPolicy.objects.create(kind="refund", role="manager", amount_from=0)
    request_approval(
        kind="refund", about=Origin("customer", 1), version=1, amount=Decimal(9), by=a_user(), reason="x"
    )


OURS = [m for m in admin.site._registry if m._meta.app_label in ("core", "crm")]


def test_every_page_opens_for_the_administrator_and_shows_no_phone(client, staff, rows):
    staff("admin")
    for model in OURS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages = [client.get(reverse(f"{name}_changelist"))]
        first = model._base_manager.first()
        if first is not None:
            pages.append(client.get(reverse(f"{name}_change", args=[first.pk])))
        assert [page.status_code for page in pages] == [200] * len(pages), model
        if model._meta.label != "crm.User":
            assert not any(b"13812345678" in page.content for page in pages), model


def test_warehouse_sees_jobs_and_approvals_only(client, staff, rows):
    staff("warehouse")
    seen = {
        model._meta.model_name
        for model in OURS
        if client.get(
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        ).status_code
        == 200
    }
    assert seen == {"job", "approvalrequest"}


@pytest.mark.parametrize("role", [CUSTOMER_SERVICE, WAREHOUSE, FINANCE, BUYER, MANAGER])
def test_whoever_sees_a_job_sees_on_its_page_which_rows_were_refused(client, staff, role):
    started = start_job("tests.count", parameters={"rows": 3, "bad": [1]}, by=staff(role))
    run_job(started.pk)
    address = reverse("admin:core_job_change", args=[started.pk])
    assert "This row is bad. Correct it." in client.get(address).content.decode()
    client.force_login(a_user(username="stranger", is_staff=True))
    assert "This row is bad." not in client.get(address, follow=True).content.decode()


def test_job_page_works_without_script_and_lists_bad_rows_as_csv(client, staff):
    person = staff("warehouse")
    job = start_job("tests.count", parameters={"rows": 3, "bad": [1]}, by=person)
    page = client.get(reverse("admin:core_job_change", args=[job.pk])).content.decode()
    assert '<meta http-equiv="refresh"' in page
    assert 'data-finished="no"' in page
    run_job(job.pk)
    bar = client.get(reverse("admin:core_job_progress", args=[job.pk])).content.decode()
    assert 'data-finished="yes"' in bar
    text = client.get(reverse("admin:core_job_errors", args=[job.pk])).content.decode("utf-8-sig")
    assert any("number,This row is bad. Correct it." in line for line in text.splitlines())


def test_what_a_row_was_refused_for_is_read_in_the_language_of_the_reader(client, staff):
    @job("tests.refuse", title="Refuse")
    def refuse(run) -> None:
        def one(number: str) -> None:
            text = gettext("Parcel %(number)s has no waybill yet. Print its label first.")
            raise InvalidInput(text % {"number": number})

        run.each(["P7"], one)

    english, chinese = "Parcel P7 has no waybill yet.", "包裹 P7 还没有运单。"
    sent = start_job("tests.refuse", by=staff("warehouse"))
    with translation.override("zh-hans"):
        run_job(sent.pk)
    assert sent.errors.get().message.startswith(chinese)
    door = reverse("admin:core_job_errors", args=[sent.pk])
    for language, words, other in (("en", english, chinese), ("zh-hans", chinese, english)):
        client.cookies["django_language"] = language
        shown = client.get(door).content.decode("utf-8-sig")
        assert (words in shown, other in shown) == (True, False)
    # A row from before reasons were kept says what it said.
    sent.errors.update(why=None)
    assert sent.errors.get().told.startswith(chinese)


def test_a_failed_job_is_offered_again_only_where_a_worker_knows_its_work(client, staff):
    staff("manager")
    for kind, offered in (("tests.count", True), ("shopsite.seed_demo", False)):
        job = Job.objects.create(kind=kind, fingerprint=kind, state="failed", created_at=clock.now())
        JobProgress.objects.create(job=job)
        door = reverse("admin:core_job_retry", args=[job.pk])
        page = client.get(reverse("admin:core_job_change", args=[job.pk])).content.decode()
        assert (door in page) is offered
        answer = client.post(door, follow=True)
        said = [str(message) for message in answer.context["messages"]]
        assert said[0].startswith("The job is queued again." if offered else "No worker here knows")
        job.refresh_from_db()
        assert job.state == ("queued" if offered else "failed")


def test_only_who_started_a_job_or_a_manager_stops_it(client, staff):
    job = start_job("tests.count", parameters={"rows": 3}, by=a_user())
    staff("warehouse")
    client.post(reverse("admin:core_job_cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "queued"
    assert client.get(reverse("admin:core_job_cancel", args=[job.pk])).status_code == 405
    staff("manager")
    client.post(reverse("admin:core_job_cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_parked_delivery_is_replayed_by_the_button_of_who_may(client, staff):
    tell(Poisoned(1))
    for _ in range(MAX_ATTEMPTS):
        drain()
        EventDelivery.objects.filter(state="due").update(due_at="2020-01-01T00:00Z")
    parked = EventDelivery.objects.get(state="parked")
    order = {"action": "replay", "_selected_action": [parked.pk]}
    staff("manager")
    client.post(reverse("admin:core_eventdelivery_changelist"), order)
    parked.refresh_from_db()
    assert parked.state == "parked"
    staff("admin")
    client.post(reverse("admin:core_eventdelivery_changelist"), order)
    parked.refresh_from_db()
    assert (parked.state, parked.attempts) == ("due", 0)


def test_approval_is_signed_in_the_inbox(client, staff):
    ApprovalPolicy.objects.create(kind="refund", role="manager", amount_from=0)
    request = request_approval(
        kind="refund", about=Origin("customer", 1), version=3, amount=Decimal(9), by=a_user(), reason="x"
    )
    staff("finance")
    page = reverse("admin:core_approvalrequest_change", args=[request.pk])
    door = reverse("admin:core_approvalrequest_decide", args=[request.pk])
    assert door not in client.get(page).content.decode()
    client.post(door, {"decision": "approve", "version": 3})
    request.refresh_from_db()
    assert request.state == "open"
    staff("manager")
    assert door in client.get(page).content.decode()
    client.post(door, {"decision": "approve", "version": 2})
    request.refresh_from_db()
    assert request.state == "open"
    client.post(door, {"decision": "approve", "version": 3, "comment": "fine"})
    request.refresh_from_db()
    assert request.state == "approved"


def test_role_given_in_the_back_office_is_a_grant(client, staff):
    person = a_user()
    staff("admin")
    grant = {"user": person.pk, "role": "buyer", "warehouse": "", "entity": ""}
    client.post(reverse("admin:core_rolegrant_add"), grant)
    assert RoleGrant.objects.get(user=person).role == "buyer"
    assert [g.name for g in person.groups.all()] == ["buyer"]


def test_text_with_a_foreign_placeholder_is_refused_by_the_form(client, staff):
    template = MessageTemplate.objects.get(kind="order_confirmed", language="en", channel="sms")
    staff("manager")
    page = reverse("admin:crm_messagetemplate_change", args=[template.pk])
    read = mark_of(template)
    refused = client.post(page, {"_read": read, "subject": "", "body": "{{ settings.SECRET_KEY }}"})
    assert refused.status_code == 200
    client.post(page, {"_read": read, "subject": "", "body": "Order {number} is confirmed."})
    template.refresh_from_db()
    assert template.body == "Order {number} is confirmed."


def test_clear_record_is_shown_for_a_reason_and_not_kept(client, staff):
    customer = a_customer(name="王小明", phone="13812345678")
    staff("customer_service")
    page = client.post(
        reverse("admin:crm_customer_step", args=[customer.pk, "reveal"]), {"reveal-reason": "call back"}
    )
    assert "13812345678" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert customer.reveals.get().reason == "call back"
    assert Message.objects.count() == 0
