"""Cells of statement files: text as the banks print it, turned into exact values (FORMATS R1 to R10)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CHINA = timezone(timedelta(hours=8), "UTC+08:00")
CENT = Decimal("0.01")
_EMPTY = re.compile(r"^[-‐-―−/\s]*$")
_CURRENCY_WORDS = re.compile(r"CNY|RMB|人民币|元|[¥￥$€£]")
_NUMBER = re.compile(r"^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?$")
_COMMA_NUMBER = re.compile(r"^[+-]?(\d+|\d{1,3}([. ]\d{3})+)(,\d*)?$")
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+(.*))?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:[T\s]+(.*))?$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file as received; `number` is its 1-based line or row of the sheet."""

    number: int
    cells: tuple[str, ...]


def decode(data: bytes) -> str:
    """BOM, UTF-16 without BOM, UTF-8, GB18030; raises UnicodeDecodeError."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding)
    head = data[:400]
    if head.count(0) > len(head) // 4:
        return data.decode("utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def fold(text: str) -> str:
    """NFKC without blanks of any kind at the ends."""
    return unicodedata.normalize("NFKC", text).replace("\ufeff", "").replace("\x00", "").strip()


def name_of(header: str) -> str:
    """A column name for comparison: NFKC, no blanks inside, units and translations cut off."""
    return re.sub(r"\([+-]?元\)|\([dmy/]+\)|\[[^\]]*\]|\s+", "", fold(header))


def bare(cell: str) -> str:
    """A cell without what spreadsheets and exports hang on it: `="..."`, apostrophe, backtick, TAB."""
    text = cell.strip("\ufeff\x00 \t\r\n\u3000")
    wrapped = re.fullmatch(r'="(.*)"', text)
    text = wrapped[1] if wrapped else text
    if len(text) > 1 and text[0] == text[-1] == "'":
        text = text[1:-1]
    return text.lstrip("'`").strip()


def is_empty(cell: str) -> bool:
    return bool(_EMPTY.match(fold(bare(cell))))


def money(cell: str, *, comma: bool = False) -> Decimal | None:
    """The exact number in a cell, None if it is empty; raises ValueError. `comma`: decimal comma."""
    text = fold(bare(cell)).replace("\u2212", "-")
    if is_empty(text):
        return None
    text = re.sub(r"\(已.*\)$", "", text)
    text = _CURRENCY_WORDS.sub("", text).replace(" ", "" if not comma else " ").strip()
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1] if negative else text
    if text.endswith("-"):
        text, negative = text[:-1], not negative
    if not (_COMMA_NUMBER if comma else _NUMBER).match(text):
        raise ValueError(cell)
    text = re.sub(r"[. ]", "", text).replace(",", ".") if comma else text.replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(cell) from None
    return -number if negative else number


def cents(number: Decimal) -> Decimal:
    return number.quantize(CENT, ROUND_HALF_UP)


def moment(cell: str) -> datetime:
    """A date with or without a clock, in Beijing time; raises ValueError."""
    text = re.sub(r"[:：]", ":", fold(bare(cell)))
    match = _DATE.match(text) or _COMPACT.match(text)
    if match is None:
        raise ValueError(cell)
    hour = minute = second = 0
    if match[4]:
        clock = _clock(match[4])
        hour, minute, second = clock
    return datetime(int(match[1]), int(match[2]), int(match[3]), hour, minute, second, tzinfo=CHINA)


def _clock(text: str) -> tuple[int, int, int]:
    cleaned = text.strip()
    match = _CLOCK.match(cleaned) or re.match(r"^(\d{2})(\d{2})(\d{2})$", cleaned)
    if match is None:
        raise ValueError(text)
    return int(match[1]), int(match[2]), int(match[3] or 0)


def day(cell: str, *, order: str = "ymd") -> date:
    """A calendar day; `dmy` and `mdy` only where the format or the saved map says so."""
    text = fold(bare(cell))
    if order == "ymd":
        return moment(text).date()
    match = re.match(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$", text)
    if match is None:
        raise ValueError(cell)
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    return date(year, second, first) if order == "dmy" else date(year, first, second)


def at_clock(on: date, cell: str) -> datetime | None:
    """The moment of a day from a separate time cell, None if that cell holds no time."""
    try:
        hour, minute, second = _clock(fold(bare(cell)))
        return datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=CHINA)
    except ValueError:
        return None


def damaged(cell: str) -> bool:
    """A long id in E-notation: a spreadsheet has cut it, and a long number cell comes out so too (F53)."""
    return bool(re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", fold(bare(cell))))


def suspicious_zeros(cell: str) -> bool:
    """Whether a text id is long and holds nothing but zeros where a spreadsheet would have cut it."""
    text = fold(bare(cell))
    return bool(re.fullmatch(r"\d{16,}", text)) and not text[15:].strip("0")


def split_lines(text: str) -> Iterator[tuple[int, str]]:
    """Physical lines, numbered from 1, without their ends."""
    yield from enumerate(re.split(r"\r\n|\n|\r", text), start=1)


def without_edges(cells: Sequence[str]) -> tuple[int, int]:
    """The span between empty edge columns."""
    filled = [index for index, cell in enumerate(cells) if fold(cell)]
    return (filled[0], filled[-1] + 1) if filled else (0, 0)
