"""Values from the text of one cell (FORMATS R7-R10, 8.6). Pure; raises BadCell and never guesses."""

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal, NamedTuple

from .problems import BadCell
from .text import narrow, plain

DecimalMark = Literal[".", ",", "auto"]
DayOrder = Literal["ymd", "dmy", "mdy"]

EMPTY = re.compile(r"[-—–_/]*")
CURRENCY = (
    r"(?:CNY|RMB|CNH|HKD|TWD|MOP|USD|EUR|GBP|JPY|AUD|CAD|SGD|NZD|CHF|KRW|THB|MYR|INR"
    r"|人民币|US\$|HK\$|[¥$€£元])"
)
_MARKS = re.compile(rf"^{CURRENCY}+|{CURRENCY}+$", re.IGNORECASE)
_NOTE = re.compile(r"([^()]*\d[^()]*)\((.*[^\d.,()].*)\)")
_POINT = re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|\.\d+")
_COMMA = re.compile(r"(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?|,\d+")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d*)?E[+-]?\d+", re.IGNORECASE)
_DAMAGED_ID = re.compile(r"\d+(?:\.\d*)?E\+?\d+", re.IGNORECASE)
_PLAIN_ID = re.compile(r"[A-Z]{1,4}[0-9]{6,24}")  # letters before the digits: no spreadsheet has touched it
NOISE = Decimal("1e-9")
EXACT_DIGITS = 15
REPEATED = 16_384  # files repeat few amounts, weights and days many times, so each is read once


class Money(NamedTuple):
    """`value` is None for an empty cell; `note` is what stood in brackets behind the number."""

    value: Decimal | None
    note: str = ""


@lru_cache(maxsize=REPEATED)
def parse_money(text: str, *, places: int = 2, decimal: DecimalMark = ".", unsigned: bool = False) -> Money:
    """An amount in the unit that the file uses, rounded to `places` only where the rest is float noise."""
    bare = re.sub(r"\s", "", narrow(plain(text))).lstrip("'`")
    if EMPTY.fullmatch(bare):
        return Money(None)
    noted = _NOTE.fullmatch(bare)
    bare, note = (noted[1], noted[2]) if noted else (bare, "")
    negative, digits = _split_sign(bare)
    value = _quantized(_decimal(digits, decimal), places)
    if negative:
        value = -value if value else value
    if unsigned and value < 0:
        raise BadCell("negative")
    return Money(value, note)


def _split_sign(bare: str) -> tuple[bool, str]:
    """(is negative, digits with separators). Signs may stand before, behind or around, but only once."""
    signs = 0
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        bare, signs, negative = bare[1:-1], 1, True
    previous = None
    while bare != previous:
        previous = bare
        bare = _MARKS.sub("", bare)
        if bare[:1] in ("+", "-"):
            negative, signs, bare = negative or bare[0] == "-", signs + 1, bare[1:]
        elif bare[-1:] == "-":
            negative, signs, bare = True, signs + 1, bare[:-1]
    if signs > 1:
        raise BadCell("bad_money")
    return negative, bare


def _decimal(digits: str, mark: DecimalMark) -> Decimal:
    if _SCIENTIFIC.fullmatch(digits):
        raise BadCell("damaged_number")
    if len(digits) > 40 or not digits.isascii():
        raise BadCell("bad_money")
    point = _POINT.fullmatch(digits) and Decimal(digits.replace(",", ""))
    comma = _COMMA.fullmatch(digits) and Decimal(digits.replace(".", "").replace(",", "."))
    if mark == "auto" and point is not None and comma is not None and point != comma:
        raise BadCell("ambiguous_money")
    value = {".": point, ",": comma, "auto": point if point is not None else comma}[mark]
    if value is None:
        raise BadCell("bad_money")
    return value


def _quantized(value: Decimal, places: int) -> Decimal:
    try:
        rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except InvalidOperation:  # more digits than the context has
        raise BadCell("bad_money") from None
    if abs(rounded - value) > NOISE * max(Decimal(1), abs(value)):
        raise BadCell("too_precise", places=places)
    return rounded


@lru_cache(maxsize=REPEATED)
def parse_quantity(text: str, *, places: int = 3, unsigned: bool = True) -> Decimal | None:
    """A count, weight or size; None for an empty cell. Units are not read: the column states them."""
    try:
        value = parse_money(text, places=places, unsigned=unsigned).value
    except BadCell as bad:
        raise BadCell("bad_quantity") if bad.problem.code == "bad_money" else bad from None
    return value


def parse_whole(text: str, *, unsigned: bool = True) -> int | None:
    """A whole number; `12` and `12.0` are one, `12.5` is not."""
    value = parse_quantity(text, unsigned=unsigned)
    if value is None:
        return None
    if value != value.to_integral_value():
        raise BadCell("not_whole")
    return int(value)


def parse_percent(text: str) -> Decimal | None:
    """`0.60%` is 0.006; a number without the sign is a share already."""
    bare = narrow(plain(text))
    if bare.endswith("%"):
        value = parse_quantity(bare[:-1], places=6, unsigned=False)
        return None if value is None else value.scaleb(-2)
    return parse_quantity(bare, places=8, unsigned=False)


class Identifier(NamedTuple):
    """`suspicious`: a long number whose last digits are all zeros, as spreadsheets leave them."""

    text: str
    suspicious: bool = False


