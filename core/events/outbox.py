"""Writing a fact down where it becomes true, and telling the workers after commit."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from core import clock
from core.audit import current_actor
from core.events import registry, wake
from core.events.payload import encode
from core.models import Event, EventDelivery
from core.origins import Origin


def announce(event: Any, *, about: Origin) -> None:
    """Write a fact into the outbox. Needs an open transaction that made the fact true."""
    announce_all([(event, about)])


def announce_all(facts: Sequence[tuple[Any, Origin]]) -> None:
    """Write facts into the outbox in this order, in two statements."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is announced where it becomes true")
    at, actor = clock.now(), current_actor()
    rows = Event.objects.bulk_create(_row(event, about, at, actor) for event, about in facts)
    deliveries = [
        EventDelivery(
            event=row, handler=handler.name, about_kind=row.about_kind, about_id=row.about_id, due_at=at
        )
        for row in rows
        for handler in registry.handlers_of(row.name)
    ]
    if deliveries:
        EventDelivery.objects.bulk_create(deliveries)
        wake.after_commit(wake.EVENTS)


def _row(event: Any, about: Origin, at: datetime, actor: Any | None) -> Event:
    if not dataclasses.is_dataclass(event):
        raise TypeError(f"{event!r} is no event: announce a frozen dataclass")
    return Event(
        name=type(event).__name__,
        about_kind=about.kind,
        about_id=about.id,
        payload=encode(event),
        actor=actor,
        occurred_at=at,
    )
