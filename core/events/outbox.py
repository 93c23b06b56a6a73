"""Writing a fact down where it becomes true, and telling the workers after commit."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection, transaction

from core import clock
from core.audit import current_actor
from core.events import registry, wake
from core.events.payload import encode
from core.origins import Origin

# Ids are given in the order of the facts: a default is reckoned after the rows are sorted. Columns that are
# not named here have defaults in the database.
_ANNOUNCE: Final = """
    WITH told AS (
        INSERT INTO core_event (name, about_kind, about_id, payload, actor_id, occurred_at)
        SELECT name, about_kind, about_id, payload, %(actor)s::bigint, %(at)s
          FROM unnest(%(names)s::text[], %(kinds)s::text[], %(ids)s::bigint[], %(payloads)s::jsonb[])
               WITH ORDINALITY AS fact (name, about_kind, about_id, payload, place)
         ORDER BY place
        RETURNING id, name, about_kind, about_id)
    INSERT INTO core_eventdelivery
           (event_id, handler, about_kind, about_id, state, attempts, due_at, error)
    SELECT told.id, handled.by, told.about_kind, told.about_id, 'due', 0, %(at)s, ''
      FROM told
      JOIN unnest(%(events)s::text[], %(handlers)s::text[]) WITH ORDINALITY AS handled (name, by, place)
     USING (name)
     ORDER BY told.id, handled.place
"""


def announce(event: Any, *, about: Origin) -> None:
    """Write a fact into the outbox. Needs an open transaction that made the fact true."""
    announce_all([(event, about)])


def announce_all(facts: Sequence[tuple[Any, Origin]]) -> None:
    """Write facts into the outbox in this order, in one statement."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is announced where it becomes true")
    if not facts:
        return
    for event, _about in facts:
        if not dataclasses.is_dataclass(event):
            raise TypeError(f"{event!r} is no event: announce a frozen dataclass")
    actor = current_actor()
    names = [type(event).__name__ for event, _about in facts]
    handlers = [
        (name, handler.name) for name in dict.fromkeys(names) for handler in registry.handlers_of(name)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _ANNOUNCE,
            {
                "at": clock.now(),
                "actor": actor.pk if actor is not None else None,
                "names": names,
                "kinds": [about.kind for _event, about in facts],
                "ids": [about.id for _event, about in facts],
                "payloads": [json.dumps(encode(event)) for event, _about in facts],
                "events": [name for name, _handler in handlers],
                "handlers": [handler for _name, handler in handlers],
            },
        )
    if handlers:
        wake.after_commit(wake.EVENTS)
