"""Typed cells of one row. A cell that cannot be read becomes a finding with its place, and the row goes
to a person; the other rows go on (FORMATS 0.2)."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar

from . import cells
from .problems import BadCell, CellProblem, Problem
from .tables import Row, Table
from .waybills import looks_like_waybill

T = TypeVar("T")


class CellReader:
    """Reads one row. `problems` make it a row for review; `warnings` are shown and block nothing."""

    __slots__ = ("problems", "row", "table", "warnings")

    def __init__(self, table: Table, row: Row) -> None:
        self.table, self.row = table, row
        self.problems: list[CellProblem] = []
        self.warnings: list[CellProblem] = []
        if row.problem:
            self.problems.append(self._finding("", row.problem))

    def text(self, key: str, *, required: bool = False) -> str:
        """Free text, edges stripped."""
        value = self.row.cells.get(key, "")
        if required and not value:
            self._miss(key)
        return value

    def id(self, key: str, *, required: bool = False) -> str:
        return self._identifier(key, cells.parse_id, required)

    def waybill(self, key: str, *, required: bool = False, courier: str = "") -> str:
        """A normalised waybill; one that does not look like the courier's is only a warning."""
        number = self._identifier(key, cells.parse_waybill, required)
        if number and courier and looks_like_waybill(courier, number) is False:
            self.warnings.append(self._finding(key, Problem("unusual_waybill", {"courier": courier})))
        return number

    def money(
        self,
        key: str,
        *,
        required: bool = False,
        places: int = 2,
        decimal: cells.DecimalMark = ".",
        unsigned: bool = False,
    ) -> Decimal | None:
        """An amount in the unit of the file; None when empty. A remark behind it becomes a warning."""
        found = self._read(
            key,
            lambda text: cells.parse_money(text, places=places, decimal=decimal, unsigned=unsigned),
            lambda money: money.value is None,
            required,
        )
        if found and found.note:
            self.warnings.append(self._finding(key, Problem("suffix_note")))
        return found.value if found else None

    def quantity(
        self, key: str, *, required: bool = False, places: int = 3, unsigned: bool = True
    ) -> Decimal | None:
        return self._optional(
            key, lambda text: cells.parse_quantity(text, places=places, unsigned=unsigned), required
        )

    def whole(self, key: str, *, required: bool = False, unsigned: bool = True) -> int | None:
        return self._optional(key, lambda text: cells.parse_whole(text, unsigned=unsigned), required)

    def percent(self, key: str, *, required: bool = False) -> Decimal | None:
        return self._optional(key, cells.parse_percent, required)

    def datetime(
        self,
        key: str,
        *,
        zone: dt.tzinfo,
        required: bool = False,
        order: cells.DayOrder = "ymd",
        year: int | None = None,
    ) -> dt.datetime | None:
        return self._optional(
            key, lambda text: cells.parse_datetime(text, zone=zone, order=order, year=year), required
        )

    def date(
        self, key: str, *, required: bool = False, order: cells.DayOrder = "ymd", year: int | None = None
    ) -> dt.date | None:
        return self._optional(key, lambda text: cells.parse_date(text, order=order, year=year), required)

    def choice(self, key: str, known: Mapping[str, T], *, required: bool = False) -> T | None:
        """One of the known words; another one is for a person, not for a default."""

        def look_up(text: str) -> T | None:
            if not text:
                return None
            if text not in known:
                raise BadCell("unknown_choice", known=", ".join(known))
            return known[text]

        return self._optional(key, look_up, required)

    def fault(self, key: str, code: str, **params: object) -> None:
        """A finding of the caller's own about this cell, from the same list of messages."""
        self.problems.append(self._finding(key, Problem(code, params)))

    def _identifier(self, key: str, parse: Callable[[str], cells.Identifier], required: bool) -> str:
        found = self._read(key, parse, lambda identifier: not identifier.text, required)
        if found and found.suspicious:
            self.warnings.append(self._finding(key, Problem("rounded_id")))
        return found.text if found else ""

    def _optional(self, key: str, parse: Callable[[str], T | None], required: bool) -> T | None:
        return self._read(key, parse, lambda value: value is None, required)

    def _read(
        self, key: str, parse: Callable[[str], T], is_empty: Callable[[T], bool], required: bool
    ) -> T | None:
        try:
            value = parse(self.row.cells.get(key, ""))
        except BadCell as bad:
            self.problems.append(self._finding(key, bad.problem))
            return None
        if required and is_empty(value):
            self._miss(key)
        return value

    def _miss(self, key: str) -> None:
        if not self.row.problem:
            self.problems.append(self._finding(key, Problem("missing")))

    def _finding(self, key: str, problem: Problem) -> CellProblem:
        row = self.row
        title = self.table.title_of(key) or key
        value = row.cells.get(key, "") if key else ""
        return CellProblem(self.table.file, row.sheet, row.number, title, value, problem, tuple(row.raw))
