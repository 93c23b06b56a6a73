"""Doing what has been announced: each delivery once, in order per document and handler (C14, F83, F88, F90).

One statement takes the first due row of any stream, counts the attempt and moves `due_at` behind the
back-off, and commits: a row whose worker dies comes back by itself, and a poisonous one runs out of
attempts. The handler then runs in one transaction with its done mark, under the lock of its row. A
stream (document, handler) goes on only after its earlier rows are done, so order needs no other lock.
"""

import json
import logging
from collections.abc import Collection
from contextlib import nullcontext
from typing import Final

from django.db import connection, transaction

from core import clock, faults
from core.audit import acting
from core.events import registry, wake
from core.events.payload import decode
from core.models import EventDelivery
from core.origins import Origin

logger = logging.getLogger(__name__)
MAX_ATTEMPTS: Final = 5
BACKOFF_SECONDS: Final = [10, 60, 300, 1800, 1800]  # after the first attempt, the second …

_CLAIM: Final = """
    UPDATE core_eventdelivery
       SET attempts = attempts + %(tick)s,
           due_at = %(now)s + make_interval(secs => (%(backoff)s::int[])[attempts + 1])
     WHERE id = (
        SELECT d.id FROM core_eventdelivery d
         WHERE d.state = 'due' AND d.due_at <= %(now)s AND d.attempts < %(most)s
           AND d.handler = ANY(%(handlers)s)
           AND (%(kind)s::text IS NULL OR (d.about_kind = %(kind)s AND d.about_id = %(id)s))
           AND NOT EXISTS (
               SELECT 1 FROM core_eventdelivery earlier
                WHERE earlier.about_kind = d.about_kind AND earlier.about_id = d.about_id
                  AND earlier.handler = d.handler AND earlier.event_id < d.event_id
                  AND earlier.state <> 'done')
         ORDER BY d.event_id, d.id
         LIMIT 1
           FOR UPDATE OF d SKIP LOCKED)
    RETURNING id, attempts
"""
_CLAIMED: Final = """
    SELECT e.name, d.handler, e.payload
      FROM core_eventdelivery d JOIN core_event e ON e.id = d.event_id
     WHERE d.id = %s AND d.state = 'due' AND d.attempts = %s
"""
_DONE: Final = "UPDATE core_eventdelivery SET state = 'done', done_at = %s, error = '' WHERE id = %s"


def drain(about: Origin | None = None, *, limit: int = 1000) -> int:
    """Do what is due, of one document or of all, and return how many deliveries succeeded.

    A failing handler is put back with its error and never stops the others.
    """
    return _drain(about, registry.known_names(), limit=limit, strict=False)


def drain_all(*, strict: bool = True, handlers: Collection[str] | None = None) -> int:
    """Do everything that is due by core.clock, in this process, and return the number done.

    For tests, commands and made history. With `strict` the error of a handler is raised after it has
    been written down. With `handlers` only what these are to do.
    """
    return _drain(None, registry.known_names() if handlers is None else handlers, limit=0, strict=strict)


def replay(deliveries: Collection[int]) -> int:
    """Give parked deliveries their attempts back, at once due. Returns how many there were."""
    return EventDelivery.objects.filter(pk__in=deliveries, state=EventDelivery.State.PARKED).update(
        state=EventDelivery.State.DUE, attempts=0, due_at=clock.now()
    )


def park_exhausted() -> int:
    """Park what killed its worker in the last attempt, so that nobody was left to park it."""
    with transaction.atomic():
        rows = EventDelivery.objects.select_for_update(skip_locked=True).filter(
            state=EventDelivery.State.DUE, attempts__gte=MAX_ATTEMPTS, due_at__lte=clock.now()
        )
        ids = list(rows.values_list("pk", flat=True))
        EventDelivery.objects.filter(pk__in=ids).update(
            state=EventDelivery.State.PARKED, error="the worker died in each attempt"
        )
    for pk in ids:
        logger.error("event delivery %s is parked: its worker died in each attempt", pk)
    return len(ids)


def _drain(about: Origin | None, handlers: Collection[str], *, limit: int, strict: bool) -> int:
    done = 0
    with wake.draining():
        while claimed := _claim(about, handlers):
            faults.crash_point("events.after_claim")
            done += _work(*claimed, strict=strict)
            if limit and done >= limit:
                break
    return done


def _claim(about: Origin | None, handlers: Collection[str]) -> tuple[int, int] | None:
    """Take the first due row and count the attempt, committed before the work begins."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "tick": 1 if faults.guarded("F88") else 0,
                "now": clock.now(),
                "backoff": BACKOFF_SECONDS if faults.guarded("F88") else [0] * MAX_ATTEMPTS,
                "most": MAX_ATTEMPTS,
                "handlers": list(handlers),
                "kind": about.kind if about else None,
                "id": about.id if about else None,
            },
        )
        return cursor.fetchone()


def _work(pk: int, attempt: int, *, strict: bool) -> bool:
    """Run one handler with its done mark. True when it was done here and now."""
    try:
        with transaction.atomic() if faults.guarded("F90") else nullcontext():
            claimed = _take_again(pk, attempt)
            if claimed is None:
                return False
            event, name, payload = claimed
            handler = registry.find_handler(event, name)
            with acting(None):
                handler.call(decode(handler.event, json.loads(payload)))
            faults.crash_point("events.before_mark")
            faults.race_window("F90")
            with connection.cursor() as cursor:
                cursor.execute(_DONE, [clock.now(), pk])
        faults.crash_point("events.after_mark")
    except Exception as error:
        _note_failure(pk, attempt, error)
        if strict:
            raise
        return False
    return True


def _take_again(pk: int, attempt: int) -> tuple[str, str, str] | None:
    """Lock what was claimed and read it: event, handler, payload. None when another has done it meanwhile."""
    # Waits: another relay's claim may touch the row for a moment before it passes it by.
    locked = "FOR UPDATE OF d" if faults.guarded("F90") else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{_CLAIMED} {locked}", [pk, attempt])
        return cursor.fetchone()


def _note_failure(pk: int, attempt: int, error: Exception) -> None:
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # F95: the handler may have lost it
    text = f"{type(error).__name__}: {error}"[:2000]
    last = attempt >= MAX_ATTEMPTS
    EventDelivery.objects.filter(pk=pk, attempts=attempt, state=EventDelivery.State.DUE).update(
        error=text, state=EventDelivery.State.PARKED if last else EventDelivery.State.DUE
    )
    logger.log(
        logging.ERROR if last else logging.WARNING,
        "event delivery %s failed in attempt %s%s: %s",
        pk,
        attempt,
        " and is parked" if last else "",
        type(error).__name__,
        exc_info=error if last else None,
    )
