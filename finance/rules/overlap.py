"""A row that another file has brought already: a repeat, a suspect or a contradiction (F50)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

DUPLICATE, SUSPECT, REVIEW = "duplicate", "suspect", "needs_review"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the two files say about one identity. `covers_*`: that file surely holds all of the day."""

    identity: str
    amount: Decimal
    direction: str
    old_amount: Decimal
    old_direction: str
    covers_new: bool = False
    covers_old: bool = False


def verdict_on_repeat(seen: Seen) -> str:
    """A known identity is a duplicate when a serial or a fully covered day proves it, else a suspect.

    With another amount or direction it is never an update but needs a person.
    """
    if (seen.amount, seen.direction) != (seen.old_amount, seen.old_direction):
        return REVIEW
    if seen.identity.startswith("serial:") or (seen.covers_new and seen.covers_old):
        return DUPLICATE
    return SUSPECT


def covers(day: date, first: date | None, last: date | None) -> bool:
    """Whether a file from `first` to `last` surely holds the whole of a day: not its first or last one."""
    return first is not None and last is not None and first < day < last
