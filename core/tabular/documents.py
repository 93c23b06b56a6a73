"""One file, one way to read it: text is streamed here, everything with structure comes from the child.

A file may have several readings (encodings, delimiters); which one is right is known only when the
header is found in it (FORMATS R1).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from .blobs import Blob, as_blob
from .confined import Child
from .delimited import BACKTICK, DELIMITERS, RawRow, read_delimited
from .limits import STANDARD, Limits
from .problems import RefusedFile
from .recognise import Kind, recognise, refuse_what_is_no_table
from .text import encodings


@dataclass
class Head:
    """The first rows of a sheet; enough to find a header in."""

    sheet: str
    rows: list[RawRow]


class Reading(Protocol):
    """A file read in one way. `padded` says that short rows are normal there (spreadsheets)."""

    encoding: str
    padded: bool

    def heads(self, count: int) -> list[Head]: ...
    def rows(self, index: int) -> Iterator[RawRow]: ...
    def close(self) -> None: ...


class TextReading:
    padded = False

    def __init__(self, blob: Blob, encoding: str, delimiter: str, limits: Limits) -> None:
        self.blob, self.encoding, self.delimiter, self.limits = blob, encoding, delimiter, limits

    def heads(self, count: int) -> list[Head]:
        return [Head("", list(islice(self._stream(), count)))]

    def rows(self, index: int) -> Iterator[RawRow]:
        return self._stream()

    def _stream(self) -> Iterator[RawRow]:
        return read_delimited(self.blob, encoding=self.encoding, delimiter=self.delimiter, limits=self.limits)

    def close(self) -> None:
        pass


class ChildReading:
    padded = True

    def __init__(self, child: Child, encoding: str = "") -> None:
        self.child, self.encoding = child, encoding

    def heads(self, count: int) -> list[Head]:
        return [Head(str(name), list(_raw_rows(rows))) for _, name, rows in self.child.ask(f"heads {count}")]

    def rows(self, index: int) -> Iterator[RawRow]:
        for batch in self.child.ask(f"rows {index}"):
            yield from _raw_rows(batch)

    def close(self) -> None:
        self.child.close()


def _raw_rows(batch: Any) -> Iterator[RawRow]:
    try:
        for number, cells in batch:
            yield RawRow(number, cells)
    except (TypeError, ValueError):
        raise RefusedFile("reader_died") from None


CHILD_TASKS = {Kind.HTML: "html", Kind.SPREADSHEETML: "spreadsheetml"}


def readings(blob: Blob, *, limits: Limits, western: bool, delimiter: str) -> Iterator[Reading]:
    """All ways to read this file as tables, the likeliest first. Raises RefusedFile."""
    kind = recognise(blob)
    refuse_what_is_no_table(kind)
    if kind in (Kind.ZIP, Kind.GZIP):
        raise RefusedFile("nested_archive")
    if kind is Kind.BIFF:
        yield ChildReading(Child(blob, task="xls", limits=limits))
    elif kind in CHILD_TASKS:
        for encoding in encodings(blob, western=western):
            yield ChildReading(
                Child(blob, task=CHILD_TASKS[kind], limits=limits, encoding=encoding), encoding
            )
    elif kind is Kind.TEXT:
        if blob.size > limits.file_bytes:
            raise RefusedFile("too_large", size=blob.size, limit=limits.file_bytes)
        for encoding in encodings(blob, western=western):
            for mark in (delimiter,) if delimiter else _delimiters(blob, encoding):
                yield TextReading(blob, encoding, mark, limits)
    else:
        raise RefusedFile("not_a_table", kind=kind.value)


def open_members(blob: Blob, *, limits: Limits) -> tuple[ChildReading | None, list[Blob]]:
    """(a workbook's reading, or None; the members, when it is an archive). Raises RefusedFile."""
    kind = recognise(blob)
    if kind not in (Kind.ZIP, Kind.GZIP):
        return None, [blob]
    child = Child(blob, task=kind.value, limits=limits)
    if not child.hello.get("archive"):
        return ChildReading(child), []
    with child:
        return None, list(child.members())


def unpack(source: bytes | str | Path | Blob, *, name: str = "", limits: Limits = STANDARD) -> list[Blob]:
    """The files in an archive or gzip file. A workbook, or what is no archive, is its own only member."""
    blob = as_blob(source, name)
    reading, members = open_members(blob, limits=limits)
    if reading is not None:
        reading.close()
        return [blob]
    return [Blob(m.name or blob.name.removesuffix(".gz"), m.data, m.path, m.keep) for m in members]


def _delimiters(blob: Blob, encoding: str) -> tuple[str, ...]:
    head = blob.head().decode(encoding, "ignore")
    if "\n" + BACKTICK in head or head.startswith(BACKTICK):
        return (BACKTICK, *DELIMITERS)
    return DELIMITERS
