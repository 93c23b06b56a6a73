"""Each check is shown a breach, written by SQL past triggers and constraints, and must name it alone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from core import clock, states
from core.approvals import decide, request_approval, spend_approval
from core.events import drain_all
from core.invariants import find_breaches
from core.jobs import run_job, start_job
from core.models import ApprovalPolicy, PeriodicJob, PeriodicRun
from core.origins import Origin
from core.rights import grant_role
from tests.core.eventful import Counted, Poisoned, tell
from tests.core.jobbing import count  # noqa: F401 - registers the kind
from tests.crm.builders import a_customer, a_user

pytestmark = [pytest.mark.django_db, pytest.mark.breach]


def by_sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        assert cursor.rowcount
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def found() -> dict[str, list[str]]:
    return {breach.number: breach.rows for breach in find_breaches()}


@pytest.fixture
def job():
    made = start_job("tests.count", parameters={"rows": 1})
    run_job(made.pk)
    assert found() == {}
    return made


def test_state_changed_by_hand_is_found(job):
    by_sql("UPDATE core_job SET state = 'queued' WHERE id = %s", job.pk)
    assert found() == {"I40": [f"job:{job.pk} is queued, its history ends in done"]}


def test_step_that_the_graph_does_not_have_is_found(job):
    states.record(job, old="done", new="queued", axis="state")
    by_sql("UPDATE core_job SET state = 'queued' WHERE id = %s", job.pk)
    assert found() == {"I40": [f"job:{job.pk} done → queued is no step of its graph"]}


def test_history_with_a_hole_is_found(job):
    by_sql("UPDATE core_statuschange SET new = 'queued' WHERE origin_kind = 'job' AND new = 'running'")
    assert f"job:{job.pk} running → done after queued" in found()["I40"]


def test_event_that_nobody_takes_is_found_and_one_behind_a_parked_is_not():
    tell(Counted(1))
    tell(Poisoned(1), about=2)
    tell(Poisoned(2), about=2)
    assert found() == {}
    by_sql("UPDATE core_eventdelivery SET state = 'done' WHERE handler LIKE '%%survive'")
    by_sql(
        "UPDATE core_eventdelivery SET state = 'parked' WHERE event_id ="
        " (SELECT min(id) FROM core_event WHERE name = 'Poisoned') AND handler LIKE '%%die'"
    )
    by_sql("UPDATE core_event SET written_at = now() - interval '11 minutes'")
    (row,) = found()["I43"]
    assert row.endswith("for tests.core.eventful.note_count, attempts 0")


@pytest.fixture
def approval():
    clerk, boss = a_user(), a_user()
    for person in (clerk, boss):
        grant_role(user=person, role="manager")
    ApprovalPolicy.objects.create(kind="refund", role="manager", amount_from=0, amount_below=1000)
    request = request_approval(
        kind="refund", about=Origin("customer", 1), version=1, amount=Decimal(9), by=clerk, reason="x"
    )
    decide(request_id=request.pk, by=boss, approve=True, version=1)
    spend_approval(kind="refund", about=Origin("customer", 1), version=1, amount=Decimal(9))
    drain_all()
    assert found() == {}
    return request


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE core_approvalstep s SET decided_by_id = r.requested_by_id"
            " FROM core_approvalrequest r WHERE r.id = s.request_id",
            "decided by who asked for it",
        ),
        ("UPDATE core_approvalstep SET decision = 'rejected'", "level 1 has not approved it"),
        ('UPDATE core_approvalstep SET "limit" = 9', "above the limit of level 1"),
        ("UPDATE core_rolegrant SET revoked_at = granted_at", "level 1 signed without the role"),
        ("UPDATE core_approvalrequest SET executed_at = NULL", "executed without a time"),
    ],
)
def test_false_approval_is_found(approval, statement, words):
    by_sql(statement)
    breaches = found()
    assert breaches.pop("I47") == [f"approval {approval.pk}: {words}"]
    assert set(breaches) == {"I48"}  # the audit trail has not seen the change either


@pytest.mark.parametrize(
    "statement",
    ["UPDATE crm_customer SET name = 'somebody else'", "DELETE FROM crm_customerevent"],
)
def test_change_that_passed_the_audit_trail_is_found(statement):
    customer = a_customer()
    assert found() == {}
    by_sql(statement)
    assert found() == {"I48": [f"crm_customer {customer.pk}"]}


def test_periodic_job_that_stands_still_while_others_run_is_found():
    hour, now = timedelta(hours=1), clock.now().replace(minute=0, second=0, microsecond=0)
    going = PeriodicJob.objects.create(name="going", every=hour)
    standing = PeriodicJob.objects.create(name="standing", every=hour)
    for back in range(10):
        start = now - back * hour
        PeriodicRun.objects.create(job=going, period_start=start, started_at=start, state="done")
        if back > 4:
            PeriodicRun.objects.create(job=standing, period_start=start, started_at=start, state="done")
    assert [row.partition(" since")[0] for row in found()["I50"]] == ["standing: nothing"]
    standing.runs.all().delete()
    assert [row.partition(" since")[0] for row in found()["I50"]] == ["standing: nothing"]
    PeriodicJob.objects.filter(name="standing").update(active=False)
    assert found() == {}


def test_missed_day_of_a_job_that_must_make_up_for_it_is_found():
    day, now = timedelta(days=1), clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    job = PeriodicJob.objects.create(name="snapshot", every=day, catches_up=True)
    for back in (0, 1, 2, 3, 5, 6):
        start = now - back * day
        PeriodicRun.objects.create(job=job, period_start=start, started_at=start, state="done")
    assert len(found()["I50"]) == 1
    job.catches_up = False
    job.save()
    assert found() == {}
