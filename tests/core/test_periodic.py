from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from core import clock, periodic
from core.faults import guard_off
from core.models import PeriodicJob, PeriodicRun
from tests.threads import at_once

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 28, 23, 59, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@contextmanager
def registered(work, **terms):
    periodic.periodic(name="tests.work", **{"every": MINUTE, **terms})(work)
    try:
        yield
    finally:
        del periodic._known["tests.work"]


def test_each_period_is_done_once_however_often_beat_calls():
    done = []
    with registered(done.append), clock.virtual(START) as time:
        for _ in range(20):  # three beats, 30 s apart
            for _beat in range(3):
                periodic.run_periodic("tests.work")
            time.move_by(timedelta(seconds=30))
    assert done == [START + n * MINUTE for n in range(10)]
    assert set(PeriodicRun.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
def test_three_beats_at_once_do_the_period_once():
    done = []
    with registered(done.append, every=timedelta(days=1)):
        PeriodicJob.objects.create(name="tests.work", every=timedelta(days=1))
        at_once(3, lambda _: periodic.run_periodic("tests.work"))
    assert len(done) == 1


def test_without_the_row_each_beat_does_the_work():
    done = []
    with registered(done.append), guard_off("F87"), clock.virtual(START):
        for _ in range(3):
            periodic.run_periodic("tests.work")
    assert len(done) == 3


def test_failed_period_is_done_by_the_next_call():
    fail = [True]

    def work(period):
        if fail:
            raise ValueError("not now")

    with registered(work), clock.virtual(START):
        assert periodic.run_periodic("tests.work") == 0
        assert PeriodicRun.objects.get().error == "ValueError: not now"
        fail.clear()
        assert periodic.run_periodic("tests.work") == 1
        assert periodic.run_periodic("tests.work") == 0


def test_period_of_a_dead_worker_is_taken_again_after_a_while():
    done = []
    with registered(done.append, every=timedelta(days=1)), clock.virtual(START) as time:
        job = PeriodicJob.objects.create(name="tests.work", every=timedelta(days=1))
        PeriodicRun.objects.create(job=job, period_start=START.replace(hour=0, minute=0), started_at=START)
        assert periodic.run_periodic("tests.work") == 0
        job.runs.update(started_at=START - timedelta(hours=1))
        time.move_by(timedelta(seconds=30))
        assert periodic.run_periodic("tests.work") == 1


@pytest.mark.parametrize(("catches_up", "days"), [(True, [0, 1, 2, 3]), (False, [0, 3])])
def test_missed_periods_are_made_up_for_where_each_counts(catches_up, days):
    done = []
    day = timedelta(days=1)
    with registered(done.append, every=day, catches_up=catches_up), clock.virtual(START) as time:
        periodic.run_periodic("tests.work")
        time.move_by(3 * day)
        periodic.run_periodic("tests.work")
    midnight = START.replace(hour=0, minute=0)
    assert done == [midnight + n * day for n in days]


def test_switched_off_work_rests():
    done = []
    with registered(done.append):
        PeriodicJob.objects.create(name="tests.work", every=MINUTE, active=False)
        assert periodic.run_periodic("tests.work") == 0
    assert done == []


def test_set_up_writes_the_schedule_once_and_respects_what_is_switched_off():
    call_command("setup_shop")
    sweep = PeriodicTask.objects.get(name="shopsite: sweep")
    assert (sweep.task, sweep.queue, sweep.interval.every) == ("core.tasks.sweep", "critical", 5)
    # Beat calls new work at once: the work of a day does not begin tomorrow.
    assert ModelEntry(PeriodicTask.objects.get(name="shopsite: finance.tasks.close_days")).is_due().is_due
    assert PeriodicTask.objects.get(name="shopsite: crm.send_messages").args == '["crm.send_messages"]'
    PeriodicTask.objects.filter(pk=sweep.pk).update(enabled=False)
    PeriodicTask.objects.create(name="shopsite: gone", task="x", interval=sweep.interval)
    count = PeriodicTask.objects.count()
    call_command("setup_shop")
    assert PeriodicTask.objects.count() == count - 1
    assert not PeriodicTask.objects.get(pk=sweep.pk).enabled
