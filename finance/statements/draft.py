"""A statement while it is being read: collects outcomes, then counts, compares and gives identities.

Every reader fills one `Draft` and calls `finish()`. The draft owns what all formats share: occurrence
numbers of equal lines, control totals against rows, and the running balance in either file order.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from .identity import SERIAL, Key, identity
from .problems import Problem
from .rows import (
    ZERO,
    BalanceGap,
    ControlTotal,
    Direction,
    Measure,
    ParsedStatement,
    RawCells,
    ReviewRow,
    StatementRow,
    add_up,
)

# Short cells repeat a lot (a currency, a zero, a status); a file keeps each of them once.
_POOLED_CHARS = 12


@dataclass(frozen=True, slots=True)
class _Stated:
    name: str
    measure: Measure
    value: Decimal
    computed: Decimal | None
    currency: str
    account: str


@dataclass
class Draft:
    """Mutable while reading. `account` is what the file declares, or what the uploader chose."""

    format: str
    version: str
    filename: str
    data: bytes
    account: str = ""
    currency: str = ""
    skipped: int = 0
    period_from: date | None = None
    period_to: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    header: tuple[str, ...] = ()
    has_running_balance: bool = False
    findings: list[Problem] = field(default_factory=list)
    _lines: list[StatementRow | ReviewRow] = field(default_factory=list)
    _seen: Counter[Key] = field(default_factory=Counter)
    _first_line: dict[Key, int] = field(default_factory=dict)
    _stated: list[_Stated] = field(default_factory=list)
    _pool: dict[str, str] = field(default_factory=dict)

    def raw(self, names: tuple[str, ...], cells: Iterable[str]) -> RawCells:
        """The cells of a row as they came."""
        pool = self._pool
        return RawCells(names, tuple(pool.setdefault(c, c) if len(c) <= _POOLED_CHARS else c for c in cells))

    def accept(self, row: StatementRow, key: Key, *, unique: bool = False) -> None:
        """Take a readable row. With `unique`, a serial seen before is no second payment but a question."""
        self._seen[key] += 1
        occurrence = self._seen[key]
        first = self._first_line.setdefault(key, row.line)
        if occurrence > 1 and key[0] == SERIAL:
            problem = Problem(
                "repeated_serial", {"serial": row.serial or row.provider_ref, "first": str(first)}
            )
            if unique:
                self.review(
                    row.line,
                    row.raw,
                    [problem],
                    sheet=row.sheet,
                    account=row.account,
                    direction=row.direction,
                )
                return
            self.find(problem, line=row.line, sheet=row.sheet)
        self._lines.append(replace(row, identity=identity(key, occurrence)))

    def review(
        self,
        line: int,
        raw: RawCells,
        problems: Sequence[Problem],
        *,
        sheet: str = "",
        account: str = "",
        direction: Direction | None = None,
    ) -> None:
        """Keep a damaged row raw, with every reason."""
        self._lines.append(
            ReviewRow(
                source=self.format,
                account=account or self.account,
                line=line,
                raw=raw,
                problems=tuple(p.at(file=self.filename, sheet=sheet, line=line) for p in problems),
                sheet=sheet,
                direction=direction,
            )
        )

    def find(self, problem: Problem, *, line: int | None = None, sheet: str = "") -> None:
        self.findings.append(problem.at(file=self.filename, sheet=sheet, line=line))

    def state(
        self,
        name: str,
        measure: Measure,
        value: Decimal,
        *,
        computed: Decimal | None = None,
        currency: str = "",
        account: str = "",
    ) -> None:
        """Record what the file says about itself; it is compared with the rows at the end."""
        self._stated.append(_Stated(name, measure, value, computed, currency, account))

    @property
    def rows_read(self) -> int:
        return len(self._lines)

    @property
    def rows(self) -> list[StatementRow]:
        return [line for line in self._lines if isinstance(line, StatementRow)]

    @property
    def reviews(self) -> list[ReviewRow]:
        return [line for line in self._lines if isinstance(line, ReviewRow)]

    def finish(self) -> ParsedStatement:
        """Compare and freeze."""
        rows = tuple(self.rows)
        gaps: tuple[BalanceGap, ...] = ()
        if self.has_running_balance:
            gaps = self._check_running_balance()
        currencies = {row.currency for row in rows} or {self.currency}
        if len({(row.account, row.currency) for row in rows}) > 1:
            # Each account has its own balances; they stand in the control totals.
            self.opening = self.closing = None
        control = tuple(self._control(stated) for stated in self._stated)
        for total in control:
            if total.differs:
                self.find(
                    Problem(
                        "total_differs",
                        {"name": total.name, "stated": str(total.stated), "computed": str(total.computed)},
                    )
                )
        for gap in gaps:
            self.find(Problem("balance_gap", {"gap": str(gap.gap)}), line=gap.line, sheet=gap.sheet)
        return ParsedStatement(
            format=self.format,
            version=self.version,
            filename=self.filename,
            sha256=hashlib.sha256(self.data).hexdigest(),
            account=self.account,
            currency=currencies.pop() if len(currencies) == 1 else "",
            rows=rows,
            review=tuple(self.reviews),
            header=self.header,
            skipped=self.skipped,
            period_from=self.period_from,
            period_to=self.period_to,
            opening=self.opening,
            closing=self.closing,
            control=control,
            balance_gaps=gaps,
            findings=tuple(self.findings),
        )

    def _control(self, stated: _Stated) -> ControlTotal:
        computed = stated.computed if stated.computed is not None else self._measure(stated)
        return ControlTotal(
            stated.name, stated.measure, stated.value, computed, stated.currency, stated.account
        )

    def _measure(self, stated: _Stated) -> Decimal:
        def wanted(line: StatementRow | ReviewRow) -> bool:
            return not stated.account or line.account == stated.account

        rows = [r for r in self.rows if wanted(r) and (not stated.currency or r.currency == stated.currency)]
        # Counts include rows under review: the file states them too, only their money is not yet known.
        review = [r for r in self.reviews if wanted(r)]

        def count(direction: Direction) -> Decimal:
            lines: Iterable[StatementRow | ReviewRow] = (*rows, *review)
            return Decimal(sum(1 for line in lines if line.direction is direction))

        sums = add_up(rows)
        return {
            Measure.ROWS: lambda: Decimal(len(rows) + len(review)),
            Measure.ROWS_IN: lambda: count(Direction.IN),
            Measure.ROWS_OUT: lambda: count(Direction.OUT),
            Measure.ROWS_NEUTRAL: lambda: count(Direction.NEUTRAL),
            Measure.SUM_IN: lambda: sums.credits,
            Measure.SUM_OUT: lambda: sums.debits,
            Measure.SUM_NEUTRAL: lambda: sums.neutral,
            Measure.FEES: lambda: sum((r.fee for r in rows if r.fee is not None), ZERO),
        }[stated.measure]()

    def _check_running_balance(self) -> tuple[BalanceGap, ...]:
        """Each currency of each account is a chain of its own; exports run either way, so the order
        with fewer breaks counts."""
        chains: dict[tuple[str, str], list[StatementRow | None]] = {}
        for line in self._lines:
            if isinstance(line, StatementRow):
                chains.setdefault((line.account, line.currency), []).append(line)
            else:
                # An unread amount may explain any jump, so no chain runs across it.
                for chain in chains.values():
                    chain.append(None)
        gaps: list[BalanceGap] = []
        for chain in chains.values():
            forward, backward = _breaks(chain), _breaks(chain[::-1])
            in_order = chain if len(forward) <= len(backward) else chain[::-1]
            gaps += forward if in_order is chain else backward
            if len(chains) == 1:
                self._take_ends(in_order)
        return tuple(sorted(gaps, key=lambda gap: (gap.sheet, gap.line)))

    def _take_ends(self, chain: Sequence[StatementRow | None]) -> None:
        first, last = chain[0], chain[-1]
        if self.opening is None and first is not None and first.balance_after is not None:
            self.opening = first.balance_after - first.signed
        if self.closing is None and last is not None and last.balance_after is not None:
            self.closing = last.balance_after


def _breaks(chain: Sequence[StatementRow | None]) -> list[BalanceGap]:
    found: list[BalanceGap] = []
    balance: Decimal | None = None
    for row in chain:
        if row is None or row.balance_after is None:
            balance = None
            continue
        before = row.balance_after - row.signed
        if balance is not None and balance != before:
            found.append(BalanceGap(line=row.line, expected=balance, found=before, sheet=row.sheet))
        balance = row.balance_after
    return found
