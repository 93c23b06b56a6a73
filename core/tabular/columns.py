"""Which columns a reader needs and the names they go by; the header row is found by them (FORMATS R3, R4).

A new layout of a known file is a new `ColumnSet` with its own version; the old one stays (R19).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .problems import RefusedFile
from .text import fold, plain

HEADER_ROWS = 60
_NUMBERED = re.compile(r"(column|列)\d+")


@dataclass(frozen=True)
class Column:
    """A column by its key here and its names in files. `nth` picks one of several of the same name."""

    key: str
    aliases: tuple[str, ...]
    required: bool = True
    nth: int = 1


@dataclass(frozen=True)
class ColumnSet:
    """One layout of one kind of file. `name` and `version` are stored with every import."""

    name: str
    columns: tuple[Column, ...]
    version: str = "1"

    @property
    def keys(self) -> list[str]:
        return [column.key for column in self.columns]


def column_set(
    name: str,
    required: Mapping[str, Iterable[str]],
    optional: Mapping[str, Iterable[str]] | None = None,
    *,
    version: str = "1",
) -> ColumnSet:
    """Shorthand: `column_set("courier", {"waybill": ["运单号", "运单编号"]}, {"note": ["备注"]})`."""
    columns = [Column(key, tuple(aliases)) for key, aliases in required.items()]
    columns += [Column(key, tuple(aliases), required=False) for key, aliases in (optional or {}).items()]
    return ColumnSet(name, tuple(columns), version)


@dataclass(frozen=True)
class Match:
    """How well one row serves as the header of one column set."""

    columns: ColumnSet
    places: dict[str, int]
    missing: tuple[str, ...] = ()
    titles: tuple[str, ...] = field(default=())


def with_map(columns: ColumnSet, chosen: Mapping[str, str]) -> ColumnSet:
    """The same set where a person has said which title stands for which key.

    A mapped column is required: whoever names a column means it. Raises RefusedFile for a key that
    the set does not have.
    """
    for key in chosen:
        if key not in columns.keys:
            raise RefusedFile("unknown_map", column=key, known=", ".join(columns.keys))
    mapped = tuple(
        Column(column.key, (chosen[column.key],)) if column.key in chosen else column
        for column in columns.columns
    )
    return ColumnSet(columns.name, mapped, columns.version)


def match_header(cells: Sequence[str], columns: ColumnSet) -> Match:
    """Find the columns of the set in this row by folded name. Missing required ones are named."""
    titles = header_titles(cells)
    by_name: dict[str, list[int]] = {}
    for index, title in enumerate(titles):
        if title:
            by_name.setdefault(fold(title), []).append(index)
    places: dict[str, int] = {}
    missing = []
    taken: set[int] = set()
    for column in columns.columns:
        place = _place(column, by_name, taken)
        if place is not None:
            places[column.key] = place
            taken.add(place)
        elif column.required:
            missing.append(" / ".join(column.aliases))
    return Match(columns, places, tuple(missing), titles)


def _place(column: Column, by_name: dict[str, list[int]], taken: set[int]) -> int | None:
    for alias in column.aliases:
        found = by_name.get(fold(alias), [])
        if len(found) >= column.nth and found[column.nth - 1] not in taken:
            return found[column.nth - 1]
    return None


def header_titles(cells: Sequence[str]) -> tuple[str, ...]:
    """Titles without the edge columns that only a spreadsheet added (`Column1`, blanks: R17)."""
    titles = [" ".join(plain(cell).strip("`'").split()) for cell in cells]
    while titles and (not titles[-1] or _NUMBERED.fullmatch(fold(titles[-1]))):
        titles.pop()
    return tuple(titles)


def titles_of(text: str) -> dict[str, str]:
    """`waybill=TITLE, amount=TITLE`, as a person types it, as a map of our names to the titles of a file.

    Signs of Chinese keyboards count as ours. Raises RefusedFile for a part that is no pair.
    """
    found = {}
    for part in filter(None, (each.strip() for each in re.split("[,，]", text))):
        key, _equals, title = part.replace("＝", "=", 1).partition("=")
        if not (key.strip() and title.strip()):
            raise RefusedFile("bad_map", value=part)
        found[key.strip()] = title.strip()
    return found
