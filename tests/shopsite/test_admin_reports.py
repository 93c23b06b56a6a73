"""Reports on screen: read by a job, tied to the ledger in figures, as files of the same content, by right.

One cup for 130.00 against cash (113.00, 12.00 for shipping, 5.00 for collecting); its goods cost 40.00.
"""

import csv
import io
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import charts, clock
from core.jobs import run_job
from core.models import Job
from core.rights import grant_role
from core.tabular import column_set, open_table
from tests.crm.builders import a_user
from tests.logistics.builders import a_shipped_parcel, has_gone
from tests.scenarios.company import a_company

pytestmark = pytest.mark.django_db
NAMES = ["payments", "cod", "freight", "refunds", "ageing", "stock", "ledger"]


@pytest.fixture(autouse=True)
def clerk(client):
    call_command("setup_shop")
    person = a_user(username="clerk")
    grant_role(user=person, role="finance")
    client.force_login(person)
    return person


def shown(client, name: str, first=None, last=None):
    """The clerk asks for a report, the worker reads it; the page."""
    today = clock.today()
    period = {"from": first or today - timedelta(days=5), "to": last or today, "entity": "main"}
    url = reverse("admin:core_job_report", args=[name])
    period["entity"] = client.get(url).context["form"].fields["entity"].choices[0][0]
    answer = client.post(url, period)
    assert answer.status_code == 302, answer.context["form"].errors
    job = Job.objects.order_by("-id").first()
    assert answer.url == f"{url}?job={job.pk}"
    assert b'data-finished="no"' in client.get(answer.url).content
    assert run_job(job.pk)
    page = client.get(answer.url)
    assert page.status_code == 200
    return page, job


def file_of(client, page, kind: str) -> bytes:
    url = dict(page.context["downloads"])[kind]
    return b"".join(client.get(url).streaming_content)


def status_of(client, url: str) -> int:
    """What a door answers; a file is let go of again."""
    answer = client.get(url)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def test_cash_on_delivery_is_shown_with_its_chart_and_the_same_figures_in_both_files(client):
    parcel = has_gone(a_shipped_parcel(a_company()))
    page, job = shown(client, "cod")
    tie = {str(row["title"]): (row["total"], row["ledger"], row["gap"]) for row in page.context["tie"]}
    assert tie == {
        "Collected": (D("130.00"), D("130.00"), D(0)),
        "Remitted": (D("0.00"), D("0.00"), D(0)),
        "Written off": (D("0.00"), D("0.00"), D(0)),
        "Still with the courier": (D("130.00"), D("130.00"), D(0)),
    }
    text = page.content.decode()
    assert "ties to the ledger" in text
    assert text.count("<rect") == 1
    assert parcel.order.number in text
    job.refresh_from_db()
    assert (job.result["rows"], job.result["ties"]) == (1, True)

    lines = list(csv.reader(io.StringIO(file_of(client, page, "CSV").decode("utf-8-sig"))))
    row = next(line for line in lines if parcel.order.number in line)
    assert "130.00" in row
    wanted = column_set(
        "cod", {"order": ("Order",), "collected": ("Collected",), "open": ("Still with the courier",)}, {}
    )
    with open_table(file_of(client, page, "XLSX"), wanted, name="cod.xlsx") as table:
        (found,) = [dict(row.cells) for row in table.rows()]
    assert found["order"] == parcel.order.number
    assert (D(found["collected"]), D(found["open"])) == (130, 130)


@pytest.mark.parametrize("name", NAMES)
def test_every_report_opens_ties_and_takes_few_queries(client, name):
    has_gone(a_shipped_parcel(a_company()))
    page, job = shown(client, name)
    assert [row["gap"] for row in page.context["tie"] if row["ledger"] is not None and row["gap"]] == []
    assert set(dict(page.context["downloads"])) == {"XLSX", "CSV"}
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("admin:core_job_report", args=[name]) + f"?job={job.pk}")
    assert len(queries) <= 15


def test_a_period_without_anything_says_so(client):
    page, _job = shown(
        client, "payments", clock.today() - timedelta(days=900), clock.today() - timedelta(days=899)
    )
    assert "Nothing falls into this period." in page.content.decode()
    assert page.context["chart"] is None


def test_a_period_that_ends_before_it_begins_is_refused_with_the_dates_still_there(client):
    url = reverse("admin:core_job_report", args=["cod"])
    answer = client.post(url, {"from": "2026-09-30", "to": "2026-09-01", "entity": "x"})
    assert answer.status_code == 422
    assert "2026-09-30" in answer.content.decode()
    entity = answer.context["form"].fields["entity"].choices[0][0]
    answer = client.post(url, {"from": "2026-09-30", "to": "2026-09-01", "entity": entity})
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    assert "The period ends before it begins" in answer.content.decode()


def test_files_and_figures_of_a_report_stay_with_those_who_may_see_it(client):
    has_gone(a_shipped_parcel(a_company()))
    page, job = shown(client, "cod")
    links = [url for _name, url in page.context["downloads"]]
    for role, status in [("warehouse", 403), ("buyer", 403), ("manager", 200)]:
        person = a_user(username=role)
        grant_role(user=person, role=role)
        client.force_login(person)
        assert [status_of(client, url) for url in links] == [status] * 2, role
        hidden = client.get(reverse("admin:core_job_file", args=[job.pk, "page.json"]))
        assert hidden.status_code == 404
        if status == 403:
            assert client.get(reverse("admin:core_job_result", args=[job.pk])).status_code == 404
            assert client.get(reverse("admin:core_job_change", args=[job.pk])).status_code in (302, 403, 404)


def test_a_chart_has_every_day_between_and_long_periods_by_month():
    chart = charts.draw([("2026-03-01", D("10.00")), ("2026-03-04", D("-5.00"))])
    assert [(bar.label, bar.amount) for bar in chart.bars] == [
        ("2026-03-01", D("10.00")), ("2026-03-02", 0), ("2026-03-03", 0), ("2026-03-04", D("-5.00")),
    ]  # fmt: skip
    up, _none, _nothing, down = chart.bars
    assert up.y + up.height == pytest.approx(chart.zero)
    assert down.y == pytest.approx(chart.zero)
    assert up.height == pytest.approx(2 * down.height, abs=0.2)
    assert [tick.amount for tick in chart.y_ticks] == [-5, 0, 5, 10]

    level = charts.draw([("2026-03-01", D(10)), ("2026-03-04", D(5))], kind="line")
    assert [bar.amount for bar in level.bars] == [10, 10, 10, 5]
    long = charts.draw([("2026-01-01", D(1)), ("2026-01-31", D(2)), ("2026-12-31", D(4))])
    assert [(long.bars[0].label, long.bars[0].amount), len(long.bars)] == [("2026-01", 3), 12]
    words = charts.draw([("0-30", D("-128.00")), ("31-60", D(0))])
    assert [bar.label for bar in words.bars] == ["0-30", "31-60"]
    assert charts.draw([]) is None
    assert charts.draw([("2026-03-01", D(0))]) is None
