"""From the bytes of a file to the tables or texts in it, whatever it calls itself (FORMATS 1, R12, R14).

Workbooks, archives, HTML and large XML are opened only in the limited child of `core.tabular`; what
it refuses comes out as one `StatementRefused`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.tabular.blobs import Blob
from core.tabular.confined import Child
from core.tabular.delimited import read_delimited
from core.tabular.limits import STANDARD, Limits
from core.tabular.problems import RefusedFile
from core.tabular.recognise import Kind
from core.tabular.text import encodings

from .cells import Line
from .problems import Problem, StatementRefused
from .tables import Sheet

_TASKS = {Kind.ZIP: "zip", Kind.BIFF: "xls", Kind.HTML: "html", Kind.SPREADSHEETML: "spreadsheetml"}


@contextmanager
def refusals_of_core() -> Iterator[None]:
    """Say in this package's words that the file could not be opened."""
    try:
        yield
    except RefusedFile as refused:
        params = {name: str(value) for name, value in refused.problem.params.items()}
        raise StatementRefused(Problem(refused.problem.code, params)) from None


def text_sheet(blob: Blob, encoding: str, delimiter: str, limits: Limits = STANDARD) -> Sheet:
    """A text file as one nameless sheet; a broken quote spoils only its own line."""
    with refusals_of_core():
        rows = read_delimited(blob, encoding=encoding, delimiter=delimiter, limits=limits)
        return Sheet("", [Line(row.number, tuple(row.cells)) for row in rows])


def workbook_sheets(blob: Blob, kind: Kind, limits: Limits = STANDARD) -> list[Sheet] | None:
    """All sheets of a workbook or HTML table; None if a zip file is an archive of other files."""
    encoding = next(iter(encodings(blob)), "") if kind in (Kind.HTML, Kind.SPREADSHEETML) else ""
    with (
        refusals_of_core(),
        Child(blob, task=_TASKS[kind], limits=limits, encoding=encoding) as child,
    ):
        if child.hello.get("archive"):
            return None
        names = [str(name) for name in child.hello["sheets"]]
        return [Sheet(name, _rows(child, index)) for index, name in enumerate(names)]


def archive_members(blob: Blob, kind: Kind, limits: Limits = STANDARD) -> list[Blob]:
    """The files in an archive as bytes; their names are labels only."""
    task = "gzip" if kind is Kind.GZIP else "zip"
    with refusals_of_core(), Child(blob, task=task, limits=limits) as child:
        return [Blob(member.name, data=_bytes(member)) for member in child.members()]


def _rows(child: Child, index: int) -> list[Line]:
    return [
        Line(int(number), tuple(cells)) for batch in child.ask(f"rows {index}") for number, cells in batch
    ]


def _bytes(member: Blob) -> bytes:
    with member.open() as file:
        return file.read()
