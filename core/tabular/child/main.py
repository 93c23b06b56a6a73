"""The confined process: reads one file descriptor, obeys a few commands, answers with JSON lines.

Commands on standard input: `heads N` (the first rows of every sheet), `rows I` (all rows of a sheet),
`members` (what an archive holds), `events` (XML elements). Every answer ends with a mark that counts its
lines of data; the parent refuses an answer without it (FAILURES S15).
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from core.tabular.problems import RefusedFile

from .confine import confine

BATCH_CHARS = 500_000
BATCH_ROWS = 500

Rows = Iterator[tuple[int, list[str]]]


def main(argv: list[str]) -> None:
    job = json.loads(argv[0])
    confine(address_bytes=job["address_bytes"], cpu_seconds=job["cpu_seconds"])
    out = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    try:
        with os.fdopen(job["file"], "rb") as file:
            _serve(job, file, out)
    except RefusedFile as refused:
        _say(out, {"refused": refused.problem.code, "params": refused.problem.params})
    except MemoryError:
        _say(out, {"refused": "no_memory", "params": {}})
    except BrokenPipeError:
        os._exit(0)
    out.flush()
    # no interpreter shutdown: freeing a million cells one by one would be waited for by the parent
    os._exit(0)


def _serve(job: dict[str, Any], file: BinaryIO, out: BinaryIO) -> None:
    opened = _open(job, file)
    _say(out, opened.hello)
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "heads":
            _answer(out, opened.heads(int(argument)))
        elif command == "rows":
            _answer(out, _batches(opened.rows_of(int(argument)), job["cell_chars"]))
        elif command == "members":
            _send_members(out, opened.members())
        elif command == "events":
            _answer(out, opened.events())


class Opened:
    """What one kind of file can answer; the readers behind it are imported only when they are needed."""

    def __init__(self, hello: dict[str, Any]) -> None:
        self.hello = hello
        self.names: list[str] = hello.get("sheets", [])
        self.rows_of: Callable[[int], Rows] = _no_rows
        self.members: Callable[[], Iterable[tuple[str, Iterable[bytes]]]] = list
        self.events: Callable[[], Iterable[list[Any]]] = list
        self.cell_chars = 0

    def heads(self, count: int) -> Iterator[list[Any]]:
        for index, name in enumerate(self.names):
            rows = list(islice(self.rows_of(index), count))
            if any(len(cell) > self.cell_chars for _, cells in rows for cell in cells):
                raise RefusedFile("huge_cell", row=0, limit=self.cell_chars)
            yield [index, name, rows]


def _no_rows(index: int) -> Rows:
    return iter(())


def _open(job: dict[str, Any], file: BinaryIO) -> Opened:
    opened = _OPENERS[job["task"]](job, file)
    opened.cell_chars = job["cell_chars"]
    return opened


def _open_zip(job: dict[str, Any], file: BinaryIO) -> Opened:
    from . import preflight, unpack

    archive = preflight.open_archive(file)
    if not unpack.is_workbook(archive):
        opened = Opened({"archive": True})
        opened.members = lambda: unpack.zip_members(
            archive, members=job["archive_members"], inflated=job["archive_bytes"]
        )
        return opened
    preflight.check_workbook(
        archive,
        members=job["members"],
        inflated=job["inflated_bytes"],
        rows=job["rows"],
        columns=job["columns"],
    )
    file.seek(0)
    return _open_workbook(job, file)


def _open_workbook(job: dict[str, Any], file: BinaryIO) -> Opened:
    from .workbook import WorkbookSheets

    sheets = WorkbookSheets(file, rows=job["rows"], columns=job["columns"])
    opened = Opened({"sheets": sheets.names})
    opened.rows_of = sheets.rows_of
    return opened


def _open_gzip(job: dict[str, Any], file: BinaryIO) -> Opened:
    from . import unpack

    opened = Opened({"archive": True})
    opened.members = lambda: [("", unpack.gzip_member(file, inflated=job["archive_bytes"]))]
    return opened


def _open_html(job: dict[str, Any], file: BinaryIO) -> Opened:
    from .markup import html_sheets

    sheets = html_sheets(file.read().decode(job["encoding"]), rows=job["rows"], columns=job["columns"])
    opened = Opened({"sheets": [name for name, _ in sheets]})
    opened.rows_of = lambda index: iter(sheets[index][1])
    return opened


def _open_spreadsheetml(job: dict[str, Any], file: BinaryIO) -> Opened:
    from .markup import spreadsheetml_sheets

    sheets: dict[str, list[tuple[int, list[str]]]] = {}
    text = file.read().decode(job["encoding"])
    for name, number, cells in spreadsheetml_sheets(text, rows=job["rows"], columns=job["columns"]):
        sheets.setdefault(name, []).append((number, cells))
    names = list(sheets)
    opened = Opened({"sheets": names})
    opened.rows_of = lambda index: iter(sheets[names[index]])
    return opened


def _open_xml(job: dict[str, Any], file: BinaryIO) -> Opened:
    from .markup import xml_events

    text = file.read().decode(job["encoding"])
    opened = Opened({"xml": True})
    opened.events = lambda: _event_batches(xml_events(text))
    return opened


_OPENERS: dict[str, Callable[[dict[str, Any], BinaryIO], Opened]] = {
    "zip": _open_zip,
    "gzip": _open_gzip,
    "xls": _open_workbook,
    "html": _open_html,
    "spreadsheetml": _open_spreadsheetml,
    "xml": _open_xml,
}


def _event_batches(events: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(events)
    while batch := list(islice(iterator, BATCH_ROWS)):
        yield batch


def _batches(rows: Rows, cell_chars: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    chars = 0
    for number, cells in rows:
        length = sum(map(len, cells))
        if length > cell_chars and any(len(cell) > cell_chars for cell in cells):
            raise RefusedFile("huge_cell", row=number, limit=cell_chars)
        batch.append((number, cells))
        chars += length
        if len(batch) >= BATCH_ROWS or chars >= BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def _answer(out: BinaryIO, batches: Iterable[list[Any]]) -> None:
    count = 0
    for batch in batches:
        _write(out, {"data": batch})
        count += 1
    _say(out, {"end": count})


def _send_members(out: BinaryIO, members: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    count = 0
    for name, chunks in members:
        _write(out, {"data": {"member": name}})
        count += 1
        for chunk in chunks:
            _write(out, {"bytes": len(chunk)})
            out.write(chunk)
    _say(out, {"end": count})


def _write(out: BinaryIO, message: dict[str, Any]) -> None:
    line = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    out.write(line.encode("utf-8", "replace") + b"\n")


def _say(out: BinaryIO, message: dict[str, Any]) -> None:
    _write(out, message)
    out.flush()
