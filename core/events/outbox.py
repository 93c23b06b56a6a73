"""Writing a fact down where it becomes true, and telling the workers after commit."""

import dataclasses
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
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is announced where it becomes true")
    if not dataclasses.is_dataclass(event):
        raise TypeError(f"{event!r} is no event: announce a frozen dataclass")
    name, at = type(event).__name__, clock.now()
    row = Event.objects.create(
        name=name,
        about_kind=about.kind,
        about_id=about.id,
        payload=encode(event),
        actor=current_actor(),
        occurred_at=at,
    )
    handlers = registry.handlers_of(name)
    EventDelivery.objects.bulk_create(
        EventDelivery(event=row, handler=handler.name, about_kind=about.kind, about_id=about.id, due_at=at)
        for handler in handlers
    )
    if handlers:
        wake.after_commit(wake.EVENTS)
