"""Courier statements of any layout: bytes to one line per amount, with its place in the file.

Columns are found by the names in `courier_columns.py` or by the clerk's own map. A row that can't be
read stays with its reason and is never summed; totals in the file are checked against the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.reasons import joined
from core.tabular import (
    BadCell,
    Blob,
    CellReader,
    Control,
    Row,
    Table,
    fold,
    open_table,
    parse_money,
    plain,
)
from core.tabular.limits import STANDARD, Limits
from logistics.rules.grouping import BilledRow, Term
from logistics.rules.outcomes import FeeKind
from logistics.statements.courier_columns import (
    LAYOUTS,
    MAPPED,
    SUMMARY_AMOUNT,
    is_return_text,
    kind_of_item,
    term_of,
)

ZERO = Decimal("0.00")
PRICED = ("amount", "freight", "surcharge", "cod_fee", "cod")


@dataclass(slots=True)  # not frozen: a statement has a million of them
class CourierLine:
    """One amount of one row. With a `problem` it waits for a person and is never summed."""

    sheet: str
    row_no: int
    raw: tuple[str, ...]
    waybill: str
    kind: FeeKind
    amount: Decimal
    item: str = ""
    mother: str = ""
    weight_g: int | None = None
    zone: str = ""
    origin: str = ""
    destination: str = ""
    day: date | None = None
    term: Term | None = None
    is_return: bool = False
    memo: str = ""
    problem: str = ""
    occurrence: int = 1

    @property
    def place(self) -> str:
        return f"{self.sheet}!{self.row_no}" if self.sheet else str(self.row_no)

    def identity(self, account: str, period: str) -> tuple[str, ...]:
        """The de-duplication key of FORMATS 8.1. Lines to review go by their place instead."""
        if self.problem or not self.waybill:
            return (account, period, "", self.place, "", "1")
        name = self.item or self.kind
        return (account, period, self.waybill, name, f"{self.amount:.2f}", str(self.occurrence))

    def as_billed(self, zone: str | None = None) -> BilledRow:
        """What the matching rules take; `zone` when the caller knows it from the destination."""
        return BilledRow(
            row=self.place,
            waybill=self.waybill,
            mother=self.mother,
            kind=self.kind,
            amount=self.amount,
            item=self.item,
            weight_g=self.weight_g,
            zone=self.zone if zone is None else zone,
            term=self.term,
            is_return=self.is_return,
            problem=self.problem,
        )


@dataclass(frozen=True)
class TotalDiffers:
    """A total in the file that its rows don't give: the file stays open until a person accepts it."""

    place: str
    column: str
    stated: Decimal
    summed: Decimal


@dataclass
class CourierStatement:
    """A statement as read. `folded` are the kinds that its one amount includes (see rules.grouping)."""

    layout: str
    version: str
    sheet: str
    header_row: int
    titles: tuple[str, ...]
    extra_titles: tuple[str, ...]
    preamble: tuple[str, ...]
    lines: list[CourierLine] = field(default_factory=list)
    differences: list[TotalDiffers] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    folded: frozenset[FeeKind] = frozenset()
    states_cod: bool = False
    rows: int = 0
    skipped: int = 0

    @property
    def to_review(self) -> list[CourierLine]:
        return [line for line in self.lines if line.problem]

    @property
    def billed(self) -> Decimal:
        """What the readable rows charge us; cash collected is no charge."""
        return sum((x.amount for x in self.lines if not x.problem and x.kind != FeeKind.COD), ZERO)


def read_courier_statement(
    source: bytes | str | Path | Blob,
    *,
    name: str = "",
    courier: str = "",
    columns: Mapping[str, str] | None = None,
    sheet: str = "",
    limits: Limits = STANDARD,
    show: Callable[[int], object] | None = None,
) -> CourierStatement:
    """All amounts of a statement. `columns` says which title is the waybill, weight, amount, cod …

    `show` hears after every thousand rows how many are read. Raises RefusedFile when the columns are not
    there or the file must not be read.
    """
    with open_table(
        source, MAPPED if columns else LAYOUTS, name=name, limits=limits, sheet=sheet, mapping=columns
    ) as table:
        reader = _Reader(table, courier, dict(columns or {}))
        summary = _summary_totals(table)
        reader.read(show)
        statement = reader.statement
        statement.differences += differing_controls(table, reader.sums)
        statement.differences += [
            TotalDiffers(place, title, stated, reader.payable)
            for place, title, stated in summary
            if stated != reader.payable
        ]
        statement.skipped = table.skipped + len(table.controls)
        return statement


