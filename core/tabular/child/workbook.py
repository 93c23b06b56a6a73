"""Workbooks by calamine: sheets of text cells. The way a number becomes text keeps what is known of it.

Up to 15 digits a whole number is written out; beyond that a spreadsheet has already lost digits, and
the cell comes out in E notation, so that no later step can take it for an intact id (FORMATS R7).
"""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from core.tabular.problems import RefusedFile

EXACT = 10**15


class WorkbookSheets:
    """The sheets of one workbook; one is held at a time."""

    def __init__(self, file: BinaryIO, *, rows: int, columns: int) -> None:
        import python_calamine  # only after the process is confined

        self.rows, self.columns = rows, columns
        try:
            self.book = python_calamine.CalamineWorkbook.from_filelike(file)
        except python_calamine.PasswordError:
            raise RefusedFile("encrypted") from None
        except MemoryError:
            raise
        except Exception:
            raise RefusedFile("unreadable") from None
        self.names = list(self.book.sheet_names)
        self.kinds = [sheet.typ for sheet in self.book.sheets_metadata]
        self.worksheet = python_calamine.SheetTypeEnum.WorkSheet
        self.held: tuple[int, Any] | None = None

    def rows_of(self, index: int) -> Iterator[tuple[int, list[str]]]:
        """(row number, cells) of each row that has a value."""
        if self.kinds[index] != self.worksheet:
            return
        sheet = self._load(index)
        if sheet.start is None:
            return
        first_row, first_column = sheet.start
        if sheet.total_height > self.rows:
            raise RefusedFile("too_many_rows", limit=self.rows)
        if sheet.total_width > self.columns:
            raise RefusedFile("too_far", rows=self.rows, columns=self.columns)
        # iter_rows starts at the first used row, but always at column A or at the first used column
        pad = [""] * first_column if sheet.width == sheet.total_width - first_column else []
        for number, row in enumerate(sheet.iter_rows(), start=first_row + 1):
            cells = [cell if type(cell) is str else as_text(cell) for cell in row]
            if any(cells):
                yield number, pad + cells if pad else cells

    def _load(self, index: int) -> Any:
        if self.held is None or self.held[0] != index:
            self.held = None
            self.held = (index, self.book.get_sheet_by_index(index))
        return self.held[1]


def as_text(value: Any) -> str:
    """A typed cell as text that can be parsed back without loss."""
    kind = type(value)
    if kind is float or kind is int:
        return number_text(value)
    if kind is bool:
        return "TRUE" if value else "FALSE"
    if kind is datetime.datetime:
        # a serial number of days is exact to less than a second only
        return str(_to_second(value)) if value.microsecond else str(value)
    return str(value)


def _to_second(value: datetime.datetime) -> datetime.datetime:
    return (value + datetime.timedelta(microseconds=500_000)).replace(microsecond=0)


def number_text(value: float) -> str:
    """The shortest text of a number; empty for what is no number, E notation for what has lost digits."""
    try:
        whole = int(value)
    except (ValueError, OverflowError):
        return ""
    if not -EXACT < whole < EXACT:
        return f"{value:.14E}"
    if whole == value:
        return str(whole)
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text
