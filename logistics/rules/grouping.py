"""From billed rows to one sum per waybill and fee kind (F57, ANCHORS 3.3).

Couriers bill a parcel on several rows; comparing row by row floods the clerk. Two rows of one fee
item are kept apart from their sum until matching knows what was expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from core.money import ZERO
from logistics.rules.notes import Reason
from logistics.rules.outcomes import FeeKind


class Term(StrEnum):
    """Who pays the freight: only what our monthly account pays is payable (FORMATS 8.1)."""

    MONTHLY = "monthly"
    PREPAID = "prepaid"
    COLLECT = "collect"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True)
class BilledRow:
    """One amount of one row. `item` is the courier's name of the fee; a `problem` keeps it for review."""

    row: str
    waybill: str
    kind: FeeKind
    amount: Decimal
    item: str = ""
    weight_g: int | None = None
    zone: str = ""
    term: Term | None = None
    is_return: bool = False
    problem: str = ""
    mother: str = ""


@dataclass(frozen=True)
class Item:
    """The amounts of one fee item on one waybill, one per row, in file order."""

    kind: FeeKind
    name: str
    amounts: tuple[Decimal, ...]
    rows: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, ZERO)


@dataclass(frozen=True)
class Billed:
    """What a statement says about one waybill. `folded` names kinds that its freight includes."""

    waybill: str
    items: tuple[Item, ...]
    weight_g: int | None = None
    zone: str = ""
    term: Term | None = None
    is_return: bool = False
    folded: frozenset[FeeKind] = frozenset()
    states_cod: bool = False
    problems: tuple[str, ...] = ()
    rows: tuple[str, ...] = field(default=(), compare=False)

    def of(self, kind: FeeKind) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.kind == kind)

    def total(self, kind: FeeKind) -> Decimal:
        return sum((item.total for item in self.of(kind)), ZERO)


def group_rows(
    rows: Iterable[BilledRow],
    *,
    mother_of: Callable[[str], str] = lambda waybill: waybill,
    folded: frozenset[FeeKind] = frozenset(),
    states_cod: bool = False,
) -> list[Billed]:
    """One `Billed` per mother waybill in file order. A row with a problem is kept but never summed.

    The file may name mothers itself; `mother_of` is for those that only we know.
    """
    by_waybill: dict[str, list[BilledRow]] = {}
    for row in rows:
        key = mother_of(row.mother or row.waybill) if row.waybill else f"\0{row.row}"
        by_waybill.setdefault(key, []).append(row)
    return [
        _billed("" if key.startswith("\0") else key, group, folded, states_cod)
        for key, group in by_waybill.items()
    ]


def _billed(waybill: str, group: Sequence[BilledRow], folded: frozenset[FeeKind], states_cod: bool) -> Billed:
    sound = [row for row in group if not row.problem]
    problems = [Reason("courier.row", row=row.row, why=row.problem) for row in group if row.problem]
    if not waybill and sound:
        problems.append(Reason("courier.row", row=sound[0].row, why=Reason("courier.no_waybill")))
    # the freight row knows the weight; service rows repeat it or carry none
    weighed = [row for row in sound if row.weight_g is not None]
    weighed.sort(key=lambda row: row.kind != FeeKind.FREIGHT)
    return Billed(
        waybill=waybill,
        items=_items(sound),
        weight_g=weighed[0].weight_g if weighed else None,
        zone=next((row.zone for row in sound if row.zone), ""),
        term=next((row.term for row in sound if row.term), None),
        is_return=any(row.is_return for row in sound),
        folded=folded,
        states_cod=states_cod,
        problems=tuple(problems),
        rows=tuple(dict.fromkeys(row.row for row in group)),
    )


def _items(rows: Sequence[BilledRow]) -> tuple[Item, ...]:
    found: dict[tuple[FeeKind, str, str], list[BilledRow]] = {}
    for row in rows:
        # children of one mother are legs of one fee, so each number counts its repeats for itself
        found.setdefault((row.kind, row.item, row.waybill), []).append(row)
    return tuple(
        Item(kind, name, tuple(row.amount for row in group), tuple(row.row for row in group))
        for (kind, name, _), group in found.items()
    )
