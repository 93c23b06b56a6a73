"""What staff may promise to shoppers: the terms of a promotion, and what is wrong with them.

Only gains that the price function computes to the cent on the lines are here. Free freight is not: charges
are spread over lines without discounts of their own, so nothing could be refunded of it exactly.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

MOST_CODES: Final = 10_000
MOST_PIECES: Final = 999  # of one line of a basket that is tried
# Nobody mistakes 0 for O or 1 for I on a printed card; 32 signs make 10 of them 50 bits (F46).
ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH: Final = 10
_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{3,31}")
_LINE: Final = re.compile(r"(\S+?)(?:\s*[x×*,;:，；：\t]\s*|\s+)(\d{1,4})")


class Kind(StrEnum):
    AMOUNT = "amount"  # off the goods of an order
    PERCENT = "percent"
    EACH = "each"  # off every piece
    BUNDLE = "bundle"  # so many pieces for one price


class Threshold(StrEnum):
    NONE = "none"
    AMOUNT = "amount"
    PIECES = "pieces"


class Goods(StrEnum):
    ALL = "all"
    CATEGORIES = "categories"
    PRODUCTS = "products"


class Door(StrEnum):
    """Who gets it: everybody, whoever knows the code, or one order per code of a batch."""

    ALL = "all"
    CODE = "code"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Wish:
    """A promotion as somebody wants it. Amounts are in the shop's currency, codes are of SKUs."""

    name: str
    kind: Kind
    value: Decimal
    starts_at: datetime
    ends_at: datetime
    threshold_kind: Threshold = Threshold.NONE
    threshold: Decimal | None = None
    goods: Goods = Goods.ALL
    categories: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    door: Door = Door.ALL
    code: str = ""
    batch: int | None = None
    limit: int | None = None
    per_customer: int | None = None
    budget: Decimal | None = None
    combines: bool = False

    @property
    def most_orders(self) -> int | None:
        """How many orders may have it; each code of a batch is one."""
        return self.batch if self.door == Door.BATCH else self.limit


def problems_of(wish: Wish, *, now: datetime) -> dict[str, str]:
    """What is wrong with a wish: the name of the fault by column; empty for one that can be made."""
    found: dict[str, str] = {}
    if wish.value <= 0:
        found["value"] = "value_missing"
    elif wish.kind == Kind.PERCENT and wish.value > 100:
        found["value"] = "percent_over"
    if fault := _threshold_fault(wish):
        found["threshold"] = fault
    if wish.goods == Goods.CATEGORIES and not wish.categories:
        found["categories"] = "categories_missing"
    if wish.goods == Goods.PRODUCTS and not wish.products:
        found["products"] = "products_missing"
    elif wish.goods == Goods.PRODUCTS and set(wish.products) <= set(wish.excluded):
        found["excluded"] = "all_excluded"
    found |= _door_faults(wish)
    least = wish.value if wish.kind in (Kind.AMOUNT, Kind.EACH) else Decimal("0.01")
    if wish.budget is not None and wish.budget < least:
        found["budget"] = "budget_under_gain"
    if wish.ends_at <= wish.starts_at:
        found["ends_at"] = "end_before_start"
    elif wish.ends_at <= now:
        found["ends_at"] = "end_past"
    return found


def _threshold_fault(wish: Wish) -> str:
    size = wish.threshold or Decimal(0)
    if wish.kind == Kind.BUNDLE:
        whole = wish.threshold_kind == Threshold.PIECES and size >= 2 and size == int(size)
        return "" if whole else "bundle_pieces"
    if wish.threshold_kind == Threshold.NONE:
        return ""
    if size <= 0:
        return "threshold_missing"
    if wish.threshold_kind == Threshold.PIECES and size != int(size):
        return "threshold_pieces"
    if wish.threshold_kind == Threshold.AMOUNT and wish.kind == Kind.AMOUNT and size < wish.value:
        return "threshold_under_gain"
    return ""


def _door_faults(wish: Wish) -> dict[str, str]:
    found = {}
    if wish.door == Door.CODE and not _CODE.fullmatch(wish.code):
        found["code"] = "code_format"
    if wish.door == Door.BATCH:
        if not 1 <= (wish.batch or 0) <= MOST_CODES:
            found["batch"] = "batch_size"
        if wish.limit is not None:
            found["limit"] = "limit_of_batch"
        if wish.per_customer is not None:
            found["per_customer"] = "customer_of_batch"
    elif wish.limit is not None and wish.limit < 1:
        found["limit"] = "limit_small"
    if wish.per_customer is not None and wish.per_customer < 1:
        found["per_customer"] = "limit_small"
    elif wish.door == Door.CODE and wish.per_customer not in (None, 1):
        found["per_customer"] = "customer_of_code"
    return found


def read_basket(text: str) -> tuple[list[tuple[str, int]], list[str]]:
    """SKU and quantity of each pasted line, and the lines that are none; a SKU alone is one piece."""
    units: dict[str, int] = {}
    strange = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        found = _LINE.fullmatch(line)
        code, count = (found[1], int(found[2])) if found else (line, 1)
        if any(sign.isspace() for sign in code) or not 1 <= units.get(code, 0) + count <= MOST_PIECES:
            strange.append(line)
        else:
            units[code] = units.get(code, 0) + count
    return list(units.items()), strange
