"""Events and handlers of the tests' own. Each effect is an append-only row, so that doubles can be seen."""

import os
import signal
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

from django.db import transaction

from core import clock
from core.events import announce, handles
from core.models import StatusChange
from core.origins import Origin


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Told:
    """Everything an event may carry."""

    id: int
    amount: Decimal
    at: datetime
    key: UUID
    colour: Colour
    about: Origin
    lines: tuple[int, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    number: int


@dataclass(frozen=True, slots=True)
class Poisoned:
    number: int


@handles(Counted)
def note_count(event: Counted) -> None:
    StatusChange.objects.create(origin_kind="effect", origin_id=event.number, new="done", at=clock.now())


@handles(Poisoned)
def die(event: Poisoned) -> None:
    """Kills its process where told to, otherwise only fails."""
    if os.environ.get("POISON_KILLS"):
        os.kill(os.getpid(), signal.SIGKILL)
    raise ValueError(f"number {event.number} is poison")


@handles(Poisoned)
def survive(event: Poisoned) -> None:
    StatusChange.objects.create(origin_kind="survived", origin_id=event.number, new="done", at=clock.now())


def tell(event: object, *, about: int = 1) -> None:
    with transaction.atomic():
        announce(event, about=Origin("thing", about))


def effects(kind: str = "effect") -> list[int]:
    """What has happened, in the order in which it did."""
    rows = StatusChange.objects.filter(origin_kind=kind).order_by("id")
    return list(rows.values_list("origin_id", flat=True))
