"""The back office as a whole: role × page and role × step, against a table that is kept by hand (F67).

Both tables are generated from what is registered, so that a page or a step without a row fails.
"""

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.urls import reverse

from core.admin.documents import DocumentAdmin
from core.intake import intakes
from core.reports import all_reports
from core.rights import grant_role
from tests.crm.builders import a_user

pytestmark = pytest.mark.django_db

COLUMNS = ["customer_service", "warehouse", "finance", "buyer", "manager", "admin"]

# v: the list opens. +: rows may be added. e: rows may be edited. Nobody deletes anything.
PAGES = """
catalogue.category                 .   .   .   v   v   v
catalogue.product                  .   .   .   v   v   v
core.approvalpolicy                .   .   .   .   v   v+e
core.approvalrequest               v   v   v   v   v   v
core.event                         .   .   .   .   v   v
core.eventdelivery                 .   .   .   .   v   v
core.heartbeat                     .   .   .   .   v   v
core.job                           v   v   v   v   v   v
core.legalentity                   .   .   .   .   v   v+e
core.periodicrun                   .   .   .   .   v   v
core.rolegrant                     .   .   .   .   v   v+
core.statuschange                  .   .   .   .   v   v
crm.customer                       v   .   v   .   v   v
crm.message                        v   .   .   .   v   v
crm.messagetemplate                .   .   .   .   ve  ve
crm.user                           .   .   .   .   v   v+e
django_celery_beat.periodictask    .   .   .   .   .   ve
finance.account                    .   .   v   .   v   v
finance.entry                      .   .   v   .   v   v
finance.inboxmessage               .   .   v   .   v   v
finance.moneyaccount               .   .   v   .   v   v
finance.payment                    .   .   v   .   v   v
finance.paymentintent              .   .   v   .   v   v
finance.period                     .   .   v   .   v   v
finance.posting                    .   .   v   .   v   v
finance.refund                     .   .   v   .   v   v
finance.statementfile              .   .   v   .   v   v
finance.statementline              .   .   v   .   v   v
finance.unappliedreceipt           .   .   v   .   v   v
inventory.backorder                v   v   .   v   v   v
inventory.channel                  .   v   .   v   v+e v+e
inventory.channelpool              .   v   .   v   v   v
inventory.reservation              v   v   .   v   v   v
inventory.sku                      .   v   .   ve  ve  ve
inventory.stockconflict            v   v   .   v   v   v
inventory.stocklevel               v   v   .   v   v   v
inventory.stockmove                .   v   .   v   v   v
inventory.stockpolicy              .   v   .   v   v+e v+e
inventory.warehouse                .   v   .   v   v+e v+e
inventory.warehousegroup           .   v   .   v   v+e v+e
logistics.courier                  .   v   ve  .   ve  ve
logistics.courierstatement         .   .   v   .   v   v
logistics.delivery                 v   v   v   .   v   v
logistics.parcel                   v   v   v   .   v   v
logistics.raterow                  .   .   v   .   v   v
logistics.remittance               .   .   v   .   v   v
logistics.shippingtariff           .   .   v+e .   v+e v+e
logistics.waybilloutcome           .   .   v   .   v   v
offer.conditionaloffer             v   .   v   .   v   v
order.order                        v   .   v   .   v   v
orders.hold                        v   .   v   .   v   v
orders.holdrule                    v   .   v   .   v+e v+e
orders.termrule                    v   .   v   .   ve  ve
returns.returncase                 v   v   v   .   v   v
returns.returnpolicy               v   v   v   .   v   v
"""

# Who may take a step; everybody else gets 403 before the document is even looked for.
STEPS = """
catalogue.category.text                  . . . x x x
catalogue.product.publish                . . . x x x
catalogue.product.hide                   . . . x x x
catalogue.product.picture                . . . x x x
catalogue.product.text                   . . . x x x
catalogue.product.price                  . . . x x x
catalogue.product.categories             . . . x x x
crm.customer.reveal                      x x x . x x
finance.entry.reverse                    . . x . . x
finance.refund.send                      . . x . . x
finance.refund.paid                      . . x . . x
finance.refund.again                     . . x . . x
finance.refund.cancel                    . . x . . x
finance.statementfile.accept             . . x . . x
finance.statementfile.agree              . . x . . x
finance.statementfile.decide             . . x . . x
finance.unappliedreceipt.apply           . . x . . x
finance.unappliedreceipt.send-back       . . x . . x
finance.unappliedreceipt.dismiss         . . x . . x
inventory.stockconflict.resolve          x . . . x x
logistics.courierstatement.accept        . . x . . x
logistics.courierstatement.agree         . . x . . x
logistics.courierstatement.decide        . . x . . x
logistics.delivery.start                 . x . . . x
logistics.delivery.finish                . x . . . x
logistics.delivery.stop                  x x . . x x
logistics.parcel.buy                     . x . . . x
logistics.parcel.track                   x x . . x x
logistics.parcel.take-back               . x . . . x
logistics.parcel.lose                    . . x . x x
logistics.parcel.ask-write-off           . . x . x x
logistics.parcel.write-off               . . x . x x
logistics.remittance.accept              . . x . . x
logistics.remittance.apply               . . x . . x
offer.conditionaloffer.pause             x . . . x x
offer.conditionaloffer.resume            x . . . x x
offer.conditionaloffer.extend            . . . . x x
offer.conditionaloffer.end               . . . . x x
order.order.clear-hold                   x x x . x x
order.order.reveal                       x x x . x x
order.order.perform-service              x . . . x x
order.order.cancel-service               x . . . x x
order.order.stop                         x x . . x x
order.order.cancel                       x . . . x x
returns.returncase.approve               x . . . x x
returns.returncase.reject                x . . . x x
returns.returncase.receive               . x . . . x
returns.returncase.inspect               . x . . . x
returns.returncase.settle-lost           . . x . x x
"""

