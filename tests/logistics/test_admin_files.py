"""Files that a clerk sends in: read by a job, told in figures, nothing twice, nobody without the right."""

import csv
import io
from dataclasses import replace
from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from core import clock, intake
from core.errors import InvalidInput, NotAllowed
from core.jobs import run_job
from core.models import Job
from core.rights import grant_role
from finance.models import Entry, MoneyAccount, StatementFile
from logistics.models import CourierStatement, OpeningWaybill, RateRow, Remittance
from tests.crm.builders import a_user
from tests.logistics.builders import a_bill, a_shipped_parcel, has_gone, number_of
from tests.logistics.test_import_commands import CARD, SHIPMENTS
from tests.scenarios.company import a_company

pytestmark = pytest.mark.django_db
UPLOAD = "admin:core_job_upload"


@pytest.fixture(autouse=True)
def _own_folder(db, settings, tmp_path):
    """Groups, and a folder for private files that no other test sweeps."""
    settings.STORAGES = settings.STORAGES | {
        "private": settings.STORAGES["private"] | {"OPTIONS": {"location": str(tmp_path)}}
    }
    call_command("setup_shop")


@pytest.fixture
def clerk(client):
    person = a_user(username="clerk")
    grant_role(user=person, role="finance")
    client.force_login(person)
    return person


def send(client, kind: str, owner, data: bytes, name: str = "bill.csv", **values):
    """The clerk chooses and presses the button; the answer and the job."""
    url = reverse(UPLOAD) + f"?kind={kind}"
    answer = client.post(
        url, {"owner": getattr(owner, "pk", owner), "file": SimpleUploadedFile(name, data), **values}
    )
    return answer, Job.objects.order_by("-id").first()


def page(client, job: Job, *, follow: bool = True):
    return client.get(reverse("admin:core_job_change", args=[job.pk]) + "?open=1", follow=follow)


def parcel_of(company):
    return has_gone(a_shipped_parcel(company))


def right(parcel) -> bytes:
    number = number_of(parcel)
    return a_bill(
        (number, "运费", "8.00"), (number, "代收货款服务费", "2.00"), (number, "代收货款", "130.00")
    )


def test_a_courier_statement_is_read_by_a_job_and_opens_as_the_statement(client, clerk):
    company = a_company()
    data = right(parcel_of(company))
    answer, job = send(client, "courier-statement", company.courier, data)
    assert answer.status_code == 302
    assert answer.url == reverse("admin:core_job_change", args=[job.pk]) + "?open=1"
    waiting = page(client, job)
    assert waiting.status_code == 200
    assert not CourierStatement.objects.exists()  # reading is the worker's work
    assert b'data-finished="no"' in waiting.content

    assert run_job(job.pk)
    opened = page(client, job)
    statement = CourierStatement.objects.get()
    assert opened.redirect_chain[-1][0] == reverse(
        "admin:logistics_courierstatement_change", args=[statement.pk]
    )
    assert (statement.state, statement.billed, statement.collected) == ("matched", D("10.00"), D("130.00"))
    assert statement.received_by == clerk
    job.refresh_from_db()
    assert (job.state, job.progress.done) == ("done", 3)
    assert job.result["figures"]["billed"] == "10.00"


def test_the_same_file_again_adds_nothing_and_says_so(client, clerk):
    company = a_company()
    data = right(parcel_of(company))
    for name in ("bill.csv", "renamed.csv"):
        _answer, job = send(client, "courier-statement", company.courier, data, name)
        run_job(job.pk)
    assert CourierStatement.objects.count() == 1
    opened = page(client, job)
    assert b"renamed.csv is known already: nothing was added." in opened.content
    assert opened.redirect_chain[-1][0].endswith(f"/{CourierStatement.objects.get().pk}/change/")


def test_a_dry_run_reports_the_figures_and_keeps_nothing(client, clerk):
    company = a_company()
    data = right(parcel_of(company))
    _answer, job = send(client, "courier-statement", company.courier, data, dry_run="on")
    run_job(job.pk)
    opened = page(client, job)
    assert opened.status_code == 200
    assert opened.redirect_chain == []
    assert "only checked, nothing is kept" in opened.content.decode()
    figures = {str(label): value for label, value in opened.context["figures"]}
    assert (figures["Rows"], figures["Billed"], figures["Cash stated"]) == (3, "10.00", "130.00")
    assert not CourierStatement.objects.exists()
    assert opened.context["document_url"] is None


