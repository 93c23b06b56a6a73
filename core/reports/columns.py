"""What a column of a report holds, and its values as safe cells of text (FORMATS R21, R22)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from core.tabular.text import guard

Kind = Literal["text", "id", "money", "quantity", "date", "datetime", "percent"]
SUMMED: tuple[Kind, ...] = ("money", "quantity")
CENT = Decimal("0.01")
NAIVE = "a moment in a report has a zone"


@dataclass(frozen=True)
class Column:
    """`id` is for anything made of digits that is no amount: waybill, order, trade and phone numbers.

    `title` may be lazy and is read in the language active when the report is written. `width` counts
    characters; `total` False leaves a column of amounts out of the totals.
    """

    key: str
    title: Any
    kind: Kind = "text"
    width: int = 14
    total: bool = True

    @property
    def is_summed(self) -> bool:
        return self.total and self.kind in SUMMED

    def header(self, zone: ZoneInfo) -> str:
        """The title, with the zone where the column holds moments."""
        return f"{self.title} ({zone.key})" if self.kind == "datetime" else str(self.title)


def check_columns(columns: Sequence[Column]) -> None:
    """The first column carries the labels of the totals, so it must not be one that is added up."""
    if not columns:
        raise ValueError("a report has columns")
    if columns[0].is_summed:
        raise ValueError("the first column of a report carries labels and cannot be summed")
    if len({column.key for column in columns}) != len(columns):
        raise ValueError("the keys of a report's columns are unique")


def local(value: datetime, zone: ZoneInfo) -> datetime:
    """The wall clock of the report's zone, whatever the server's zone is. Naive moments are a mistake."""
    if value.tzinfo is None:
        raise ValueError(NAIVE)
    return value.astimezone(zone).replace(tzinfo=None, microsecond=0)


def moment_text(value: datetime, zone: ZoneInfo) -> str:
    if value.tzinfo is None:
        raise ValueError(NAIVE)
    return value.astimezone(zone).isoformat(" ", "seconds")[:19]


def amount(value: Decimal | int) -> Decimal:
    return Decimal(value).quantize(CENT, ROUND_HALF_UP)


def quantity_text(value: Decimal | int) -> str:
    """A count or weight without padding zeros and never in E notation."""
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_text(value: Decimal | int) -> str:
    return str(value) if isinstance(value, Decimal) and value.same_quantum(CENT) else f"{amount(value):f}"


def percent_text(value: Decimal | int) -> str:
    return f"{(Decimal(value) * 100).quantize(CENT, ROUND_HALF_UP):f}%"


def csv_form(column: Column, zone: ZoneInfo) -> Callable[[Any], str]:
    """How values of this column become safe CSV cells; chosen once, used for every row."""
    forms: dict[Kind, Callable[[Any], str]] = {
        "money": money_text,
        "quantity": quantity_text,
        "percent": percent_text,
        "datetime": lambda value: moment_text(value, zone),
        "date": lambda value: day(value, zone).isoformat(),
        "text": lambda value: guard(str(value)),
        "id": lambda value: guard(str(value)),
    }
    form = forms[column.kind]
    return lambda value: "" if value is None else form(value)


def day(value: date | datetime, zone: ZoneInfo) -> date:
    """The calendar day in the report's zone."""
    return local(value, zone).date() if isinstance(value, datetime) else value
