"""One pass over the rows of a report into several files, and a part of them for the screen."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .columns import Column, csv_form
from .writer import Heading, ReportWriter
from .xlsxfile import ReportTooLong


class ScreenReport(ReportWriter):
    """Keeps the first rows as text, as a page shows them, and the totals by column."""

    def __init__(self, columns: Sequence[Column], *, zone: ZoneInfo, most: int) -> None:
        super().__init__(None, columns, zone=zone)
        self.most = most
        self.titles: list[str] = []
        self.rows: list[list[str]] = []
        self.totals: list[tuple[str, dict[str, Decimal]]] = []
        self.forms = [str if c.kind in ("text", "id") else csv_form(c, zone) for c in columns]

    def begin(self, heading: Heading) -> None:
        pass

    def put_line(self, texts: Sequence[str], *, bold: bool = False) -> None:
        pass

    def put_header(self, titles: Sequence[str]) -> None:
        self.titles = list(titles)

    def put_row(self, row: Sequence[Any]) -> None:
        if len(self.rows) < self.most:
            cells = zip(self.forms, row, strict=True)
            self.rows.append(["" if value is None else form(value) for form, value in cells])

    def put_totals(self, label: str, values: Mapping[str, Decimal]) -> None:
        self.totals.append((label, dict(values)))

    def put_sums(self, cells: Sequence[Any]) -> None:
        pass

    def finish(self) -> None:
        pass


class SeveralReports(ReportWriter):
    """Writes the same to several; one whose kind of file cannot hold so many rows is left out (`full`)."""

    def __init__(
        self,
        writers: Mapping[str, ReportWriter],
        columns: Sequence[Column],
        *,
        zone: ZoneInfo,
    ) -> None:
        super().__init__(None, columns, zone=zone)
        self.writers = dict(writers)
        self.full: list[str] = []

    def begin(self, heading: Heading) -> None:
        self._each(lambda writer: writer.begin(heading))

    def put_line(self, texts: Sequence[str], *, bold: bool = False) -> None:
        self._each(lambda writer: writer.put_line(texts, bold=bold))

    def put_header(self, titles: Sequence[str]) -> None:
        self._each(lambda writer: writer.put_header(titles))

    def put_row(self, row: Sequence[Any]) -> None:
        self._each(lambda writer: writer.put_row(row))

    def put_totals(self, label: str, values: Mapping[str, Decimal]) -> None:
        self._each(lambda writer: writer.put_totals(label, values))

    def put_sums(self, cells: Sequence[Any]) -> None:
        raise NotImplementedError("totals are put into each of the files")

    def finish(self) -> None:
        self._each(lambda writer: writer.finish())

    def _each(self, work: Callable[[ReportWriter], None]) -> None:
        for name, writer in list(self.writers.items()):
            try:
                work(writer)
            except ReportTooLong:
                self.full.append(name)
                del self.writers[name]
