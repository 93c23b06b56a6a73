"""Rows of CSV and TAB text, streamed. A broken row is one broken row: an open quotation mark never
swallows the rest of the file, and a comma too many is reported, not guessed away (FORMATS R5)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from .blobs import Blob
from .limits import Limits
from .problems import Problem, RefusedFile

DELIMITERS = (",", "\t", ";", "|")
BACKTICK = "`"  # WeChat: each value starts with a backtick, nothing is quoted (FORMATS 3.2)
QUOTED_LINES = 50


@dataclass(slots=True)
class RawRow:
    """All cells of one row as they came. `number` is the 1-based line, or row of the sheet."""

    number: int
    cells: list[str]
    problem: Problem | None = None


def read_delimited(blob: Blob, *, encoding: str, delimiter: str, limits: Limits) -> Iterator[RawRow]:
    """Stream the rows; nothing but the row at hand is kept."""
    with io.TextIOWrapper(blob.open(), encoding=encoding, newline="") as text:
        if delimiter == BACKTICK:
            yield from _backtick_rows(text)
            return
        yield from _csv_rows(text, delimiter, limits)


def _backtick_rows(lines: Iterator[str]) -> Iterator[RawRow]:
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\r\n")
        if line.startswith(BACKTICK):
            yield RawRow(number, line[1:].split("," + BACKTICK))
        else:
            yield RawRow(number, line.split(",") if line else [])


def _csv_rows(lines: Iterator[str], delimiter: str, limits: Limits) -> Iterator[RawRow]:
    number = 1
    buffered: list[str] = []
    source = iter(lines)
    while True:
        line = buffered.pop(0) if buffered else next(source, "")
        if not line:
            return
        if '"' not in line:
            if len(line) > limits.cell_chars:
                _refuse_huge_cell(number, line.split(delimiter), limits)
            cells = line.rstrip("\r\n").split(delimiter)
            yield RawRow(number, cells if cells != [""] else [])
            number += 1
            continue
        record, used, problem = _record(line, source, buffered, delimiter, limits, number)
        if problem is None:
            cells = next(csv.reader([record], delimiter=delimiter), [])
        else:
            cells = record.rstrip("\r\n").split(delimiter)
        _refuse_huge_cell(number, cells, limits)
        yield RawRow(number, cells, problem)
        number += used


def _record(
    line: str, source: Iterator[str], buffered: list[str], delimiter: str, limits: Limits, number: int
) -> tuple[str, int, Problem | None]:
    """One logical record: (text, physical lines used, problem). Lines read ahead in vain go back."""
    if not _quote_is_open(line, delimiter):
        return line, 1, None
    taken = [line]
    length = len(line)
    while len(taken) < QUOTED_LINES and length <= limits.cell_chars * 2:
        more = buffered.pop(0) if buffered else next(source, "")
        if not more:
            break
        taken.append(more)
        length += len(more)
        if '"' in more and not _quote_is_open("".join(taken), delimiter):
            return "".join(taken), len(taken), None
    if length > limits.cell_chars * 2:
        raise RefusedFile("huge_cell", row=number, limit=limits.cell_chars)
    buffered[:0] = taken[1:]
    return line, 1, Problem("open_quote")


def _quote_is_open(text: str, delimiter: str) -> bool:
    """A quotation mark counts only at the beginning of a field, as for the csv module. Linear in time."""
    start = 0
    while True:
        if text.startswith('"', start):
            end = text.find('"', start + 1)
            while end >= 0 and text.startswith('"', end + 1):
                end = text.find('"', end + 2)
            if end < 0:
                return True
            start = end + 1
        separator = text.find(delimiter, start)
        if separator < 0:
            return False
        start = separator + 1


def _refuse_huge_cell(number: int, cells: list[str], limits: Limits) -> None:
    if any(len(cell) > limits.cell_chars for cell in cells):
        raise RefusedFile("huge_cell", row=number, limit=limits.cell_chars)
