"""How Alipay writes times, amounts and states, and how its JSON is read without guessing."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from finance.gateways.base import BEIJING, TradeStatus, parsed_amount

TRADE_STATUSES = {
    "WAIT_BUYER_PAY": TradeStatus.WAITING,
    "TRADE_SUCCESS": TradeStatus.PAID,
    "TRADE_FINISHED": TradeStatus.FINISHED,
    "TRADE_CLOSED": TradeStatus.CLOSED,
}
_TIME = "%Y-%m-%d %H:%M:%S"


def written_time(at: datetime) -> str:
    """Beijing time without zone, as requests carry it."""
    return at.astimezone(BEIJING).strftime(_TIME)


def read_time(text: str) -> datetime:
    """An aware Beijing time; some notices carry fractions of a second, which are dropped."""
    return datetime.strptime(text.partition(".")[0], _TIME).replace(tzinfo=BEIJING)


def time_or_none(text: str | None) -> datetime | None:
    return read_time(text) if text else None


def amount_or_none(text: str | None) -> Decimal | None:
    return parsed_amount(text) if text else None


def strict_object(text: str) -> dict[str, Any]:
    """A JSON object in which no key occurs twice; ValueError otherwise (F25)."""
    value = json.loads(text, object_pairs_hook=_without_repeats)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found
