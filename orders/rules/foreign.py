"""What the rows of one order from elsewhere amount to: an order, a credit, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase

from core.money import ZERO, quantize


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """One row of the file. `paid` is None where the file does not say, else how much (all: -1)."""

    row: int
    order: str
    placed_at: datetime
    sku: str
    title: str
    quantity: int
    unit_price: Decimal
    customer: str = ""
    phone: str = ""
    address: str = ""
    paid: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        return quantize(self.unit_price * self.quantity)


ALL = Decimal(-1)


@dataclass(frozen=True, slots=True)
class Sorted:
    """`goods` are what was ordered, `freight` what was charged for sending it; `listed` are rows that are
    neither, each with a reason code; `credit` is what was given back when nothing was ordered."""

    goods: tuple[ForeignRow, ...] = ()
    freight: tuple[ForeignRow, ...] = ()
    listed: tuple[tuple[ForeignRow, str], ...] = ()
    credit: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return sum((row.amount for row in (*self.goods, *self.freight)), ZERO)


def sort_rows(rows: Sequence[ForeignRow], *, freight: Sequence[str] = (), skip: Sequence[str] = ()) -> Sorted:
    """Sort the rows of one order.

    An order has lines above zero; its other rows are listed. Without such lines rows below zero make a
    credit. `freight` are SKU patterns of charges, `skip` prefixes of numbers that are no orders at all. An
    order of nothing but freight sells freight.
    """
    if any(rows[0].order.startswith(prefix) for prefix in skip):
        return Sorted(listed=tuple((row, "no_order") for row in rows))
    above = [row for row in rows if row.quantity > 0 and row.amount > 0]
    rest = [row for row in rows if not (row.quantity > 0 and row.amount > 0)]
    if not above:
        below = [row for row in rest if row.amount < 0]
        return Sorted(
            listed=tuple((row, "zero") for row in rest if row.amount >= 0),
            credit=-sum((row.amount for row in below), ZERO),
        )
    charges = [row for row in above if matches(row.sku, freight)]
    goods = [row for row in above if not matches(row.sku, freight)]
    if not goods:
        goods, charges = charges, []
    return Sorted(
        tuple(goods),
        tuple(charges),
        tuple((row, "negative" if row.amount < 0 or row.quantity < 0 else "zero") for row in rest),
    )


def matches(sku: str, patterns: Sequence[str]) -> bool:
    """Whether a SKU is one of the patterns, capitals or not."""
    return any(fnmatchcase(sku.upper(), pattern.upper()) for pattern in patterns)
