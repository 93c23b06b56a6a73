"""The order's page and its steps over HTTP: what is refused says why and has changed nothing."""

from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.urls import reverse

from core import clock, events
from core.admin.edits import mark_of
from core.faults import guard_off
from core.models import Note
from core.rights import grant_role
from crm.models import Reveal
from orders.models import Cancellation, Hold, HoldRule, ServiceReport
from orders.order.models import Order
from orders.queries import awaiting_service
from orders.services import review_order
from tests.builders import a_sku
from tests.crm.builders import a_user
from tests.scenarios.company import a_company, an_order_of
from tests.scenarios.test_services import has_gone, placed, sent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _groups(db):
    call_command("setup_shop")


def clerk(role: str = "customer_service"):
    person = a_user(username=f"clerk-{role}")
    grant_role(user=person, role=role)
    return person


def held_order() -> Order:
    """A COD order that waits for a signature because of the buyer's note."""
    company = a_company()
    order = an_order_of(company, {company.cup: 2}, term="cod", buyer_note="ring twice")
    events.drain_all()
    order.refresh_from_db()
    assert order.status == "in_review"
    return order


def page(order: Order) -> str:
    return reverse("admin:order_order_change", args=[order.pk])


def step(order: Order, name: str) -> str:
    return reverse("admin:order_order_step", args=[order.pk, name])


def sign(client, hold: Hold, version: int, note: str):
    return client.post(
        step(hold.order, "clear-hold"),
        {"version": version, "row": hold.pk, "clear-hold-hold": hold.pk, "clear-hold-note": note},
    )


def test_page_shows_axes_lines_money_and_masks_the_person(client):
    order = held_order()
    client.force_login(clerk())
    text = client.get(page(order)).content.decode()
    assert order.number in text
    assert "CUP" in text
    assert "李*" in text
    assert "李娜" not in text
    assert "13800138000" not in text


def test_signing_the_last_hold_confirms_the_order(client):
    order = held_order()
    hold = order.holds.get()
    client.force_login(clerk())
    answer = sign(client, hold, order.version, "called, all right")
    assert answer.status_code == 302
    order.refresh_from_db()
    hold.refresh_from_db()
    assert (order.status, hold.note, hold.cleared_by.username) == (
        "confirmed",
        "called, all right",
        "clerk-customer_service",
    )


def test_signature_on_an_older_version_is_a_conflict_that_keeps_what_was_typed(client):
    """F20: the page that comes back shows the present order, the message and the typed note."""
    order = held_order()
    hold = order.holds.get()
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)
    client.force_login(clerk())
    answer = sign(client, hold, order.version, "typed with care")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "typed with care" in text
    hold.refresh_from_db()
    order.refresh_from_db()
    assert (hold.cleared_at, order.status) == (None, "in_review")


def test_without_the_version_check_the_signature_lands_on_what_nobody_read(client):
    order = held_order()
    hold = order.holds.get()
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)
    client.force_login(clerk())
    with guard_off("F20"):
        assert sign(client, hold, order.version, "typed with care").status_code == 302
    hold.refresh_from_db()
    assert hold.cleared_at is not None


def test_signature_without_a_reason_is_refused_by_the_service_and_said_so(client):
    order = held_order()
    hold = order.holds.get()
    client.force_login(clerk())
    answer = sign(client, hold, order.version, "  ")
    assert answer.status_code == 409
    (said,) = answer.context["messages"]
    assert said.level_tag == "error"
    hold.refresh_from_db()
    assert hold.cleared_at is None


def test_finance_cannot_sign_for_customer_service(client):
    order = held_order()
    hold = order.holds.get()
    assert hold.department == "customer_service"
    client.force_login(clerk("finance"))
    answer = sign(client, hold, order.version, "let it go")
    assert answer.status_code == 409
    hold.refresh_from_db()
    order.refresh_from_db()
    assert (hold.cleared_at, order.status) == (None, "in_review")


def test_cancelling_frees_the_goods_and_writes_who_and_why(client):
    order = held_order()
    client.force_login(clerk())
    values = {"version": order.version, "cancel-reason": "customer", "cancel-note": "wrong size"}
    assert client.post(step(order, "cancel"), values).status_code == 302
    order.refresh_from_db()
    row = Cancellation.objects.get(order=order)
    assert (order.status, row.reason, row.note, row.by.username) == (
        "cancelled",
        "customer",
        "wrong size",
        "clerk-customer_service",
    )


def test_cancelling_without_the_right_changes_nothing(client):
    order = held_order()
    client.force_login(clerk("finance"))
    values = {"version": order.version, "cancel-reason": "customer"}
    assert client.post(step(order, "cancel"), values).status_code == 403
    order.refresh_from_db()
    assert order.status == "in_review"
    assert not Cancellation.objects.exists()


