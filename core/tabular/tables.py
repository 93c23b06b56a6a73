"""A table in a file: its header found by name, its rows streamed, its totals kept apart (FORMATS R3-R6).

`open_table` is the one way in. Which row is the header, which sheet, which encoding and delimiter: all are
settled together by the names of the needed columns, and nothing is guessed from positions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import Self

from .blobs import Blob, as_blob
from .columns import HEADER_ROWS, ColumnSet, Match, match_header, with_map
from .delimited import RawRow
from .documents import Head, Reading, open_members, readings
from .limits import STANDARD, Limits
from .problems import Problem, RefusedFile
from .rowkinds import RowKind, kind_of_row
from .text import plain

STACKED_HEADERS = 3


@dataclass(slots=True)
class Row:
    """One business row. `cells` has every key of the column set (text, edges stripped, empty when absent);
    `raw` all cells as they came. A row with a `problem` must be reviewed by a person: its cells are empty."""

    sheet: str
    number: int
    cells: dict[str, str]
    raw: list[str]
    problem: Problem | None = None


@dataclass(frozen=True)
class Control:
    """A totals row: `cells` by column key, `named` by the title that stands over it in the file."""

    number: int
    label: str
    cells: dict[str, str]
    named: dict[str, str]
    raw: list[str]


@dataclass
class Table:
    """An open table. Iterate `rows()` once; `controls`, `trailer` and `skipped` are complete after it.

    Use as a context manager: a workbook holds a process until it is closed.
    """

    file: str
    sheet: str
    match: Match
    header_row: int
    preamble: list[RawRow]
    encoding: str
    reading: Reading = field(repr=False)
    index: int = 0
    controls: list[Control] = field(default_factory=list)
    trailer: list[RawRow] = field(default_factory=list)
    skipped: int = 0
    count: int = 0

    @property
    def columns(self) -> ColumnSet:
        return self.match.columns

    @property
    def titles(self) -> tuple[str, ...]:
        """The header as it stands in the file."""
        return self.match.titles

    @property
    def extra_titles(self) -> tuple[str, ...]:
        """Titles that no key stands for; their cells are in `raw` only (R4: reported, not dropped)."""
        known = set(self.match.places.values())
        return tuple(title for at, title in enumerate(self.titles) if title and at not in known)

    def title_of(self, key: str) -> str:
        """The title in the file of the column of this key, empty when the file has none."""
        place = self.match.places.get(key)
        return self.titles[place] if place is not None else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.reading.close()

    def rows(self) -> Iterator[Row]:
        """Every row below the header in order, streamed. Raises RefusedFile when the file breaks off:
        then nothing that was read before may be kept either."""
        places = list(self.match.places.items())
        absent = dict.fromkeys(key for key in self.columns.keys if key not in self.match.places)
        blank = dict.fromkeys(self.columns.keys, "")
        needed = [
            self.match.places[c.key]
            for c in self.columns.columns
            if c.key in self.match.places and c.required
        ]
        width = len(self.titles)
        header = list(self.titles)
        pair: list[str] | None = None
        for raw in self.reading.rows(self.index):
            if raw.number <= self.header_row:
                continue
            cells = raw.cells
            if pair is not None and self._closes_pair(pair, raw):
                pair = None
                continue
            pair = None
            kind = RowKind.DATA if raw.problem else kind_of_row(cells, needed, header)
            if kind is RowKind.DATA:
                self.count += 1
                problem = raw.problem or (None if self.reading.padded else _count_problem(cells, width))
                if problem:
                    yield Row(self.sheet, raw.number, dict(blank), cells, problem)
                    continue
                have = len(cells)
                values = {key: plain(cells[place]) if place < have else "" for key, place in places}
                if absent:
                    values.update(dict.fromkeys(absent, ""))
                yield Row(self.sheet, raw.number, values, cells)
            elif kind is RowKind.TOTAL:
                if not any(character.isdigit() for cell in cells for character in cell):
                    pair = cells
                else:
                    self.controls.append(self._control(raw))
            elif kind is RowKind.NOTE:
                self.trailer.append(raw)
            else:
                self.skipped += 1

    def _control(self, raw: RawRow) -> Control:
        cells = {k: plain(raw.cells[at]) for k, at in self.match.places.items() if at < len(raw.cells)}
        named = {title: plain(cell) for title, cell in zip(self.titles, raw.cells, strict=False) if title}
        label = next((plain(cell) for cell in raw.cells if plain(cell)), "")
        return Control(raw.number, label, cells, named, raw.cells)

    def _closes_pair(self, titles: list[str], raw: RawRow) -> bool:
        """Totals under a second header of their own (WeChat); else the totals row had no figures."""
        if len(titles) != len(raw.cells) or len(titles) == len(self.titles):
            return False
        named = {plain(title): plain(cell.lstrip("`")) for title, cell in zip(titles, raw.cells, strict=True)}
        self.controls.append(Control(raw.number, plain(titles[0]), {}, named, raw.cells))
        return True


def _count_problem(cells: list[str], width: int) -> Problem | None:
    have = len(cells)
    if have == width:
        return None
    if have > width and not any(cell.strip() for cell in cells[width:]):
        return None
    return Problem("field_count", {"found": have, "expected": width})


def open_table(
    source: bytes | str | Path | Blob,
    columns: ColumnSet | Sequence[ColumnSet],
    *,
    name: str = "",
    limits: Limits = STANDARD,
    western: bool = False,
    delimiter: str = "",
    sheet: str = "",
    mapping: Mapping[str, str] | None = None,
) -> Table:
    """Find the one table in the file that has the needed columns.

    `columns` are the known layouts (all versions); the one with most of its columns wins. `mapping` says
    which title stands for which key, `sheet` which sheet is meant. `western` allows cp1252. In an archive
    exactly one member must fit. Raises RefusedFile naming the missing columns, and for whatever cannot
    or must not be read.
    """
    blob = as_blob(source, name)
    sets = [columns] if isinstance(columns, ColumnSet) else list(columns)
    if mapping:
        sets = [with_map(one, mapping) for one in sets]
    workbook, members = open_members(blob, limits=limits)
    if workbook is not None:
        return _first_fitting(blob, iter([workbook]), sets, sheet)
    fitting: list[Table] = []
    refusals: list[RefusedFile] = []
    for member in members:
        inside = Blob(member.name or blob.name, member.data, member.path, member.keep)
        try:
            fitting.append(_open_one(inside, blob is member, sets, limits, western, delimiter, sheet))
        except RefusedFile as refused:
            refusals.append(refused)
    if len(fitting) == 1:
        return fitting[0]
    for table in fitting:
        table.close()
    if fitting:
        raise RefusedFile("two_headers", places=", ".join(table.file for table in fitting))
    raise refusals[-1] if refusals else RefusedFile("empty_file")


def _open_one(
    blob: Blob,
    is_alone: bool,
    sets: list[ColumnSet],
    limits: Limits,
    western: bool,
    delimiter: str,
    sheet: str,
) -> Table:
    if not is_alone:
        workbook, members = open_members(blob, limits=limits)
        if workbook is not None:
            return _first_fitting(blob, iter([workbook]), sets, sheet)
        if members != [blob]:
            raise RefusedFile("nested_archive")
    ways = readings(blob, limits=limits, western=western, delimiter=delimiter)
    return _first_fitting(blob, ways, sets, sheet)


def _first_fitting(blob: Blob, ways: Iterator[Reading], sets: list[ColumnSet], sheet: str) -> Table:
    """The first reading in which a header is found. A header found twice is refused at once."""
    nearest: Match | None = None
    tried = False
    for reading in ways:
        tried = True
        try:
            heads = reading.heads(HEADER_ROWS)
            found = [
                (index, head, at, match)
                for index, head in enumerate(heads)
                if not sheet or head.sheet == sheet
                for at, match in _candidates(head, sets)
            ]
            fitting = [entry for entry in found if not entry[3].missing]
            if len(fitting) == 1:
                index, head, at, match = fitting[0]
                return Table(
                    file=blob.name,
                    sheet=head.sheet,
                    match=match,
                    header_row=head.rows[at].number,
                    preamble=head.rows[:at],
                    encoding=reading.encoding,
                    reading=reading,
                    index=index,
                )
            if fitting:
                places = ", ".join(
                    f"{head.sheet} {head.rows[at].number}".strip() for _, head, at, _ in fitting
                )
                raise RefusedFile("two_headers", places=places)
        except BaseException:
            reading.close()
            raise
        reading.close()
        nearest = max(
            [*([nearest] if nearest else []), *(match for *_, match in found)], key=_fit, default=None
        )
    if not tried:
        raise RefusedFile("undecodable")
    if nearest is None:
        nearest = Match(sets[0], {}, tuple(" / ".join(c.aliases) for c in sets[0].columns if c.required))
    raise RefusedFile("no_header", missing=", ".join(nearest.missing))


def _fit(match: Match) -> tuple[int, int]:
    return (-len(match.missing), len(match.places))


def _candidates(head: Head, sets: list[ColumnSet]) -> list[tuple[int, Match]]:
    """(row index, match) of rows that fit; when none does, of stacked header rows; else the nearest."""
    seen: set[tuple[str, ...]] = set()
    whole: list[tuple[int, Match]] = []
    nearest: list[tuple[int, Match]] = []
    for depth in range(1, STACKED_HEADERS + 1):
        for at, row in enumerate(head.rows):
            cells = row.cells if depth == 1 else _stacked(head.rows[max(0, at - depth + 1) : at + 1])
            best = _best_match(cells, sets)
            if best.missing:
                nearest.append((at, best))
            elif best.titles not in seen:
                seen.add(best.titles)
                whole.append((at, best))
        if whole:
            return whole
    return [max(nearest, key=lambda entry: _fit(entry[1]))] if nearest else []


def _best_match(cells: list[str], sets: list[ColumnSet]) -> Match:
    """Of the sets that fit the row, the one with most columns; the first one listed when equal."""
    matches = [match_header(cells, one) for one in sets]
    return max(matches, key=_fit)


def _stacked(rows: list[RawRow]) -> list[str]:
    """Two or three header rows as one: the lowest title wins, a group title fills what it leaves blank."""
    merged: list[str] = []
    for row in rows:
        merged = [low if low.strip() else high for high, low in zip_longest(merged, row.cells, fillvalue="")]
    return merged
