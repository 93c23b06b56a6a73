"""Takes the cells of one row by column name and collects everything that is wrong with them.

A reader asks for what it needs and looks at `problems` once at the end, so that a clerk sees all faults
of a row together. What comes back is only to be used when there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from core.tabular.cells import DayOrder

from . import cells
from .problems import Problem


class Reading:
    """`fields` are the cells as received, by column name."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        self.problems: list[Problem] = []

    def complain(self, code: str, column: str, value: str = "") -> None:
        self.problems.append(Problem(code, column=column, value=value))

    def text(self, name: str) -> str:
        """A word or note as received, without blanks and TABs around it."""
        return self.fields.get(name, "").strip("\ufeff\x00 \t\r\n\u3000")

    def filled(self, name: str) -> bool:
        return not cells.is_empty(self.fields.get(name, ""))

    def reference(self, name: str, *, needed: bool = False, empty: frozenset[str] = frozenset()) -> str:
        """A number that matching relies on; damaged ones are a problem even if nothing collides."""
        text = cells.fold(cells.bare(self.fields.get(name, "")))
        if cells.is_empty(text) or text in empty:
            if needed:
                self.complain("missing_value", name)
            return ""
        if cells.damaged(text):
            self.complain("damaged_id", name, text)
        return text

    def exact(self, name: str, *, needed: bool = False, comma: bool = False) -> Decimal | None:
        """A number with all its places, None if the cell is empty."""
        shown = self.fields.get(name, "")
        try:
            amount = cells.money(shown, comma=comma)
        except ValueError:
            self.complain("bad_amount", name, shown)
            return None
        if amount is None and needed:
            self.complain("missing_value", name)
        return amount

    def money(self, name: str, *, needed: bool = False, comma: bool = False) -> Decimal | None:
        """An amount of two places; parts of a cent are a problem."""
        amount = self.exact(name, needed=needed, comma=comma)
        if amount is None:
            return None
        if amount != cells.cents(amount):
            self.complain("too_precise", name, self.fields.get(name, ""))
        return cells.cents(amount)

    def day(self, name: str, *, order: DayOrder = "ymd") -> date | None:
        shown = self.text(name)
        try:
            return cells.day(shown, order=order)
        except ValueError:
            self.complain("bad_date" if self.filled(name) else "missing_value", name, shown)
            return None

    def moment(self, name: str) -> datetime | None:
        shown = self.text(name)
        try:
            return cells.moment(shown)
        except ValueError:
            self.complain("bad_date" if self.filled(name) else "missing_value", name, shown)
            return None
