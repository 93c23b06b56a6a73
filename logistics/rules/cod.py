"""What a COD line of a courier file means for a parcel of ours (F37, ANCHORS 3.11).

A statement never moves a parcel: a line that contradicts what we know ends as a difference that
keeps both pieces of evidence, and a line that we can't judge yet ends as unknown.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from itertools import product

from core.reasons import Reason, gettext_noop, offer_reasons


class Parcel(StrEnum):
    """Where our parcel is, as far as cash is concerned."""

    UNDER_WAY = "under_way"
    DELIVERED = "delivered"
    CAME_BACK = "came_back"
    LOST = "lost"


class Line(StrEnum):
    """What the line does: pays for the first time, pays again, or takes cash back."""

    PAYS = "pays"
    PAYS_AGAIN = "pays_again"
    TAKES_BACK = "takes_back"


class Relation(StrEnum):
    """A payment beside the amount to collect; a taking back beside what was paid before."""

    SAME = "same"
    OTHER = "other"


class Verdict(StrEnum):
    MATCHED = "matched"
    DIFFERENCE = "difference"
    UNKNOWN = "unknown"


M, D, U = Verdict.MATCHED, Verdict.DIFFERENCE, Verdict.UNKNOWN

TABLE: dict[tuple[Parcel, Line, Relation], tuple[Verdict, str]] = {
    (Parcel.UNDER_WAY, Line.PAYS, Relation.SAME): (
        U,
        gettext_noop("paid, but no delivery is known here: ask for tracking"),
    ),
    (Parcel.UNDER_WAY, Line.PAYS, Relation.OTHER): (
        D,
        gettext_noop("paid before delivery, and not the amount to collect"),
    ),
    (Parcel.UNDER_WAY, Line.PAYS_AGAIN, Relation.SAME): (
        D,
        gettext_noop("paid a second time, before any delivery"),
    ),
    (Parcel.UNDER_WAY, Line.PAYS_AGAIN, Relation.OTHER): (
        D,
        gettext_noop("paid again with another amount, before delivery"),
    ),
    (Parcel.UNDER_WAY, Line.TAKES_BACK, Relation.SAME): (
        M,
        gettext_noop("an early payment is taken back before delivery"),
    ),
    (Parcel.UNDER_WAY, Line.TAKES_BACK, Relation.OTHER): (D, gettext_noop("takes back what was not paid")),
    (Parcel.DELIVERED, Line.PAYS, Relation.SAME): (M, gettext_noop("delivered and paid in full")),
    (Parcel.DELIVERED, Line.PAYS, Relation.OTHER): (
        D,
        gettext_noop("delivered, but paid with another amount"),
    ),
    (Parcel.DELIVERED, Line.PAYS_AGAIN, Relation.SAME): (D, gettext_noop("delivered and paid a second time")),
    (Parcel.DELIVERED, Line.PAYS_AGAIN, Relation.OTHER): (
        D,
        gettext_noop("delivered and paid again with another amount"),
    ),
    (Parcel.DELIVERED, Line.TAKES_BACK, Relation.SAME): (
        D,
        gettext_noop("takes back the cash of a delivered parcel"),
    ),
    (Parcel.DELIVERED, Line.TAKES_BACK, Relation.OTHER): (
        D,
        gettext_noop("takes back part of, or more than, was paid"),
    ),
    (Parcel.CAME_BACK, Line.PAYS, Relation.SAME): (D, gettext_noop("paid, but refused or returned here")),
    (Parcel.CAME_BACK, Line.PAYS, Relation.OTHER): (
        D,
        gettext_noop("paid with another amount, but refused or returned here"),
    ),
    (Parcel.CAME_BACK, Line.PAYS_AGAIN, Relation.SAME): (
        D,
        gettext_noop("paid twice, but refused or returned here"),
    ),
    (Parcel.CAME_BACK, Line.PAYS_AGAIN, Relation.OTHER): (
        D,
        gettext_noop("paid again, but refused or returned here"),
    ),
    (Parcel.CAME_BACK, Line.TAKES_BACK, Relation.SAME): (
        M,
        gettext_noop("an undue payment of a returned parcel is taken back"),
    ),
    (Parcel.CAME_BACK, Line.TAKES_BACK, Relation.OTHER): (
        D,
        gettext_noop("takes back another amount than was paid"),
    ),
    (Parcel.LOST, Line.PAYS, Relation.SAME): (
        U,
        gettext_noop("lost here, yet the full amount is paid: compensation or delivery?"),
    ),
    (Parcel.LOST, Line.PAYS, Relation.OTHER): (
        D,
        gettext_noop("lost here; the amount paid belongs to the claim"),
    ),
    (Parcel.LOST, Line.PAYS_AGAIN, Relation.SAME): (D, gettext_noop("lost here and paid a second time")),
    (Parcel.LOST, Line.PAYS_AGAIN, Relation.OTHER): (
        D,
        gettext_noop("lost here and paid again with another amount"),
    ),
    (Parcel.LOST, Line.TAKES_BACK, Relation.SAME): (
        M,
        gettext_noop("an undue payment of a lost parcel is taken back"),
    ),
    (Parcel.LOST, Line.TAKES_BACK, Relation.OTHER): (
        D,
        gettext_noop("takes back another amount than was paid"),
    ),
}
if set(TABLE) != set(product(Parcel, Line, Relation)):
    raise ValueError("the COD table must decide every combination")
offer_reasons(
    {"cod.no_parcel": gettext_noop("no parcel of ours has this waybill")}
    | {f"cod.{'.'.join(case)}": reason for case, (_verdict, reason) in TABLE.items()}
)


def read_line(*, to_collect: Decimal, paid_before: Decimal, stated: Decimal) -> tuple[Line, Relation]:
    """Which line of the table a stated amount is, given the cash to collect and what was paid before."""
    if stated < 0:
        return Line.TAKES_BACK, Relation.SAME if -stated == paid_before else Relation.OTHER
    line = Line.PAYS_AGAIN if paid_before > 0 else Line.PAYS
    return line, Relation.SAME if stated == to_collect else Relation.OTHER


def judge(
    parcel: Parcel | None, *, to_collect: Decimal, paid_before: Decimal, stated: Decimal
) -> tuple[Verdict, Reason]:
    """Exactly one verdict and its reason. No parcel: unknown, whatever the line says."""
    if parcel is None:
        return Verdict.UNKNOWN, Reason("cod.no_parcel")
    case = (parcel, *read_line(to_collect=to_collect, paid_before=paid_before, stated=stated))
    return TABLE[case][0], Reason(f"cod.{'.'.join(case)}")


def due(parcel: Parcel, *, to_collect: Decimal, paid_before: Decimal) -> Decimal:
    """What a right line would state now: a delivered parcel's open cash, or what must be taken back."""
    if parcel == Parcel.DELIVERED:
        return to_collect - paid_before
    return -paid_before
