"""What an audited waybill can end in, and the findings that lead there.

The codes are stable: they are stored, exported and shown. The order of the members is the order in
which a fault names the outcome (ANCHORS 3.5); further findings stay on the row with their money.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.money import ZERO


class Outcome(StrEnum):
    NEEDS_REVIEW = "needs_review"
    NOT_OURS = "not_ours"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    BILLED_BEFORE = "billed_before"
    WRONG_RETURN_PRICE = "wrong_return_price"
    COD_AMOUNT = "cod_amount"
    COD_FEE = "cod_fee"
    WEIGHT = "weight"
    ZONE = "zone"
    RATE = "rate"
    SURCHARGE = "surcharge"
    MISSING = "missing"
    WITHIN_TOLERANCE = "within_tolerance"
    AGREED = "agreed"


RANK = {outcome: position for position, outcome in enumerate(Outcome)}


class FeeKind(StrEnum):
    """What a billed row is for; rows of one kind are summed per waybill before comparing (F57)."""

    FREIGHT = "freight"
    SURCHARGE = "surcharge"
    COD_FEE = "cod_fee"
    COD = "cod"
    ADJUSTMENT = "adjustment"


FEES = (FeeKind.FREIGHT, FeeKind.SURCHARGE, FeeKind.COD_FEE)


@dataclass(frozen=True)
class Finding:
    """One fault with its evidence. `money` is billed minus expected: positive is against us."""

    code: Outcome
    kind: FeeKind | None
    rule: str
    expected: Decimal
    billed: Decimal
    note: str = ""
    tolerated: bool = False

    @property
    def money(self) -> Decimal:
        return self.billed - self.expected


@dataclass(frozen=True)
class Tolerance:
    """Both must hold: at most `money`, and at most `percent` of what was expected (ANCHORS 3.7)."""

    money: Decimal = ZERO
    percent: Decimal = ZERO

    def covers(self, difference: Decimal, expected: Decimal) -> bool:
        size = abs(difference)
        return size <= self.money and size <= abs(expected) * self.percent / 100
