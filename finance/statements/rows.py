"""The normalised row of every money statement and what a file of them amounts to (FORMATS 0.1, 0.2).

Readers turn bytes into one `ParsedStatement`; nothing here touches a database. A row is either accepted
or needs review, never dropped; a total in the file that differs from the rows leaves the file open with
both figures. What cannot be read at all raises `StatementRefused` instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from .problems import Problem

ZERO = Decimal("0.00")


class Direction(StrEnum):
    """Seen from the owner of the account. Wallets mark moves between own pockets as neutral."""

    IN = "in"
    OUT = "out"
    NEUTRAL = "neutral"


class RowKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    FEE = "fee"
    FEE_REFUND = "fee_refund"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"
    OTHER = "other"


class FileOutcome(StrEnum):
    OK = "ok"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class RawCells:
    """All cells of a row as text before any cleaning. Rows of one file share their names."""

    names: tuple[str, ...]
    cells: tuple[str, ...]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return zip(self.names, self.cells, strict=False)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One accepted line. Amounts are non-negative with two places; `fee` is what the line cost us,
    negative when a fee was given back. `serial` is the line's own number in the provider's books, where
    `provider_ref` names the payment that the line belongs to. `listed_on` is the day the statement lists
    the row under, which is the value date in MT940; `booked_on` is the day it counts in the books."""

    source: str
    account: str
    line: int
    raw: RawCells
    kind: RowKind
    direction: Direction
    amount: Decimal
    currency: str
    booked_on: date
    listed_on: date
    sheet: str = ""
    occurred_at: datetime | None = None
    serial: str = ""
    provider_ref: str = ""
    merchant_ref: str = ""
    refund_ref: str = ""
    balance_after: Decimal | None = None
    fee: Decimal | None = None
    status: str = ""
    pending: bool = False
    reversal: bool = False
    counterparty: str = ""
    counterparty_account: str = ""
    memo: str = ""
    identity: str = ""

    @property
    def signed(self) -> Decimal:
        if self.direction is Direction.NEUTRAL:
            return ZERO
        return self.amount if self.direction is Direction.IN else -self.amount


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A damaged line: kept raw, never matched, never summed, until a person has settled it."""

    source: str
    account: str
    line: int
    raw: RawCells
    problems: tuple[Problem, ...]
    sheet: str = ""
    direction: Direction | None = None


class Measure(StrEnum):
    """What a control total counts, so that it can be checked again once reviewed rows are settled."""

    ROWS = "rows"
    ROWS_IN = "rows_in"
    ROWS_OUT = "rows_out"
    ROWS_NEUTRAL = "rows_neutral"
    SUM_IN = "sum_in"
    SUM_OUT = "sum_out"
    SUM_NEUTRAL = "sum_neutral"
    FEES = "fees"
    CLOSING = "closing"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """A figure that the file states about itself, beside the same figure from the accepted rows. Once a
    reviewed row is settled, its count and amount are added to `computed` and the two compared again."""

    name: str
    measure: Measure
    stated: Decimal
    computed: Decimal
    currency: str = ""
    account: str = ""

    @property
    def differs(self) -> bool:
        return self.stated != self.computed


@dataclass(frozen=True, slots=True)
class BalanceGap:
    """The running balance before `line` does not lead to the one after it."""

    line: int
    expected: Decimal
    found: Decimal
    sheet: str = ""

    @property
    def gap(self) -> Decimal:
        return self.found - self.expected


@dataclass(frozen=True, slots=True)
class Totals:
    rows_in: int = 0
    rows_out: int = 0
    rows_neutral: int = 0
    rows_zero: int = 0
    credits: Decimal = ZERO
    debits: Decimal = ZERO
    neutral: Decimal = ZERO


def add_up(rows: Iterable[StatementRow]) -> Totals:
    """Counts and sums of accepted rows of one currency; rows of zero are counted apart."""
    count = {Direction.IN: 0, Direction.OUT: 0, Direction.NEUTRAL: 0}
    money = {Direction.IN: ZERO, Direction.OUT: ZERO, Direction.NEUTRAL: ZERO}
    zero = 0
    for row in rows:
        if row.amount:
            count[row.direction] += 1
            money[row.direction] += row.amount
        else:
            zero += 1
    return Totals(
        rows_in=count[Direction.IN],
        rows_out=count[Direction.OUT],
        rows_neutral=count[Direction.NEUTRAL],
        rows_zero=zero,
        credits=money[Direction.IN],
        debits=money[Direction.OUT],
        neutral=money[Direction.NEUTRAL],
    )


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """Everything that one file says. `account` is empty where the file names none or several; the rows
    then carry their own, or the uploader's. `currency` is empty where currencies are mixed."""

    format: str
    version: str
    filename: str
    sha256: str
    account: str
    currency: str
    rows: tuple[StatementRow, ...]
    review: tuple[ReviewRow, ...] = ()
    header: tuple[str, ...] = ()
    skipped: int = 0
    period_from: date | None = None
    period_to: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    control: tuple[ControlTotal, ...] = ()
    balance_gaps: tuple[BalanceGap, ...] = ()
    findings: tuple[Problem, ...] = ()

    @property
    def rows_read(self) -> int:
        return len(self.rows) + len(self.review)

    @property
    def differences(self) -> tuple[ControlTotal, ...]:
        return tuple(total for total in self.control if total.differs)

    @property
    def outcome(self) -> FileOutcome:
        """Open while a stated figure differs from the rows or the end of the file is missing."""
        cut = any(finding.code in ("no_closing_balance", "no_footer") for finding in self.findings)
        return FileOutcome.OPEN if self.differences or cut else FileOutcome.OK

    @property
    def by_currency(self) -> dict[str, Totals]:
        found = sorted({row.currency for row in self.rows})
        return {code: add_up(row for row in self.rows if row.currency == code) for code in found}

    @property
    def totals(self) -> Totals | None:
        """Totals of the file, or None where it mixes currencies (see `by_currency`)."""
        parts = self.by_currency
        if not parts:
            return Totals()
        return next(iter(parts.values())) if len(parts) == 1 else None

    @property
    def first_date(self) -> date | None:
        return min((row.listed_on for row in self.rows), default=None)

    @property
    def last_date(self) -> date | None:
        return max((row.listed_on for row in self.rows), default=None)
