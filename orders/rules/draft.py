"""The frozen draft that every door hands to `place_order`: what will be ordered, at what total.

Prices include tax. Discounts are already taken off a line's price; freight and surcharges are spread
over the lines here, once, by largest remainder, and stay as they are for the order's whole life (F40, F63).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from core.money import ZERO, share, tax_in


@dataclass(frozen=True, slots=True)
class Discount:
    """Part of an offer that fell on one line."""

    offer_id: int
    voucher_id: int | None
    name: str
    amount: Decimal
    voucher_code: str = ""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One thing in a quantity. `price` is the line after discounts, `gross` with its share of charges."""

    sku_id: int
    stockrecord_id: int
    product_id: int
    code: str
    title: str
    quantity: int
    unit_price: Decimal
    price: Decimal
    tax_rate: Decimal
    discounts: tuple[Discount, ...] = ()
    service: str = ""  # how it is performed; empty for goods
    charge_share: Decimal = ZERO

    @property
    def before_discounts(self) -> Decimal:
        return self.unit_price * self.quantity

    @property
    def gross(self) -> Decimal:
        return self.price + self.charge_share

    @property
    def tax(self) -> Decimal:
        return tax_in(self.gross, self.tax_rate)

    @property
    def price_tax(self) -> Decimal:
        return tax_in(self.price, self.tax_rate)


@dataclass(frozen=True, slots=True)
class Charge:
    """Freight or a surcharge of the whole order. `shipping` is the code of freight."""

    code: str
    name: str
    amount: Decimal


SHIPPING = "shipping"


@dataclass(frozen=True, slots=True)
class Address:
    """Where it goes. Province, city, district and street are kept apart."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    postcode: str = ""
    country: str = "CN"


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """Everything that `place_order` needs; nothing in it is computed again later."""

    channel: str
    customer_id: int
    term: str
    currency: str
    lines: tuple[DraftLine, ...]
    charges: tuple[Charge, ...]
    address: Address
    language: str
    basket_id: int | None = None
    user_id: int | None = None
    submit_token: str | None = None
    shown_fingerprint: str | None = None
    external_number: str | None = None
    buyer_note: str = ""
    email: str = ""
    entity_id: int | None = None
    is_fact: bool = False
    placed_at: datetime | None = None
    offer_times: tuple[tuple[int, int], ...] = ()  # how often each offer was applied; once unless said

    @property
    def goods(self) -> Decimal:
        return sum((line.price for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        return sum((line.gross for line in self.lines), ZERO)

    @property
    def ships(self) -> bool:
        """Whether a parcel goes out; services alone make none."""
        return any(not line.service for line in self.lines)

    @property
    def tax(self) -> Decimal:
        return sum((line.tax for line in self.lines), ZERO)

    def charge_taxes(self) -> list[Decimal]:
        """The tax in each charge, at the rates of the lines that carry it."""
        if not self.charges:
            return []
        in_charges = self.tax - sum((line.price_tax for line in self.lines), ZERO)
        return share(in_charges, [charge.amount for charge in self.charges])

    @property
    def fingerprint(self) -> str:
        """Changes with every figure that the shopper saw and with the region it goes to (F18)."""
        shown = [
            self.currency,
            self.term,
            [self.address.country, self.address.province],
            [[line.sku_id, line.quantity, str(line.unit_price), str(line.price)] for line in self.lines],
            [[charge.code, str(charge.amount)] for charge in self.charges],
            str(self.total),
        ]
        return hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()


def spread_charges(lines: Sequence[DraftLine], charges: Sequence[Charge]) -> tuple[DraftLine, ...]:
    """The lines with their shares of the charges, by price; of free goods by quantity.

    Raises ValueError for a negative charge or for charges without lines.
    """
    if any(charge.amount < 0 for charge in charges):
        raise ValueError("a charge is negative")
    total = sum((charge.amount for charge in charges), ZERO)
    weights: list[Decimal | int] = [line.price for line in lines]
    if not any(weights):
        weights = [line.quantity for line in lines]
    shares = share(total, weights)
    return tuple(replace(line, charge_share=part) for line, part in zip(lines, shares, strict=True))
