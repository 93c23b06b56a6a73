"""What the workers run: wake-ups and sweeps. A task carries ids only; the truth is a row (C12, C13)."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

from celery import shared_task
from django.db import close_old_connections
from django.utils.translation import gettext_lazy as _

from core import clock, events, exports, intake, jobs, periodic
from core.events import wake
from core.models import Heartbeat

BATCH = 500


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Connections that have died are dropped before and after (F95, C17)."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


@shared_task(name="core.tasks.drain_events", max_retries=5, default_retry_delay=10)
def drain_events() -> None:
    """Do what has been announced; a full batch is followed by another task, so that others get a turn."""
    with unit_of_work():
        if events.drain(limit=BATCH) >= BATCH:
            wake.send(wake.EVENTS)


@shared_task(name="core.tasks.sweep", max_retries=5, default_retry_delay=10)
def sweep() -> None:
    """Every few seconds: whatever no nudge has reached (F83, F86)."""
    with unit_of_work():
        events.park_exhausted()
        jobs.wake_waiting()
        if events.drain(limit=BATCH) >= BATCH:
            wake.send(wake.EVENTS)


@shared_task(name="core.tasks.run_job", max_retries=5, default_retry_delay=10)
def run_job(job_id: int) -> None:
    """Do a job, unless somebody has it."""
    with unit_of_work():
        jobs.run_job(job_id)


@shared_task(name="core.tasks.run_periodic", max_retries=5, default_retry_delay=10)
def run_periodic(name: str) -> None:
    """Do the present period of periodic work, unless it is done."""
    with unit_of_work():
        periodic.run_periodic(name)


@shared_task(name="core.tasks.pulse", max_retries=0, default_retry_delay=10)
def pulse(queue: str) -> None:
    """Prove that the queue is served: through the queue, by its worker, into a row (F89)."""
    with unit_of_work():
        Heartbeat.objects.update_or_create(queue=queue, defaults={"at": clock.machine_now()})


@jobs.job("export_report", title=_("report"), right="finance.see_ledger")
def write_export(run: jobs.Run) -> dict[str, object]:
    """Write the report that the parameters name (`report`, `from`, `to`, `entity`, `format`, `language`)."""
    wanted = run.parameters
    form = wanted.get("format", "xlsx")
    with tempfile.TemporaryFile() as out:
        written = exports.export_report(
            wanted["report"],
            wanted,
            format=form,
            out=out,
            language=wanted.get("language", ""),
            show=run.show,
        )
        out.seek(0)
        run.keep_file(f"{wanted['report']}_{wanted.get('from')}_{wanted.get('to')}.{form}", out.read())
    return exports.as_plain(written)


@jobs.job("show_report", title=_("report on screen"), right="finance.see_ledger")
def show_report(run: jobs.Run) -> dict[str, object]:
    """Read a report for its page (`report`, `from`, `to`, `entity`, `language`), and write it as files.

    What the page shows is a file too: the job's result is seen by whoever sees jobs.
    """
    wanted = run.parameters
    shown = exports.show_report(wanted["report"], wanted, language=wanted.get("language", ""), show=run.show)
    run.keep_file("page.json", json.dumps(shown.page, ensure_ascii=False).encode())
    for form, content in shown.files.items():
        run.keep_file(f"{wanted['report']}_{wanted.get('from')}_{wanted.get('to')}.{form}", content)
    return {"rows": shown.page["rows"], "ties": not any(map(Decimal, shown.page["differences"].values()))}


@periodic.periodic(every=timedelta(days=1))
def sweep_uploads(start: datetime) -> None:
    """Files that were sent in and read long ago."""
    intake.sweep_uploads()