# Pages beside lists and documents: (name, arguments), and who may open them.
PLACES = """
logistics_delivery_packing    . x . . . x
logistics_delivery_handover   . x . . . x
logistics_delivery_picklist   . x . . . x
offer_conditionaloffer_make   . . . . x x
returns_returncase_desk       . x . . . x
core_job_upload               . . x . x x
core_job_reports              . . x x x x
"""

# What may be sent in and what may be seen as a report: (kind or name), and by whom.
FILES = """
bank-statement       . . x . . x
courier-statement    . . x . . x
provider-bill        . . x . . x
rate-card            . . x . x x
remittance           . . x . . x
shipments            . . x . x x
"""
REPORTS = """
ageing      . . x . x x
cod         . . x . x x
freight     . . x . x x
ledger      . . x . x x
payments    . . x . x x
refunds     . . x . x x
stock       . . x x x x
"""


@pytest.fixture
def people(db):
    call_command("setup_shop")
    found = {}
    for role in COLUMNS:
        found[role] = a_user(username=role)
        grant_role(user=found[role], role=role)
    return found


def rows_of(table: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in table.strip().splitlines()}


def registered():
    return {model._meta.label_lower: page for model, page in admin.site._registry.items()}


def letters(client, request, model_admin) -> str:
    name = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}"
    found = ""
    if client.get(reverse(f"{name}_changelist")).status_code == 200:
        found += "v"
    if model_admin.has_add_permission(request):
        found += "+"
    if model_admin.has_change_permission(request):
        found += "e"
    assert not model_admin.has_delete_permission(request)
    return found or "."


def test_lists_open_for_the_roles_of_the_table(people, client):
    table = rows_of(PAGES)
    found = {label: [] for label in sorted(registered())}
    for person in people.values():
        client.force_login(person)
        request = client.get(reverse("admin:index")).wsgi_request
        for label in found:
            found[label].append(letters(client, request, registered()[label]))
    assert found == table


def test_steps_open_for_the_roles_of_the_table(people, client):
    """A step without the right is 403; with it, a document that is not there is 404."""
    steps = {
        f"{label}.{step.name}": reverse(
            f"admin:{page.opts.app_label}_{page.opts.model_name}_step", args=[999_999_999, step.name]
        )
        for label, page in sorted(registered().items())
        if isinstance(page, DocumentAdmin)
        for step in page.steps
    }
    found = {name: [] for name in steps}
    for person in people.values():
        client.force_login(person)
        for name, url in steps.items():
            status = client.post(url).status_code
            assert status in (403, 404), name
            found[name].append("x" if status == 404 else ".")
    assert found == rows_of(STEPS)


def test_work_places_open_for_the_roles_of_the_table(people, client):
    table = rows_of(PLACES)
    for number, person in enumerate(people.values()):
        client.force_login(person)
        for name, cells in table.items():
            status = client.get(reverse(f"admin:{name}"), follow=True).status_code
            assert status == (200 if cells[number] == "x" else 403), (name, person.username)


def opened(people, client, urls: dict[str, str]) -> dict[str, list[str]]:
    """Which of these addresses answer, by person; any answer but 200 and 403 is a fault."""
    found: dict[str, list[str]] = {name: [] for name in urls}
    for person in people.values():
        client.force_login(person)
        for name, url in urls.items():
            status = client.get(url).status_code
            assert status in (200, 403), (name, person.username, status)
            found[name].append("x" if status == 200 else ".")
    return found


def test_files_are_sent_in_by_the_roles_of_the_table(people, client):
    page = reverse("admin:core_job_upload")
    urls = {kind.code: f"{page}?kind={kind.code}" for kind in intakes()}
    assert opened(people, client, urls) == rows_of(FILES)


def test_reports_open_for_the_roles_of_the_table(people, client):
    urls = {report.name: reverse("admin:core_job_report", args=[report.name]) for report in all_reports()}
    assert opened(people, client, urls) == rows_of(REPORTS)


def test_steps_are_taken_by_post_only(people, client):
    client.force_login(people["admin"])
    for label, page in registered().items():
        if isinstance(page, DocumentAdmin) and page.steps:
            url = reverse(
                f"admin:{page.opts.app_label}_{page.opts.model_name}_step", args=[1, page.steps[0].name]
            )
            assert client.get(url).status_code == 405, label


def test_strangers_see_the_login_page_only(client):
    shopper = a_user()
    for person in (None, shopper):
        if person:
            client.force_login(person)
        for page in registered().values():
            url = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
            answer = client.get(url)
            assert answer.status_code == 302, url
            assert answer.url.startswith("/admin/login/")


def test_nobody_raises_his_own_rights_through_a_forged_form(people, client):
    """F77: whoever may not grant roles cannot make himself a superuser either."""
    for role in ("customer_service", "warehouse", "finance", "buyer", "manager"):
        person = people[role]
        client.force_login(person)
        url = reverse("admin:crm_user_change", args=[person.pk])
        assert client.post(url, {"username": role, "is_superuser": "on", "is_staff": "on"}).status_code == 403
        add = reverse("admin:core_rolegrant_add")
        assert client.post(add, {"user": person.pk, "role": "admin"}).status_code == 403
        person.refresh_from_db()
        assert not person.is_superuser
        assert list(person.role_grants.values_list("role", flat=True)) == [role]
