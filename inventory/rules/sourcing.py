"""From which warehouses an order is sent. Rules in order, the first that is no tie decides:

the whole order from one place; nearest; the channel's own warehouse; warehouses before stores;
priority. If no place has all of it: fewest parcels, then the same rules. Every place that is not
chosen keeps its reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

from inventory.rules.regions import distance

TRIED = 5000  # combinations looked at for one number of parcels before taking places in order

WHOLE, SPLIT, PART, NONE = "whole_from_one_place", "fewest_parcels", "what_there_is", "nothing"


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse that may serve the order. `free` says how many units of a SKU lie there."""

    warehouse: int
    code: str
    group: int
    province: str = ""
    own: bool = False
    store: bool = False
    priority: int = 100
    free: Mapping[int, int] | None = None

    def has(self, sku: int) -> int:
        return max(0, (self.free or {}).get(sku, 0))


@dataclass(frozen=True, slots=True)
class Take:
    warehouse: int
    sku: int
    units: int


@dataclass(frozen=True, slots=True)
class Rejected:
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Takes and what is missing always add up to the demand (F10)."""

    rule: str
    takes: tuple[Take, ...]
    missing: Mapping[int, int]
    rejected: tuple[Rejected, ...]


Limits = Mapping[tuple[int, int], int]  # (group, sku) -> what the channel may take there in all


def choose(
    demand: Mapping[int, int],
    places: Sequence[Place],
    limits: Limits,
    *,
    region: str = "",
    split: bool = True,
) -> Plan:
    """The best plan for the demand (units per SKU).

    Without `split` only one place may serve, so a plan for part of the demand also uses one place.
    """
    demand = {sku: units for sku, units in demand.items() if units > 0}
    ordered = sorted(places, key=lambda place: _preference(place, region))
    best: tuple[Place, ...] = ()
    rule = NONE
    possible = not _fill(demand, ordered, limits)[1]
    for count in range(1, (len(ordered) if split else 1) + 1) if possible else ():
        found = next((some for some in _groups(ordered, count) if not _fill(demand, some, limits)[1]), None)
        if found:
            best, rule = found, WHOLE if count == 1 else SPLIT
            break
    if not best and ordered:
        best = tuple(ordered) if split else _fullest(demand, ordered, limits)
        rule = PART
    takes, missing = _fill(demand, best, limits)
    used = {take.warehouse for take in takes}
    return Plan(
        rule=rule if takes else NONE,
        takes=tuple(takes),
        missing=missing,
        rejected=tuple(
            Rejected(place.code, _reason(place, demand, limits, best, region))
            for place in ordered
            if place.warehouse not in used
        ),
    )


def _preference(place: Place, region: str) -> tuple[int, bool, bool, int, int]:
    return distance(place.province, region), not place.own, place.store, place.priority, place.warehouse


def _groups(ordered: Sequence[Place], count: int) -> Iterator[tuple[Place, ...]]:
    """All choices of `count` places, preferred ones first; too many to try: none but the last resort."""
    if comb(len(ordered), count) <= TRIED:
        yield from combinations(ordered, count)
    elif count == len(ordered):
        yield tuple(ordered)


def _fill(
    demand: Mapping[int, int], places: Sequence[Place], limits: Limits
) -> tuple[list[Take], dict[int, int]]:
    """Count one remaining quantity per SKU down over the places (F10)."""
    takes, missing = [], {}
    left = dict(limits)
    for sku, remaining in demand.items():
        for place in places:
            key = place.group, sku
            units = min(remaining, place.has(sku), max(0, left.get(key, 0)))
            if units > 0:
                takes.append(Take(place.warehouse, sku, units))
                left[key] -= units
                remaining -= units
        if remaining:
            missing[sku] = remaining
    return takes, missing


def _fullest(demand: Mapping[int, int], ordered: Sequence[Place], limits: Limits) -> tuple[Place, ...]:
    """The one place that can give most; the preferred one among equals."""
    return (min(ordered, key=lambda place: sum(_fill(demand, (place,), limits)[1].values())),)


def _reason(
    place: Place, demand: Mapping[int, int], limits: Limits, chosen: Sequence[Place], region: str
) -> str:
    """Why this place does not serve: what it lacks, else the first rule in which it was behind."""
    takes, missing = _fill(demand, (place,), limits)
    if not takes:
        return "has none" if not any(place.has(sku) for sku in demand) else "kept for others"
    if missing:
        return f"has {sum(take.units for take in takes)} of {sum(demand.values())}"
    first = chosen[0]
    if distance(place.province, region) > distance(first.province, region):
        return "farther"
    if first.own and not place.own:
        return "not the channel's own"
    if place.store and not first.store:
        return "a store"
    return "later in priority"
