"""The outbox: facts are announced downward-up, written with what they tell and done after commit.

An app announces a frozen dataclass; a higher app handles it. `announce` writes the event and one
delivery row per handler inside the transaction of the caller, which holds the lock of the document
the event is about. Each (event, handler) pair is done once, in order per document.
"""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from core import clock
from core.models import Event, EventDelivery
from core.origins import Origin

E = TypeVar("E")
Handler = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Registration:
    name: str
    event: type
    call: Handler


_handlers: dict[str, dict[str, Registration]] = {}
_types: dict[str, type] = {}


def handles(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a function as handler of an event type. Its dotted name is its identity."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        name = f"{function.__module__}.{function.__qualname__}"
        _types[event.__name__] = event
        _handlers.setdefault(event.__name__, {})[name] = Registration(name, event, function)
        return function

    return register


def announce(event: Any, *, about: Origin) -> None:
    """Write a fact into the outbox. Needs an open transaction that made the fact true."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an event is announced where it becomes true")
    at = clock.now()
    row = Event.objects.create(
        name=type(event).__name__,
        about_kind=about.kind,
        about_id=about.id,
        payload=json.loads(json.dumps(dataclasses.asdict(event), cls=DjangoJSONEncoder)),
        occurred_at=at,
    )
    EventDelivery.objects.bulk_create(
        EventDelivery(event=row, handler=name, due_at=at) for name in _handlers.get(type(event).__name__, {})
    )
