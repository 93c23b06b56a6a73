"""From the bytes of a file to the tables or texts in it, whatever it calls itself (FORMATS 1, R12, R14).

Workbooks, archives, HTML and XML are opened only in the confined child of `core.tabular`; what it
refuses comes out as one `StatementRefused`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice

from core.tabular.blobs import Blob
from core.tabular.delimited import RawRow, read_delimited
from core.tabular.documents import Reading, open_members, readings
from core.tabular.limits import STANDARD
from core.tabular.problems import RefusedFile

from .cells import Line
from .layouts import Sheet
from .problems import Problem, StatementRefused


@contextmanager
def refusals_of_core() -> Iterator[None]:
    """Say as a statement's refusal that the file could not be opened."""
    try:
        yield
    except RefusedFile as refused:
        params = {name: str(value) for name, value in refused.problem.params.items()}
        raise StatementRefused(Problem(refused.problem.code, params)) from None


def text_sheet(blob: Blob, encoding: str, delimiter: str, *, rows: int | None = None) -> Sheet:
    """A text file, or its first `rows`, as one nameless sheet; a broken quote spoils only its own line."""
    with refusals_of_core():
        found = read_delimited(blob, encoding=encoding, delimiter=delimiter, limits=STANDARD)
        return Sheet("", [_line(row) for row in islice(found, rows)])


def workbook_sheets(blob: Blob) -> tuple[list[Sheet], list[Blob]]:
    """(sheets of a workbook or HTML table, members of an archive); one of the two is empty."""
    with refusals_of_core():
        reading: Reading | None
        reading, members = open_members(blob, limits=STANDARD)
        if reading is None and members != [blob]:
            return [], [Blob(member.name, data=_bytes(member)) for member in members]
        if reading is None:
            reading = next(readings(blob, limits=STANDARD, western=False, delimiter=""))
        with closing(reading):
            names = [head.sheet for head in reading.heads(1)]
            return [Sheet(name, _lines(reading, index), padded=True) for index, name in enumerate(names)], []


def _lines(reading: Reading, index: int) -> list[Line]:
    return [_line(row) for row in reading.rows(index)]


def _line(row: RawRow) -> Line:
    return Line(row.number, tuple(row.cells), row.problem.code if row.problem else "")


def _bytes(member: Blob) -> bytes:
    with member.open() as file:
        return file.read()
