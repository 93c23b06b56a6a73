"""What an export looks like, kept as data, and which layouts a sheet fits (FORMATS R3, R4).

The header is found by its set of names within the first 60 rows of a sheet, never by its place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.tabular.cells import DayOrder

from . import cells

HEADER_ROWS = 60

OUT_WORDS = frozenset(
    {"借", "借方", "借dr", "支取", "支出", "转出", "取出", "dr", "d", "debit", "dbit", "往账"}
)
IN_WORDS = frozenset({"贷", "贷方", "贷cr", "收入", "转入", "存入", "cr", "c", "credit", "crdt", "来账"})
NEUTRAL_WORDS = frozenset({"不计收支", "/", "中性交易", "其他"})


class Amounts(StrEnum):
    TWO_COLUMNS = "two columns"
    SIGNED = "signed"
    CARD = "signed, spending positive"
    MARKED = "unsigned beside a word"
    MARKED_SIGNED = "signed beside a word"


_ROLES = {
    Amounts.TWO_COLUMNS: ("income", "outgo"),
    Amounts.SIGNED: ("amount",),
    Amounts.CARD: ("amount",),
    Amounts.MARKED: ("amount", "mark"),
    Amounts.MARKED_SIGNED: ("amount", "mark"),
}


@dataclass(frozen=True)
class Layout:
    """One export of one bank. Names are separated by blanks and in the form of `cells.name_of`.

    `need` are the names without which the export is not this one; `columns` maps a role to the names
    seen for it, the first that is there counts; `memo` are its texts and `other` the rest that is known.
    `above` is a text that must stand above the header.
    """

    code: str
    amounts: Amounts
    need: str
    columns: Mapping[str, str]
    memo: str = ""
    other: str = ""
    version: str = "1"
    currency: str = ""
    order: DayOrder = "ymd"
    comma: bool = False
    above: str = ""
    neutral: bool = False
    serial_by_year: bool = True
    balance_in_key: bool = False
    spare_columns: int = 0
    empty_behind: int = 0
    beijing: bool = True
    minor_unit: bool = False
    in_words: frozenset[str] = IN_WORDS
    out_words: frozenset[str] = OUT_WORDS

    @property
    def known(self) -> frozenset[str]:
        return frozenset(" ".join([self.need, self.memo, self.other, *self.columns.values()]).split())

    @property
    def demand(self) -> int:
        """How much a file must have to be this layout; the most demanding of several counts."""
        return len(self.need.split()) + bool(self.above)

    def missing(self, names: Collection[str]) -> list[str]:
        """What a header lacks to be this one; a role lacks the first of its names."""
        needed = [name for name in self.need.split() if name not in names]
        for role in ("listed", *_ROLES[self.amounts]):
            aliases = self.columns[role].split()
            if not any(alias in names for alias in aliases) and aliases[0] not in needed:
                needed.append(aliases[0])
        return needed


@dataclass(frozen=True)
class Sheet:
    """One table of a file; a text file is one sheet without a name. In a `padded` one rows may leave
    out their empty end, as workbooks do."""

    name: str
    lines: Sequence[cells.Line]
    padded: bool = False


@dataclass(frozen=True)
class Match:
    """A layout whose header was found at `index` of the sheet's lines."""

    layout: Layout
    sheet: Sheet
    index: int
    names: tuple[str, ...]
    offset: int


def header_names(line: cells.Line) -> tuple[tuple[str, ...], int]:
    """Names of a possible header without empty edge columns, and where they begin."""
    begin, end = cells.without_edges(line.cells)
    return tuple(cells.name_of(cells.bare(cell)) for cell in line.cells[begin:end]), begin


def match_layouts(sheet: Sheet, layouts: Sequence[Layout]) -> list[Match]:
    """Every layout that fits; of several that fit one header only the most demanding."""
    above = ""
    for index, line in enumerate(sheet.lines[:HEADER_ROWS]):
        names, offset = header_names(line)
        above += cells.fold(" ".join(line.cells)) + "\n"
        fitting = [lay for lay in layouts if lay.above in above and not lay.missing(names)]
        if fitting:
            most = max(layout.demand for layout in fitting)
            return [Match(lay, sheet, index, names, offset) for lay in fitting if lay.demand == most]
    return []


def nearest_layout(sheet: Sheet, layouts: Sequence[Layout]) -> tuple[Layout, list[str]] | None:
    """The layout of which only a few columns are missing, to tell a clerk which."""
    found: list[tuple[int, Layout, list[str]]] = []
    for line in sheet.lines[:HEADER_ROWS]:
        names = header_names(line)[0]
        for layout in layouts:
            missing = layout.missing(names)
            if len(missing) * 2 < layout.demand:
                found.append((len(missing), layout, missing))
    return min(found, key=lambda near: near[0])[1:] if found else None
