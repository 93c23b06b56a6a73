"""The only source of business time, so that history can be made with a virtual clock.

No database `now()`, no `auto_now` in business columns. Instants are aware and stored in UTC;
business days are days of the installation's zone (F65).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

_virtual: ContextVar["VirtualClock | None"] = ContextVar("virtual_clock", default=None)


class VirtualClock:
    """A clock that stands still until it is moved, and never runs backwards."""

    def __init__(self, at: datetime) -> None:
        self.at = _aware(at)

    def move_to(self, at: datetime) -> None:
        """Set the time. Raises ValueError when that would be the past."""
        if _aware(at) < self.at:
            raise ValueError(f"the clock stands at {self.at}, it cannot go back to {at}")
        self.at = at

    def move_by(self, step: timedelta) -> None:
        """Advance the time by a step."""
        self.move_to(self.at + step)


def now() -> datetime:
    """The present instant in UTC."""
    clock = _virtual.get()
    return clock.at.astimezone(UTC) if clock else datetime.now(UTC)


def is_virtual() -> bool:
    """Whether the present code runs in made time."""
    return _virtual.get() is not None


def machine_now() -> datetime:
    """The machine's own time, for leases and heartbeats only: it goes on under a virtual clock."""
    return datetime.now(UTC)


def zone() -> ZoneInfo:
    """The zone in which business days are counted."""
    return ZoneInfo(settings.TIME_ZONE)


def day_of(at: datetime) -> date:
    """The business day that an instant belongs to."""
    return _aware(at).astimezone(zone()).date()


def today() -> date:
    """The present business day."""
    return day_of(now())


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First instant of the day and first instant of the next: a half-open interval."""
    start = datetime.combine(day, time.min, tzinfo=zone())
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone())
    return start.astimezone(UTC), end.astimezone(UTC)


@contextmanager
def virtual(at: datetime) -> Iterator[VirtualClock]:
    """Run the block under a virtual clock that starts at `at`."""
    clock = VirtualClock(at)
    token = _virtual.set(clock)
    try:
        yield clock
    finally:
        _virtual.reset(token)


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} names no zone")
    return at