def parse_id(text: str) -> Identifier:
    """An order, trade or serial number as text; empty for an empty cell.

    What a spreadsheet has turned into 7.73061E+14 is damaged, even when nothing else collides (F53).
    """
    cleaned = narrow(plain(text)).lstrip("'`").rstrip("'`\t").strip()
    cleaned = plain(cleaned)
    if EMPTY.fullmatch(cleaned):
        return Identifier("")
    if _DAMAGED_ID.fullmatch(cleaned):
        raise BadCell("damaged_number")
    if len(cleaned) > 128 or any(ord(character) < 32 for character in cleaned):
        raise BadCell("bad_id")
    rest = cleaned[EXACT_DIGITS:]
    return Identifier(cleaned, bool(rest) and cleaned.isdigit() and not rest.strip("0"))


def parse_waybill(text: str) -> Identifier:
    """A waybill as all couriers' files agree on it: no blanks, capital letters (FORMATS 8.6)."""
    if not text or _PLAIN_ID.fullmatch(text):
        return Identifier(text)
    found = parse_id(re.sub(r"[\s'`]", "", narrow(plain(text))))
    return Identifier(found.text.upper(), found.suspicious)


_TIME = r"(?:[T ]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?|分)?)?"
_ZONE = r"\s*(Z|[+-]\d{2}:?\d{2})?"
_YMD = re.compile(rf"(\d{{4}})([-/.年])(\d{{1,2}})[-/.月](\d{{1,2}})日?{_TIME}{_ZONE}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]*(\d{2}):?(\d{2})(?::?(\d{2}))?)?")
_COMPACT_LONG_TIME = re.compile(
    rf"(\d{{4}})(\d{{2}})(\d{{2}}) +(\d{{1,2}}):(\d{{1,2}})(?::(\d{{1,2}}))?{_ZONE}"
)
_SERIAL = re.compile(r"([2-7]\d{4})(?:\.(\d+))?")
_XXY = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}")
_MONTH_DAY = re.compile(rf"(\d{{1,2}})[-/.月](\d{{1,2}})日?{_TIME}")
_TIME_ONLY = re.compile(r"(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?|分)?|(\d{2})(\d{2})(\d{2})")
SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 -- a spreadsheet's own epoch has no zone


def parse_datetime(
    text: str, *, zone: tzinfo, order: DayOrder = "ymd", year: int | None = None
) -> datetime | None:
    """An aware moment; None for an empty cell. A zone in the cell wins over `zone`.

    `order` must be declared for files that write day or month first; `year` for dates without one.
    """
    bare = narrow(plain(text)).lstrip("'`").strip()
    if EMPTY.fullmatch(bare):
        return None
    parts, offset = _date_parts(bare, order, year)
    try:
        found = datetime(*parts, tzinfo=offset or zone)
    except ValueError:
        raise BadCell("bad_date") from None
    return found.astimezone(zone) if offset else found


@lru_cache(maxsize=REPEATED)
def parse_date(
    text: str, *, order: DayOrder = "ymd", year: int | None = None, zone: tzinfo | None = None
) -> date | None:
    """A calendar day; the time of day, where there is one, is dropped."""
    found = parse_datetime(text, zone=zone or timezone(timedelta(0)), order=order, year=year)
    return None if found is None else found.date()


def parse_time(text: str) -> time | None:
    """A time of day that stands in a column of its own."""
    bare = narrow(plain(text)).lstrip("'`").strip()
    if EMPTY.fullmatch(bare):
        return None
    found = _TIME_ONLY.fullmatch(bare)
    if not found:
        raise BadCell("bad_time")
    hour, minute, second = found[1] or found[4], found[2] or found[5], found[3] or found[6] or 0
    try:
        return time(int(hour), int(minute), int(second))
    except ValueError:
        raise BadCell("bad_time") from None


Parts = tuple[int, int, int, int, int, int]


def _date_parts(bare: str, order: DayOrder, year: int | None) -> tuple[Parts, tzinfo | None]:
    if found := _YMD.fullmatch(bare):
        return _parts(found[1], found[3], found[4], *found.group(5, 6, 7)), _offset(found[8])
    if found := _COMPACT.fullmatch(bare) or _COMPACT_LONG_TIME.fullmatch(bare):
        return _parts(*found.group(1, 2, 3, 4, 5, 6)), None
    if found := _SERIAL.fullmatch(bare):
        return _from_serial(bare), None
    if found := _XXY.fullmatch(bare):
        if order == "ymd":
            raise BadCell("ambiguous_date")
        day, month = (found[1], found[2]) if order == "dmy" else (found[2], found[1])
        return _parts(found[3], month, day, *found.group(4, 5, 6)), None
    if found := _MONTH_DAY.fullmatch(bare):
        if year is None:
            raise BadCell("no_year")
        return _parts(str(year), *found.group(1, 2, 3, 4, 5)), None
    raise BadCell("bad_date")


def _parts(*texts: str | None) -> Parts:
    numbers = [int(text) if text else 0 for text in texts]
    return (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return timezone(timedelta(0))
    sign = -1 if text[0] == "-" else 1
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    if minutes >= 24 * 60:
        raise BadCell("bad_date")
    return timezone(sign * timedelta(minutes=minutes))


def _from_serial(bare: str) -> Parts:
    """Days since the spreadsheet epoch; the fraction is rounded to whole seconds."""
    seconds = (Decimal(bare) * 86_400).quantize(Decimal(1), ROUND_HALF_UP)
    moment = SERIAL_ZERO + timedelta(seconds=int(seconds))
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
