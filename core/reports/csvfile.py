"""Reports as CSV: UTF-8 with BOM and CRLF, so that a spreadsheet in China opens it, and formula-safe."""

import csv
import io
from collections.abc import Sequence
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from core.tabular.text import guard

from .columns import Column, csv_form
from .writer import Heading, ReportWriter


class CsvReport(ReportWriter):
    extension = "csv"
    content_type = "text/csv; charset=utf-8"

    def __init__(self, out: BinaryIO, columns: Sequence[Column], *, zone: ZoneInfo) -> None:
        super().__init__(out, columns, zone=zone)
        self.text = io.TextIOWrapper(
            out, encoding="utf-8-sig", errors="replace", newline="", write_through=False
        )
        self.writer = csv.writer(self.text, lineterminator="\r\n")
        self.forms = [csv_form(column, zone) for column in columns]

    def begin(self, heading: Heading) -> None:
        pass

    def put_line(self, texts: Sequence[str], *, bold: bool = False) -> None:
        self.writer.writerow([guard(text) for text in texts])

    def put_header(self, titles: Sequence[str]) -> None:
        self.put_line(titles)

    def put_row(self, row: Sequence[Any]) -> None:
        self.writer.writerow([form(value) for form, value in zip(self.forms, row, strict=True)])

    def put_sums(self, cells: Sequence[Any]) -> None:
        figures = [form(cell) for form, cell in zip(self.forms[1:], cells[1:], strict=True)]
        self.writer.writerow([guard(cells[0]), *figures])

    def finish(self) -> None:
        self.text.flush()
        self.text.detach()
