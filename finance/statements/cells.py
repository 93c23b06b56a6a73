"""Cells of statement files: text as the banks print it, turned into exact values (FORMATS R1 to R10)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

from core.tabular.blobs import Blob
from core.tabular.cells import DayOrder, parse_date, parse_datetime, parse_id, parse_money, parse_time
from core.tabular.problems import BadCell
from core.tabular.text import encodings

CHINA = timezone(timedelta(hours=8), "UTC+08:00")
CENT = Decimal("0.01")
_EMPTY = re.compile(r"^[-‐-―−/\s]*$")
_EXACT_PLACES = 6
# No account holds this; such digits are two cells glued together or an id in the wrong column.
_TOO_MUCH = Decimal(10) ** 13
# Most cells are plain; these let them pass without the full cleaning. Whatever else comes takes it.
_PLAIN_MONEY = re.compile(r"-?\d{1,12}\.\d\d", re.ASCII)
_PLAIN_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file as received; `number` is its 1-based line or row of the sheet. `problem` is the
    code of what was wrong with the line as a whole."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""


def decode(data: bytes) -> str:
    """The text of a file in the most telling encoding; raises UnicodeDecodeError."""
    encoding = next(encodings(Blob("", data=data)), "utf-8")
    return data.decode(encoding)


def fold(text: str) -> str:
    """NFKC without blanks of any kind at the ends."""
    if text.isascii() and "\x00" not in text:
        return text.strip()
    return unicodedata.normalize("NFKC", text).replace("\ufeff", "").replace("\x00", "").strip()


def name_of(header: str) -> str:
    """A column name for comparison: NFKC, no blanks inside, units and translations cut off."""
    return re.sub(r"\([+-]?元\)|\([dmy/]+\)|\[[^\]]*\]|\s+", "", fold(header))


def bare(cell: str) -> str:
    """A cell without what spreadsheets and exports hang on it: `="..."`, apostrophe, backtick, TAB."""
    if cell.isalnum():
        return cell
    text = cell.strip("\ufeff\x00 \t\r\n\u3000")
    wrapped = re.fullmatch(r'="(.*)"', text)
    text = wrapped[1] if wrapped else text
    if len(text) > 1 and text[0] == text[-1] == "'":
        text = text[1:-1]
    return text.lstrip("'`").strip()


def is_empty(cell: str) -> bool:
    return not cell or (not cell[0].isalnum() and bool(_EMPTY.match(fold(bare(cell)))))


def money(cell: str, *, comma: bool = False) -> Decimal | None:
    """The number in a cell, None if it is empty; raises ValueError. It has two places, or up to six
    where the file states parts of a cent."""
    if not comma and _PLAIN_MONEY.fullmatch(cell):
        return Decimal(cell)
    if is_empty(cell):
        return None
    try:
        number = parse_money(cell, places=_EXACT_PLACES, decimal="," if comma else ".").value
    except BadCell:
        raise ValueError(cell) from None
    if number is None:
        return None
    if abs(number) >= _TOO_MUCH:
        raise ValueError(cell)
    return cents(number) if number == cents(number) else number


def cents(number: Decimal) -> Decimal:
    return number.quantize(CENT, ROUND_HALF_UP)


def moment(cell: str) -> datetime:
    """A date with or without a clock, in Beijing time; raises ValueError."""
    if _PLAIN_MOMENT.fullmatch(cell):
        return datetime.fromisoformat(cell).replace(tzinfo=CHINA)
    try:
        found = parse_datetime(cell, zone=CHINA)
    except BadCell:
        raise ValueError(cell) from None
    if found is None:
        raise ValueError(cell)
    return found


def day(cell: str, *, order: DayOrder = "ymd") -> date:
    """A calendar day; `dmy` and `mdy` only where the format or the saved map says so."""
    if _PLAIN_MOMENT.fullmatch(cell):
        return date.fromisoformat(cell[:10])
    try:
        found = parse_date(cell, order=order)
    except BadCell:
        raise ValueError(cell) from None
    if found is None:
        raise ValueError(cell)
    return found


def at_clock(on: date, cell: str) -> datetime | None:
    """The moment of a day from a separate time cell, None if that cell holds no time."""
    try:
        clock = parse_time(cell)
    except BadCell:
        return None
    return None if clock is None else datetime.combine(on, clock, CHINA)


def damaged(cell: str) -> bool:
    """A long id in E-notation: a spreadsheet has cut it, and a long number cell comes out so too (F53)."""
    if "e" not in cell and "E" not in cell and cell.isascii():
        return False
    try:
        parse_id(cell)
    except BadCell as bad:
        return bad.problem.code == "damaged_number"
    return False


def suspicious_zeros(cell: str) -> bool:
    """Whether a text id is long and holds nothing but zeros where a spreadsheet would have cut it."""
    if len(cell) < 16:
        return False
    try:
        return parse_id(cell).suspicious
    except BadCell:
        return False


def split_lines(text: str) -> Iterator[tuple[int, str]]:
    """Physical lines, numbered from 1, without their ends."""
    yield from enumerate(re.split(r"\r\n|\n|\r", text), start=1)


def without_edges(cells: Sequence[str]) -> tuple[int, int]:
    """The span between empty edge columns."""
    filled = [index for index, cell in enumerate(cells) if fold(cell)]
    return (filled[0], filled[-1] + 1) if filled else (0, 0)
