"""How much of a SKU a channel may be promised from one warehouse group (ARCHITECTURE §3, F11, F109).

One function for the shop page, the basket, the reservation and the stock push.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Rank = tuple[int, int]  # priority, then id: the smaller is served first


@dataclass(frozen=True, slots=True)
class Fence:
    """Units that only one channel may take."""

    rank: Rank
    left: int


@dataclass(frozen=True, slots=True)
class LastUnits:
    """While fewer than `units` are shared, only channels up to `priority` are served."""

    units: int
    priority: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """One SKU in one warehouse group, as all channels see it."""

    free: int
    fences: tuple[Fence, ...] = ()
    safety: int = 0
    last_units: LastUnits | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The promise and the terms that it came from."""

    units: int
    free: int
    own: int
    shared: int
    fenced_for_others: int
    safety: int
    cap_left: int | None = None
    last_units: int | None = None


def promised(shelf: Shelf, *, rank: Rank, cap_left: int | None = None) -> Figures:
    """What the channel of this rank may take. Each term is floored by itself.

    The last-units rule holds for each single unit: a large order cannot take at once what the same
    channel could not take piece by piece. What is fenced for the channel stays its own.
    """
    fenced = sum(fence.left for fence in shelf.fences)
    before = sum(fence.left for fence in shelf.fences if fence.rank < rank)
    mine = sum(fence.left for fence in shelf.fences if fence.rank == rank)
    shared = max(0, shelf.free - fenced - shelf.safety)
    own = min(mine, max(0, shelf.free - before))
    units = own + shared
    if cap_left is not None:
        units = min(units, cap_left)
    rule = shelf.last_units
    bites = rule is not None and rank[0] > rule.priority
    if rule is not None and bites:
        units = min(units, own + max(0, shared - max(0, rule.units - 1)))
    return Figures(
        units=units,
        free=shelf.free,
        own=own,
        shared=shared,
        fenced_for_others=fenced - mine,
        safety=shelf.safety,
        cap_left=cap_left,
        last_units=rule.units if rule is not None and bites else None,
    )


def fund(free: int, wishes: Sequence[int]) -> list[int]:
    """What each fence, first in rank first, really holds of the free units: never more than there are."""
    held = []
    for wish in wishes:
        given = max(0, min(wish, free))
        held.append(given)
        free -= given
    return held
