"""Reports as xlsx in constant memory: text stays text, long numbers stay whole, amounts are numbers.

Nothing in a cell is ever turned into a formula, a link or a number by the writer (FORMATS R21).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import xlsxwriter

from core.errors import DomainError
from core.tabular.text import guard, unguard

from .columns import CENT, Column, amount, day, local
from .writer import Heading, ReportWriter

LAST_ROW = 1_048_576
CELL_CHARS = 32_767
FORMATS = {
    "money": "0.00;[Red]-0.00",
    "quantity": "0.###",
    "percent": "0.00%",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "id": "@",
    "text": "@",
}
# Two spreadsheets of the same content are the same bytes: no time of writing inside.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class ReportTooLong(DomainError):
    """An xlsx sheet ends at row 1,048,576: take CSV, or a shorter period."""

    code = "report_too_long"


class XlsxReport(ReportWriter):
    extension = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, out: BinaryIO, columns: Sequence[Column], *, zone: ZoneInfo) -> None:
        super().__init__(out, columns, zone=zone)
        self.book = xlsxwriter.Workbook(
            out,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": False,
            },
        )
        self.sheet = self.book.add_worksheet()
        self.at = 0
        self.bold = self.book.add_format({"bold": True})
        self.head = self.book.add_format(
            {"bold": True, "bg_color": "#EDEDED", "bottom": 1, "text_wrap": True}
        )
        self.formats = [self.book.add_format({"num_format": FORMATS[c.kind]}) for c in columns]
        self.sum_formats = [
            self.book.add_format({"num_format": FORMATS[c.kind], "bold": True, "top": 1}) for c in columns
        ]

    def begin(self, heading: Heading) -> None:
        created = heading.created_at.astimezone(UTC) if heading.created_at else EPOCH
        self.book.set_properties({"title": str(heading.title), "created": created.replace(tzinfo=None)})
        for at, column in enumerate(self.columns):
            self.sheet.set_column(at, at, column.width)

    def put_line(self, texts: Sequence[str], *, bold: bool = False) -> None:
        for at, text in enumerate(texts):
            self._text(at, text, self.bold if bold else None)
        self._next()

    def put_header(self, titles: Sequence[str]) -> None:
        for at, title in enumerate(titles):
            self._text(at, title, self.head)
        self._next()
        self.sheet.freeze_panes(self.at, 1)

    def put_row(self, row: Sequence[Any]) -> None:
        self._cells(row, self.formats)

    def put_sums(self, cells: Sequence[Any]) -> None:
        self._text(0, cells[0], self.sum_formats[0])
        self._cells([None, *cells[1:]], self.sum_formats)

    def finish(self) -> None:
        self.book.close()

    def _cells(self, row: Sequence[Any], formats: Sequence[Any]) -> None:
        for at, (column, value, form) in enumerate(zip(self.columns, row, formats, strict=True)):
            if value is None:
                continue
            if column.kind == "money":
                self.sheet.write_number(self.at, at, amount(value), form)
            elif column.kind == "quantity":
                self.sheet.write_number(self.at, at, value, form)
            elif column.kind == "percent":
                share = Decimal(value).quantize(CENT * CENT, ROUND_HALF_UP)
                self.sheet.write_number(self.at, at, share, form)
            elif column.kind == "datetime":
                self.sheet.write_datetime(self.at, at, local(value, self.zone), form)
            elif column.kind == "date":
                self.sheet.write_datetime(self.at, at, day(value, self.zone), form)
            else:
                self._text(at, str(value), form)
        self._next()

    def _text(self, at: int, text: str, form: Any) -> None:
        if "'" in text and unguard(text) != text:
            text = guard(text)  # our readers take one mark off whatever carries one
        if len(text) > CELL_CHARS:
            text = text[: CELL_CHARS - 1] + "…"
        if text:
            self.sheet.write_string(self.at, at, text, form)

    def _next(self) -> None:
        self.at += 1
        if self.at >= LAST_ROW:
            raise ReportTooLong(
                "The report has more rows than a sheet can hold. Take CSV, or a shorter period."
            )
