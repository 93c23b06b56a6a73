"""Work that comes back: registered in `tasks.py` of each app, called by beat, done once per period (F87).

Beat may call never, once or three times: whoever inserts the row of the period does the work. Periods
are counted from midnight of 1970 in UTC, so a shift of daylight time moves none of them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from core import clock, faults
from core.models import PeriodicJob, PeriodicRun

logger = logging.getLogger(__name__)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
GIVEN_UP_AFTER: Final = timedelta(minutes=20)  # longer than any task may run
CATCH_UP: Final = 100  # missed periods made up for in one call

Work = Callable[[datetime], Any]


@dataclass(frozen=True, slots=True)
class Periodic:
    name: str
    every: timedelta
    queue: str
    catches_up: bool
    work: Work


_known: dict[str, Periodic] = {}


def periodic(
    *, every: timedelta, queue: str = "default", name: str = "", catches_up: bool = False
) -> Callable[[Work], Work]:
    """Register a function that is called with the start of each period.

    With `catches_up` the periods that were missed are done one after the other (a snapshot of each
    day); otherwise only the present one is (whatever is due by now).
    """

    def register(work: Work) -> Work:
        known = name or f"{work.__module__}.{work.__name__}"
        _known[known] = Periodic(known, every, queue, catches_up, work)
        return work

    return register


def known() -> list[Periodic]:
    """All periodic work of the apps, by name."""
    return [_known[name] for name in sorted(_known)]


def period_of(at: datetime, every: timedelta) -> datetime:
    """The start of the period that an instant belongs to."""
    return EPOCH + (at - EPOCH) // every * every


def run_periodic(name: str) -> int:
    """Do the present period of a job, and missed ones if it makes up for them. Returns how many were done."""
    work = _known[name]
    row, _made = PeriodicJob.objects.get_or_create(
        name=name, defaults={"every": work.every, "catches_up": work.catches_up}
    )
    if not row.active:
        return 0
    return sum(_run(work, row, start) for start in _due(work, row))


def _due(work: Periodic, row: PeriodicJob) -> list[datetime]:
    present = period_of(clock.now(), work.every)
    last = row.runs.order_by("-period_start").values_list("period_start", flat=True).first()
    if not work.catches_up or last is None:
        return [present]
    missed = range(1, min((present - last) // work.every, CATCH_UP))
    return [last + number * work.every for number in missed] + [present]


def _run(work: Periodic, row: PeriodicJob, start: datetime) -> bool:
    run = _take(row, start)
    if run is None:
        return False
    try:
        work.work(start)
    except Exception as error:
        logger.exception("periodic %s of %s failed", work.name, start)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        _end(run, PeriodicRun.State.FAILED, f"{type(error).__name__}: {error}"[:2000])
        return False
    _end(run, PeriodicRun.State.DONE)
    return True


def _take(row: PeriodicJob, start: datetime) -> PeriodicRun | None:
    if not faults.guarded("F87"):
        return PeriodicRun(job=row, period_start=start)
    try:
        with transaction.atomic():
            return PeriodicRun.objects.create(job=row, period_start=start, started_at=clock.now())
    except IntegrityError:
        return _take_again(row, start)


@transaction.atomic
def _take_again(row: PeriodicJob, start: datetime) -> PeriodicRun | None:
    """A period that failed, or whose worker died long ago, may be taken once more."""
    run = PeriodicRun.objects.select_for_update(skip_locked=True).filter(job=row, period_start=start).first()
    if run is None or run.state == PeriodicRun.State.DONE:
        return None
    if run.state == PeriodicRun.State.RUNNING and run.started_at > clock.now() - GIVEN_UP_AFTER:
        return None
    run.state, run.started_at = PeriodicRun.State.RUNNING, clock.now()
    run.save(update_fields=["state", "started_at"])
    return run


def _end(run: PeriodicRun, state: str, error: str = "") -> None:
    if run.pk:
        PeriodicRun.objects.filter(pk=run.pk).update(state=state, error=error, finished_at=clock.now())