class _Reader:
    def __init__(self, table: Table, courier: str, chosen: dict[str, str]) -> None:
        self.table = table
        self.courier = courier
        have = {column.key for column in table.columns.columns if table.title_of(column.key)}
        if "amount" in chosen:
            # whoever names the amount means the whole charge
            have -= {"freight", "surcharge"} - set(chosen)
        self.have = have
        self.by_column = "freight" in have and "fee_type" not in have
        self.seen: dict[tuple[str, str, Decimal], int] = {}
        self.priced = [(key, self._is_needed(key)) for key in PRICED if key in have]
        self.sums: dict[str, Decimal] = dict.fromkeys(PRICED, ZERO)
        self.payable = ZERO
        self.statement = CourierStatement(
            layout=table.columns.name,
            version=table.columns.version,
            sheet=table.sheet,
            header_row=table.header_row,
            titles=table.titles,
            extra_titles=table.extra_titles,
            preamble=tuple(" ".join(filter(None, map(plain, row.cells))) for row in table.preamble),
            folded=self._folded(),
            states_cod="cod" in have,
        )

    def read(self, show: Callable[[int], object] | None) -> None:
        for row in self.table.rows():
            self.statement.rows += 1
            if show and self.statement.rows % 1000 == 0:
                show(self.statement.rows)
            cell = CellReader(self.table, row)
            for line in self._lines(row, cell):
                self.statement.lines.append(line)
                if line.kind == FeeKind.COD:
                    self.statement.states_cod = True
            self.statement.warnings += [
                f"{found.sheet or ''} {found.row} {found.column}: {found.reason}".strip()
                for found in cell.warnings
            ]

    def _folded(self) -> frozenset[FeeKind]:
        if self.by_column or self.have & {"item", "fee_type"}:
            return frozenset()
        shown = {FeeKind.SURCHARGE: "surcharge", FeeKind.COD_FEE: "cod_fee"}
        return frozenset(kind for kind, key in shown.items() if key not in self.have)

    def _lines(self, row: Row, cell: CellReader) -> Iterator[CourierLine]:
        amounts = {
            key: value
            for key, needed in self.priced
            if (value := cell.money(key, required=needed)) is not None
        }
        before = len(cell.problems)
        day = cell.date("day")
        if len(cell.problems) > before:  # a date that can't be read blocks no amount
            cell.warnings += cell.problems[before:]
            del cell.problems[before:]
        waybill = cell.waybill("waybill", required=True, courier=self.courier)
        weight = cell.quantity("weight")
        note = cell.text("note")
        frame: dict[str, Any] = {
            "sheet": row.sheet,
            "row_no": row.number,
            "raw": tuple(row.raw),
            "waybill": waybill,
            "mother": cell.waybill("mother"),
            "weight_g": None if weight is None else int((weight * 1000).quantize(Decimal(1), ROUND_HALF_UP)),
            "zone": cell.text("zone"),
            "origin": cell.text("origin"),
            "destination": cell.text("destination"),
            "day": day,
            "term": term_of(cell.text("term")),
            "is_return": is_return_text(cell.text("service")) or is_return_text(note),
            "memo": note,
        }
        for key, value in amounts.items():
            self.sums[key] += value
        if cell.problems:
            reasons = joined([found.told for found in cell.problems])
            amount = amounts.get("amount", amounts.get("freight", ZERO))
            yield CourierLine(**frame, kind=FeeKind.FREIGHT, amount=amount, problem=reasons)
            return
        for kind, item, amount in self._charges(cell, amounts):
            if kind != FeeKind.COD:
                self.payable += amount
            same = (waybill, item or kind, amount)
            self.seen[same] = occurrence = self.seen.get(same, 0) + 1
            yield CourierLine(**frame, kind=kind, item=item, amount=amount, occurrence=occurrence)

    def _is_needed(self, key: str) -> bool:
        return key == ("freight" if self.by_column else "amount")

    def _charges(
        self, cell: CellReader, amounts: dict[str, Decimal]
    ) -> Iterator[tuple[FeeKind, str, Decimal]]:
        """Kind, name and amount of everything that this row charges or states."""
        if self.by_column:
            named = (
                ("freight", FeeKind.FREIGHT),
                ("surcharge", FeeKind.SURCHARGE),
                ("cod_fee", FeeKind.COD_FEE),
            )
            parts = [(kind, amounts[key]) for key, kind in named if amounts.get(key)]
            if not amounts["freight"]:
                parts.insert(0, (FeeKind.FREIGHT, amounts["freight"]))
            rest = (
                amounts["amount"] - sum((amount for _, amount in parts), ZERO)
                if "amount" in amounts
                else ZERO
            )
            for kind, amount in parts:
                yield (FeeKind.ADJUSTMENT if amount < 0 else kind), "", amount
            if rest:
                # the payable total counts; what no column explains is shown as a surcharge of its own
                yield (FeeKind.ADJUSTMENT if rest < 0 else FeeKind.SURCHARGE), "not itemised", rest
        else:
            item = cell.text("item") or cell.text("fee_type")
            kind = kind_of_item(cell.text("fee_type") or item, amounts["amount"])
            if amounts["amount"] or kind == FeeKind.FREIGHT:
                yield kind, item, amounts["amount"]
            for key, extra in (("surcharge", FeeKind.SURCHARGE), ("cod_fee", FeeKind.COD_FEE)):
                if amounts.get(key):
                    yield extra, "", amounts[key]
        if amounts.get("cod"):
            yield FeeKind.COD, "", amounts["cod"]


def differing_controls(table: Table, sums: dict[str, Decimal]) -> list[TotalDiffers]:
    """Totals rows against the sums of all rows. Subtotals and carried sums cover only a part."""
    found = []
    for control in table.controls:
        if any(word in control.label for word in ("小计", "承前", "结转", "本页")):
            continue
        for key in sums:
            stated = _money(control, key)
            if stated is not None and stated != sums[key]:
                found.append(TotalDiffers(str(control.number), table.title_of(key), stated, sums[key]))
    return found


def _money(control: Control, key: str) -> Decimal | None:
    try:
        return parse_money(control.cells.get(key, "")).value
    except BadCell:
        return None


def _summary_totals(table: Table) -> list[tuple[str, str, Decimal]]:
    """Payable totals on a summary sheet beside the detail: label in one cell, figure in the next."""
    found = []
    for head in table.reading.heads(60):
        if head.sheet == table.sheet or not any(word in fold(head.sheet) for word in ("汇总", "summary")):
            continue
        for row in head.rows:
            cells = [plain(cell) for cell in row.cells]
            for label, figure in pairwise(cells):
                if fold(label) in SUMMARY_AMOUNT:
                    try:
                        value = parse_money(figure).value
                    except BadCell:
                        continue
                    if value is not None:
                        found.append((f"{head.sheet}!{row.number}", label, value))
    return found
