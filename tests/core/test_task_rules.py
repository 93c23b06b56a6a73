"""Rules for tasks that code and settings keep (FAILURES section 4)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings

import core.tasks  # noqa: F401 - registers the tasks

ROOT = Path(__file__).parents[2]
APPS = ["core", "crm", "finance", "inventory", "logistics", "orders", "returns", "storefront", "shopsite"]
LATER = {"eta", "countdown"}
SENDING = {"delay", "apply_async", "delay_on_commit", "send_task"}


def offences(source: str) -> list[str]:
    """Calls that put work off in the broker, or send it past the outbox."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        found += [keyword.arg for keyword in node.keywords if keyword.arg in LATER]
        if isinstance(node.func, ast.Attribute) and node.func.attr in SENDING:
            found.append(node.func.attr)
    return found


def sources() -> Iterator[Path]:
    for app in APPS:
        yield from (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def test_nothing_is_put_off_in_the_broker_or_sent_past_the_outbox():
    broken = {
        str(path.relative_to(ROOT)): found for path in sources() if (found := offences(path.read_text()))
    }
    assert broken == {}


@pytest.mark.parametrize(
    "source", ["task.apply_async(eta=x)", "task.delay(1)", "f(countdown=5)", "t.delay_on_commit(2)"]
)
def test_planted_offence_is_seen(source):
    assert offences(source)


def test_no_task_may_run_or_wait_longer_than_the_broker_hides_it():
    hidden = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    delays = [
        task.default_retry_delay for name, task in current_app.tasks.items() if name.startswith("core.")
    ]
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < hidden
    assert max(delays) <= 60


def test_a_lost_worker_loses_no_task():
    assert settings.CELERY_TASK_ACKS_LATE
    assert settings.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert settings.CELERY_TASK_RETRY_ON_WORKER_LOST
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1


def test_every_queue_is_named():
    assert [queue.name for queue in settings.CELERY_TASK_QUEUES] == ["critical", "default", "bulk"]
