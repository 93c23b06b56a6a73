"""The outbox and jobs on real Celery workers and a real Redis, killed where it hurts (F83, F86, F88)."""

import random

import pytest
from celery import Celery
from django.db import transaction
from kombu.exceptions import OperationalError

from core import clock
from core.events import announce, drain, wake
from core.faults import guard_off
from core.jobs import start_job
from core.models import Event, EventDelivery, Job
from core.origins import Origin
from tests.core.eventful import Counted, Poisoned, effects, tell
from tests.core.jobbing import count  # noqa: F401 - registers the kind
from tests.core.workers import Broker, Worker, a_broker
from tests.threads import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROWS = 60


@pytest.fixture
def broker(tmp_path, settings, monkeypatch):
    """A Redis of the test's own, and the shop's nudges going there."""
    settings.WAKE_WORKERS = True
    monkeypatch.setattr(wake, "_silent_until", 0.0)
    with a_broker(tmp_path) as running:
        sender = Celery("tests", set_as_current=False)
        sender.config_from_object("django.conf:settings", namespace="CELERY")
        sender.conf.broker_url = running.url
        monkeypatch.setattr(wake, "_publish", lambda: sender.send_task)
        yield running
        sender.close()


def sweep() -> None:
    """What beat does every five seconds, here at once: time stands where the back-off ends."""
    EventDelivery.objects.filter(state="due", attempts__gt=0).update(due_at=clock.now())
    wake._silent_until = 0.0
    wake.send("core.tasks.sweep")


def open_rows() -> int:
    return EventDelivery.objects.filter(state="due").count()


def test_every_row_is_done_once_though_children_and_workers_are_killed(broker: Broker):
    dice = random.Random(20260321)
    worker = Worker(broker)
    try:
        for number in range(ROWS):
            tell(Counted(number), about=number % 7)
            if number in (20, 35):
                eventually(lambda: effects())
                worker.kill_a_child()
            if number == 45:
                worker.kill()
                worker = Worker(broker)
        while open_rows():
            sweep()
            if dice.random() < 0.2:
                worker.kill_a_child()
            before = open_rows()
            eventually(lambda before=before: open_rows() < before or not open_rows())
    finally:
        worker.kill()
    done = effects()
    assert sorted(done) == list(range(ROWS)), worker.log()[-2000:]
    for document in range(7):
        stream = [number for number in done if number % 7 == document]
        assert stream == sorted(stream)


def test_event_that_kills_its_worker_is_parked_and_the_good_ones_are_done(broker: Broker):
    tell(Poisoned(1), about=1)
    for number in range(20):
        tell(Counted(number), about=number)
    worker = Worker(broker, POISON_KILLS="1")
    try:

        def poison() -> EventDelivery:
            sweep()
            return EventDelivery.objects.get(handler__endswith="die")

        eventually(lambda: poison().state == "parked", seconds=120)
        eventually(lambda: not open_rows())
    finally:
        worker.kill()
    assert poison().attempts == 5
    assert sorted(effects()) == list(range(20))
    assert effects("survived") == [1]


def test_broker_that_is_down_costs_no_commit_and_nothing_is_lost(broker: Broker):
    broker.stop()
    before = wake.failures
    later = []
    for number in range(20):
        with transaction.atomic():
            announce(Counted(number), about=Origin("thing", number % 3))
            transaction.on_commit(lambda number=number: later.append(number))
    assert later == list(range(20))
    assert Event.objects.count() == 20
    assert wake.failures > before
    broker.start()  # with nothing in it
    worker = Worker(broker)
    try:
        eventually(lambda: sweep() or not open_rows())
    finally:
        worker.kill()
    assert sorted(effects()) == list(range(20))


def test_without_the_robust_nudge_a_committed_caller_gets_an_error(broker: Broker):
    broker.stop()
    later = []

    def commit() -> None:
        with transaction.atomic():
            announce(Counted(1), about=Origin("thing", 1))
            transaction.on_commit(lambda: later.append(1))

    with guard_off("F86"), pytest.raises(OperationalError):
        commit()
    assert Event.objects.count() == 1
    assert later == []  # what should have followed did not run
    assert drain() == 1


def test_job_of_a_killed_child_is_finished_by_another(broker: Broker):
    worker = Worker(broker)
    try:
        job = start_job("tests.count", parameters={"rows": 30, "kills": 11})
        eventually(lambda: Job.objects.get(pk=job.pk).cursor == 11)
        eventually(lambda: _wake(job) or Job.objects.get(pk=job.pk).state == "done", seconds=120)
    finally:
        worker.kill()
    job.refresh_from_db()
    assert effects() == list(range(30))
    assert job.takes >= 2


def _wake(job: Job) -> None:
    """The sweep, at the moment when the lease of the dead worker is over."""
    if Job.objects.get(pk=job.pk).takes == 1:
        type(job.progress).objects.filter(job=job).update(heartbeat=None)
    wake._silent_until = 0.0
    wake.send("core.tasks.sweep")