def test_a_stale_cancellation_is_refused(client):
    order = held_order()
    client.force_login(clerk())
    answer = client.post(step(order, "cancel"), {"version": order.version - 1, "cancel-reason": "customer"})
    assert answer.status_code == 409
    order.refresh_from_db()
    assert order.status == "in_review"


def test_a_reason_that_is_not_offered_comes_back_with_the_form(client):
    order = held_order()
    client.force_login(clerk())
    answer = client.post(step(order, "cancel"), {"version": order.version, "cancel-reason": "because"})
    assert answer.status_code == 422
    order.refresh_from_db()
    assert order.status == "in_review"


def test_looking_behind_the_mask_needs_a_reason_and_is_written_down(client):
    order = held_order()
    client.force_login(clerk())
    refused = client.post(step(order, "reveal"), {"version": order.version, "reveal-reason": " "})
    assert refused.status_code == 409
    assert "李娜" not in refused.content.decode()
    assert not Reveal.objects.exists()
    seen = client.post(step(order, "reveal"), {"version": order.version, "reveal-reason": "calls back"})
    assert seen.status_code == 200
    assert "no-store" in seen["Cache-Control"]
    assert "李娜" in seen.content.decode()
    assert "13800138000" in seen.content.decode()
    assert Reveal.objects.get().reason == f"{order.number}: calls back"


def test_a_note_stands_on_the_timeline_and_is_escaped(client):
    order = held_order()
    client.force_login(clerk())
    client.post(reverse("admin:order_order_note", args=[order.pk]), {"text": "<b>door code 17</b>"})
    assert Note.objects.get().text == "<b>door code 17</b>"
    text = client.get(page(order)).content.decode()
    assert "&lt;b&gt;door code 17&lt;/b&gt;" in text


def test_empty_note_is_refused(client):
    order = held_order()
    client.force_login(clerk())
    client.post(reverse("admin:order_order_note", args=[order.pk]), {"text": "  "})
    assert not Note.objects.exists()


def test_orders_are_neither_added_nor_deleted_nor_edited_by_hand(client):
    order = held_order()
    admin = a_user(username="root", is_staff=True, is_superuser=True)
    client.force_login(admin)
    assert client.get(reverse("admin:order_order_add")).status_code == 403
    assert (
        client.post(reverse("admin:order_order_delete", args=[order.pk]), {"post": "yes"}).status_code == 403
    )
    client.post(page(order), {"status": "completed", "total_incl_tax": "0.01"})
    order.refresh_from_db()
    assert (order.status, order.total_incl_tax) == ("in_review", D("243.00"))


def test_queue_of_the_desk_is_the_list_behind_its_link(client):
    order = held_order()
    client.force_login(clerk())
    desk = client.get(reverse("admin:index")).content.decode()
    assert "queue=holds-customer_service" in desk
    answer = client.get(reverse("admin:orders_hold_changelist") + "?queue=holds-customer_service")
    assert [hold.order_id for hold in answer.context["cl"].result_list] == [order.pk]
    hold = order.holds.get()
    Hold.objects.filter(pk=hold.pk).update(
        cleared_at=clock.now(), cleared_by=a_user(username="other"), note="done"
    )
    review_order(order_id=order.pk)
    answer = client.get(reverse("admin:orders_hold_changelist") + "?queue=holds-customer_service")
    assert list(answer.context["cl"].result_list) == []


@pytest.mark.parametrize("text", ["number", "tail", "8000"])
def test_search_finds_the_order_by_number_and_by_the_tail_of_a_phone(client, text):
    order = held_order()
    person = clerk()
    client.force_login(person)
    tail = str(order.customer.phone)[-4:]
    wanted = {"number": order.number, "tail": tail, "8000": order.number[-4:]}[text]
    found = client.get(reverse("admin:search"), {"s": wanted, "extended": "1"}).content.decode()
    assert order.number in found


def test_search_shows_orders_only_to_who_may_open_them(client):
    order = held_order()
    client.force_login(clerk("warehouse"))
    found = client.get(reverse("admin:search"), {"s": order.number, "extended": "1"}).content.decode()
    assert order.number not in found


def rule_form(rule: HoldRule, **typed) -> dict[str, str]:
    values = {"code": rule.code, "kind": rule.kind, "department": rule.department, "regions": "[]"}
    return values | {"hours": rule.hours, "amount": rule.amount or "", "active": "on"} | typed


def test_second_of_two_who_save_one_rule_gets_the_conflict_page_with_both_values(client):
    """F20: nothing of the first is lost, nothing of the second is saved."""
    rule = HoldRule.objects.create(code="big", kind="amount_above", department="finance", amount="500")
    rule.refresh_from_db()
    url = reverse("admin:orders_holdrule_change", args=[rule.pk])
    client.force_login(clerk("manager"))
    read = client.get(url).context["read_mark"]
    assert read == mark_of(rule)
    assert client.post(url, rule_form(rule, _read=read, hours="8")).status_code == 302
    second = client.post(url, rule_form(rule, _read=read, hours="48"))
    assert second.status_code == 409
    assert [(str(theirs), yours) for _label, theirs, yours in second.context["fields"]] == [("8", "48")]
    rule.refresh_from_db()
    assert rule.hours == 8


