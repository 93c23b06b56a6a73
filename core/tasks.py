"""What the workers run: wake-ups and sweeps. A task carries ids only; the truth is a row (C12, C13)."""

from celery import shared_task
from django.db import close_old_connections

from core import events

BATCH = 500


@shared_task(name="core.tasks.drain_events", max_retries=5, default_retry_delay=10)
def drain_events() -> None:
    """Do what has been announced; a full batch is followed by the next task, so that others get a turn."""
    close_old_connections()  # F95, C17
    try:
        if events.drain(limit=BATCH) >= BATCH:
            events.wake.send(events.wake.EVENTS)
    finally:
        close_old_connections()


@shared_task(name="core.tasks.sweep", max_retries=5, default_retry_delay=10)
def sweep() -> None:
    """Every few seconds: whatever no nudge has reached (F83, F86)."""
    close_old_connections()
    try:
        events.park_exhausted()
        drain_events()
    finally:
        close_old_connections()