def test_rows_that_cannot_be_read_are_told_with_row_column_and_value_and_can_be_downloaded(client, clerk):
    company = a_company()
    number = number_of(parcel_of(company))
    data = a_bill((number, "运费", "8.00"), (number, "运费", "acht"), ("", "运费", "3.00"))
    _answer, job = send(client, "courier-statement", company.courier, data)
    run_job(job.pk)
    shown = client.get(reverse("admin:core_job_change", args=[job.pk]))
    text = shown.content.decode()
    assert "acht" in text
    assert "金额 “acht”: This is not an amount. Correct it." in text
    client.cookies["django_language"] = "zh-hans"
    text = client.get(reverse("admin:core_job_change", args=[job.pk])).content.decode()
    assert "金额“acht”：这不是有效金额。请更正。" in text
    client.cookies["django_language"] = "en"
    answer = client.get(reverse("admin:core_job_result", args=[job.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["3", "4"]
    assert rows[1][0] == "bill.csv"
    assert rows[1][5:] == [number, "运费", "运费", "acht"]
    opened = page(client, job)
    assert "2 of them could not be taken:" in opened.content.decode()


def test_a_file_that_is_no_statement_is_refused_in_the_language_of_the_clerk(client, clerk):
    company = a_company()
    client.cookies["django_language"] = "zh-hans"
    _answer, job = send(
        client, "courier-statement", company.courier, b"\x89PNG\r\n\x1a\n" + b"0" * 99, "x.png"
    )
    assert job.parameters["language"] == "zh-hans"
    run_job(job.pk)
    with translation.override("zh-hans"):
        shown = client.get(reverse("admin:core_job_change", args=[job.pk])).content.decode()
    job.refresh_from_db()
    assert job.result["refusal"] in shown
    assert any("\u4e00" <= letter <= "\u9fff" for letter in job.result["refusal"])
    assert not CourierStatement.objects.exclude(state="refused").exists()


@pytest.mark.parametrize(
    ("kind", "data", "limit", "words"),
    [
        ("bank-statement", b"", None, "x.csv is empty"),
        ("bank-statement", b"0" * 3000, 1024, "at most 0 MB are read"),
    ],
)
def test_files_without_content_or_above_the_limit_are_refused_at_the_door(
    client, clerk, monkeypatch, kind, data, limit, words
):
    if limit:
        monkeypatch.setitem(intake._intakes, kind, replace(intake._intakes[kind], limit=limit))
    bank = MoneyAccount.objects.filter(kind="bank").first()
    answer, job = send(client, kind, bank, data, "x.csv")
    assert (answer.status_code, job) == (422, None)
    assert words in answer.content.decode()


def test_columns_that_name_nothing_are_refused_on_their_field(client, clerk):
    company = a_company()
    with translation.override("zh-hans"):
        answer, job = send(client, "courier-statement", company.courier, b"x", columns="waybill")
    assert (answer.status_code, job) == (422, None)
    assert "“waybill”" in answer.context["form"].errors["columns"][0]


def test_whose_file_it_is_has_to_be_chosen_from_the_list(client, clerk):
    answer, job = send(client, "courier-statement", 999_999, b"x")
    assert (answer.status_code, job) == (422, None)
    with pytest.raises(InvalidInput):
        intake.send_file(
            code="remittance", owner=999_999, file=SimpleUploadedFile("a", b"x"), filename="a", by=clerk
        )


def test_a_remittance_a_price_list_waybills_a_bank_file_and_a_bill_go_through_the_same_door(client, clerk):
    company = a_company()
    parcel = parcel_of(company)
    paid = f"运单号,代收货款,手续费,实付金额\n{number_of(parcel)},130.00,0.00,130.00\n".encode()
    _answer, job = send(client, "remittance", company.courier, paid, "advice.csv")
    run_job(job.pk)
    assert Remittance.objects.get().paid == D("130.00")
    assert "/remittance/" in page(client, job).redirect_chain[-1][0]

    before = RateRow.objects.count()
    _answer, job = send(
        client, "rate-card", company.courier, CARD.replace("2026-01-01", "2027-01-01").encode()
    )
    run_job(job.pk)
    assert RateRow.objects.count() == before + 3
    _answer, job = send(client, "shipments", company.courier, SHIPMENTS.replace("SF1", "SF7").encode())
    run_job(job.pk)
    assert OpeningWaybill.objects.count() == 3
    assert page(client, job).status_code == 200

    bank = MoneyAccount.objects.filter(kind="bank").first()
    entries = Entry.objects.count()
    text = "date,amount,currency,reference,counterparty\n2026-03-02,12.50,CNY,R1,Somebody\n"
    _answer, job = send(client, "bank-statement", bank, text.encode(), "bank.csv")
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    found = StatementFile.objects.get()
    assert (found.filename, found.kind) == ("bank.csv", "bank")
    assert Entry.objects.count() == entries  # nothing is posted before it is agreed


def test_nobody_sends_or_sees_files_without_the_right(client, clerk):
    company = a_company()
    _answer, job = send(client, "courier-statement", company.courier, right(parcel_of(company)))
    run_job(job.pk)
    packer = a_user(username="packer")
    grant_role(user=packer, role="warehouse")
    with pytest.raises(NotAllowed):
        intake.send_file(
            code="courier-statement",
            owner=company.courier.pk,
            file=SimpleUploadedFile("a.csv", b"x"),
            filename="a.csv",
            by=packer,
        )
    client.force_login(packer)
    assert client.get(reverse(UPLOAD)).status_code == 403
    assert client.get(reverse("admin:core_job_result", args=[job.pk])).status_code == 404
    assert client.get(reverse("admin:core_job_progress", args=[job.pk])).status_code == 404
    assert b"bill.csv" not in client.get(reverse("admin:core_job_changelist")).content
    manager = a_user(username="manager")
    grant_role(user=manager, role="manager")
    client.force_login(manager)
    assert client.get(reverse(UPLOAD)).status_code == 200  # price lists and waybills
    assert client.get(reverse(UPLOAD) + "?kind=bank-statement").status_code == 403


def test_the_page_of_files_takes_few_queries(client, clerk):
    company = a_company()
    parcel = parcel_of(company)
    for number in range(15):
        send(client, "courier-statement", company.courier, right(parcel) + b"\n" * number, dry_run="on")
    client.get(reverse(UPLOAD))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse(UPLOAD)).status_code == 200
    assert len(queries) <= 15


def test_files_that_were_read_long_ago_are_swept(client, clerk, monkeypatch):
    company = a_company()
    _answer, _job = send(client, "courier-statement", company.courier, right(parcel_of(company)))
    assert intake.sweep_uploads() == 0
    monkeypatch.setattr(clock, "machine_now", lambda: clock.now() + intake.KEPT_FOR * 2)
    assert intake.sweep_uploads() >= 1
