"""A nudge to the workers after commit. Nothing depends on it: the sweep finds every due row (F86, C09)."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from core import clock, faults

logger = logging.getLogger(__name__)
EVENTS: Final = "core.tasks.drain_events"
PAUSE_SECONDS: Final = 5.0  # after a failure: a broker that is down must not slow down every commit
LIFETIME_SECONDS: Final = 60  # an older nudge is worth nothing, the sweep has been there

failures = 0
_silent_until = 0.0
_draining: ContextVar[bool] = ContextVar("draining", default=False)


def after_commit(task: str, *args: Any, queue: str = "critical") -> None:
    """Send the task once when the present transaction commits; never raise."""
    if not settings.WAKE_WORKERS or clock.is_virtual():
        return
    if task == EVENTS and _draining.get():
        return
    nudge = _Nudge(task, args, queue)
    if not any(entry[1] == nudge for entry in connection.run_on_commit):
        transaction.on_commit(nudge, robust=faults.guarded("F86"))


@contextmanager
def draining() -> Iterator[None]:
    """While this process drains, it meets new events itself."""
    token = _draining.set(True)
    try:
        yield
    finally:
        _draining.reset(token)


class _Nudge:
    def __init__(self, task: str, args: tuple[Any, ...], queue: str) -> None:
        self.task, self.args, self.queue = task, args, queue
        self.__qualname__ = f"wake {task}"  # Django names a failed callback by it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Nudge) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.task, self.args, self.queue

    def __call__(self) -> None:
        send(self.task, *self.args, queue=self.queue)


def send(task: str, *args: Any, queue: str = "critical") -> bool:
    """Publish now. False, counted and logged, when the broker does not answer."""
    global failures, _silent_until
    if time.monotonic() < _silent_until:
        return False
    try:
        _publish()(task, args=args, queue=queue, retry=False, ignore_result=True, expires=LIFETIME_SECONDS)
    except Exception as error:
        if not faults.guarded("F86"):
            raise
        failures += 1
        _silent_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("workers were not woken, the sweep will find the work: %s", error)
        return False
    return True


def _publish() -> Callable[..., Any]:
    from celery import current_app  # the web process may never need it

    return current_app.send_task