def test_without_the_check_the_first_save_is_lost(client):
    rule = HoldRule.objects.create(code="big", kind="amount_above", department="finance", amount="500")
    rule.refresh_from_db()
    url = reverse("admin:orders_holdrule_change", args=[rule.pk])
    client.force_login(clerk("manager"))
    read = client.get(url).context["read_mark"]
    client.post(url, rule_form(rule, _read=read, hours="8"))
    with guard_off("F20"):
        client.post(url, rule_form(rule, _read=read, hours="48"))
    rule.refresh_from_db()
    assert rule.hours == 48


@pytest.fixture
def fitted(db):
    """A delivered order whose fitting is still to be done."""
    company = a_company()
    fitting = a_sku("FIT", price="113.00", track_stock=False, performed="by_hand")
    wrap = a_sku("WRAP", price="22.60", track_stock=False)
    order = placed(company, {company.cup: 1, wrap: 1, fitting: 1})
    has_gone(sent(order)[0])
    order.refresh_from_db()
    return order


def report(order: Order, **changes) -> dict:
    line = order.lines.get(service="by_hand")
    return {
        "version": order.version,
        "perform-service-line": line.pk,
        "perform-service-on": f"{clock.today()}",
        "perform-service-note": "fitted, tested",
    } | changes


def test_page_shows_services_and_staff_report_one_done(client, fitted):
    client.force_login(clerk("warehouse"))
    assert client.post(step(fitted, "perform-service"), report(fitted)).status_code == 403
    client.force_login(clerk())
    text = client.get(page(fitted)).content.decode()
    assert "to be done" in text
    assert "Service done" in text
    assert "Services to be done and reported" in client.get(reverse("admin:index")).content.decode()
    assert list(awaiting_service()) == [fitted]
    wrong = client.post(
        step(fitted, "perform-service"), report(fitted, **{"perform-service-on": "2001-01-01"})
    )
    assert (wrong.status_code, ServiceReport.objects.count()) == (409, 1)
    assert client.post(step(fitted, "perform-service"), report(fitted)).status_code == 302
    events.drain_all()
    fitted.refresh_from_db()
    assert (fitted.status, fitted.delivery_state) == ("completed", "delivered")
    text = client.get(page(fitted)).content.decode()
    assert "fitted, tested" in text
    assert "Service performed" in text
    assert "Service done" not in text
    assert not awaiting_service()


def test_a_service_that_is_cancelled_needs_a_reason_and_is_refunded(client, fitted):
    client.force_login(clerk())
    line = fitted.lines.get(service="by_hand")
    values = {"version": fitted.version, "cancel-service-line": line.pk}
    assert client.post(step(fitted, "cancel-service"), values).status_code == 422
    answer = client.post(step(fitted, "cancel-service"), values | {"cancel-service-note": "moved away"})
    assert answer.status_code == 302
    assert line.service_report.refunded == line.gross


def test_services_wait_for_their_goods_on_the_page_too(client):
    company = a_company()
    fitting = a_sku("FIT", price="113.00", track_stock=False, performed="by_hand")
    order = placed(company, {company.cup: 1, fitting: 1})
    client.force_login(clerk())
    assert "Its goods have not all arrived yet." in client.get(page(order)).content.decode()
    answer = client.post(step(order, "perform-service"), report(order))
    assert (answer.status_code, ServiceReport.objects.exists()) == (409, False)


def test_a_buyer_chooses_how_a_service_is_performed_and_nothing_else(client):
    wrap, cup = a_sku("WRAP", track_stock=False), a_sku("CUP2")
    wrap.refresh_from_db()
    client.force_login(clerk("buyer"))
    address = reverse("admin:inventory_sku_change", args=[wrap.pk])
    inline = {"levels-TOTAL_FORMS": 0, "levels-INITIAL_FORMS": 0}
    values = {"performed": "by_hand", "code": "OTHER", "_read": mark_of(wrap)} | inline
    answer = client.post(address, values | {"barcodes-TOTAL_FORMS": 0, "barcodes-INITIAL_FORMS": 0})
    assert answer.status_code == 302
    wrap.refresh_from_db()
    assert (wrap.performed, wrap.code) == ("by_hand", "WRAP")
    text = client.get(reverse("admin:inventory_sku_change", args=[cup.pk])).content.decode()
    assert 'name="performed"' not in text
    client.force_login(clerk("warehouse"))
    assert 'name="performed"' not in client.get(address).content.decode()
    client.post(address, values | {"performed": "with_goods"})
    wrap.refresh_from_db()
    assert wrap.performed == "by_hand"
