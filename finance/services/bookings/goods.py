"""Stock that is bought, opened with, found or missing."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.models import LegalEntity
from core.money import ZERO
from core.origins import Origin
from finance.models import Entry, Moment
from finance.rules.legs import Leg, Party, signed_leg

from .places import bank_party, book, book_each

Values = Sequence[tuple[Origin, Decimal]]  # documents, each with its value net of tax


def book_opening_stock(
    *, opened: Values, entity: LegalEntity | None = None, on: date | None = None
) -> list[Entry | None]:
    """Stock that was there when the books began."""
    return book_each(
        moment=Moment.OPENING_STOCK,
        entity=entity,
        on=on,
        booked=[(origin, [Leg("1405", debit=value), Leg("4001", credit=value)]) for origin, value in opened],
    )


def book_goods_received(
    *, received: Values, supplier_id: int, entity: LegalEntity | None = None, on: date | None = None
) -> list[Entry | None]:
    """Goods have come that the supplier has not billed yet."""
    supplier = Party("supplier", supplier_id)
    return book_each(
        moment=Moment.GOODS_RECEIVED,
        entity=entity,
        on=on,
        booked=[
            (receipt, [Leg("1405", debit=value), Leg("2202.2", credit=value, party=supplier)])
            for receipt, value in received
        ],
    )


def book_goods_billed(
    *,
    bill: Origin,
    supplier_id: int,
    received: Values,
    billed: Decimal,
    tax: Decimal = ZERO,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """The supplier's bill for receipts, each (receipt, value booked); `billed` includes `tax`.

    A price that differs from what was booked at receipt goes to the cost of sales.
    """
    supplier = Party("supplier", supplier_id)
    value = sum((amount for _, amount in received), ZERO)
    return book(
        moment=Moment.GOODS_BILLED,
        key=str(bill),
        origin=bill,
        entity=entity,
        on=on,
        legs=[
            *(Leg("2202.2", debit=amount, party=supplier, origin=receipt) for receipt, amount in received),
            Leg("2221.2", debit=tax),
            signed_leg("6401", billed - tax - value),
            Leg("2202.1", credit=billed, party=supplier),
        ],
    )


def book_supplier_deposit(
    *,
    payment: Origin,
    supplier_id: int,
    amount: Decimal,
    bank_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """We pay a supplier in advance."""
    return book(
        moment=Moment.SUPPLIER_DEPOSIT,
        key=str(payment),
        origin=payment,
        entity=entity,
        on=on,
        legs=[
            Leg("1123", debit=amount, party=Party("supplier", supplier_id)),
            Leg("1002", credit=amount, party=bank_party(bank_id, entity)),
        ],
    )


def book_supplier_paid(
    *,
    payment: Origin,
    bill: Origin,
    supplier_id: int,
    amount: Decimal,
    from_deposit: Decimal = ZERO,
    bank_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """A supplier's bill is paid with `amount`: `from_deposit` of it out of the deposit, the rest by bank."""
    supplier = Party("supplier", supplier_id)
    return book(
        moment=Moment.SUPPLIER_PAID,
        key=str(payment),
        origin=payment,
        entity=entity,
        on=on,
        legs=[
            Leg("2202.1", debit=amount, party=supplier, origin=bill),
            Leg("1123", credit=from_deposit, party=supplier),
            Leg("1002", credit=amount - from_deposit, party=bank_party(bank_id, entity)),
        ],
    )


def book_stock_difference(
    *, found: Values, memo: str = "", entity: LegalEntity | None = None, on: date | None = None
) -> list[Entry | None]:
    """Stock is missing (value < 0) or was found (value > 0); it waits on 1901 until it is explained."""
    return book_each(
        moment=Moment.STOCK_DIFFERENCE,
        entity=entity,
        on=on,
        memo=memo,
        booked=[(origin, [signed_leg("1405", value), signed_leg("1901", -value)]) for origin, value in found],
    )


def book_sold_offline(
    *, move: Origin, cost: Decimal, entity: LegalEntity | None = None, on: date | None = None
) -> Entry | None:
    """Goods left through a till: their cost. The revenue comes with the till's own file."""
    return book(
        moment=Moment.SOLD_OFFLINE,
        key=str(move.id),
        origin=move,
        entity=entity,
        on=on,
        legs=[Leg("6401", debit=cost), Leg("1405", credit=cost)],
    )


def book_difference_explained(
    *,
    origin: Origin,
    difference: Origin,
    value: Decimal,
    account: str,
    memo: str,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """A difference on 1901 is explained: `value` as it was booked there, `account` 6602, 6711 or 6301."""
    return book(
        moment=Moment.DIFFERENCE_EXPLAINED,
        key=str(origin),
        origin=origin,
        entity=entity,
        on=on,
        memo=memo,
        legs=[signed_leg("1901", value, origin=difference), signed_leg(account, -value)],
    )
