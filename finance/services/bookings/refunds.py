"""Money that we owe back, and paying it."""

from datetime import date
from decimal import Decimal

from core.models import LegalEntity
from core.money import ZERO
from core.origins import Origin
from finance.models import Entry, Moment, MoneyAccount
from finance.rules.legs import Leg, Party

from .places import account_of, book


def book_refund_decided(
    *,
    order: int,
    amount: Decimal,
    origin: Origin,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """Before delivery: part of an order's advance is owed back. `origin` is what decided it, once."""
    doc = Origin("order", order)
    return book(
        moment=Moment.REFUND_DECIDED,
        key=str(origin),
        origin=origin,
        entity=entity,
        on=on,
        legs=[Leg("2203.1", debit=amount, origin=doc), Leg("2241.3", credit=amount, origin=doc)],
    )


def book_receipt_refund_decided(
    *,
    payment: int,
    amount: Decimal,
    origin: Origin,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """An unapplied receipt is to go back to where it came from."""
    receipt = Origin("payment", payment)
    return book(
        moment=Moment.RECEIPT_REFUND_DECIDED,
        key=str(origin),
        origin=origin,
        entity=entity,
        on=on,
        legs=[Leg("2241.4", debit=amount, origin=receipt), Leg("2241.3", credit=amount, origin=receipt)],
    )


def book_return_accepted(
    *,
    order: int,
    gross: Decimal,
    tax: Decimal,
    goods_cost: Decimal,
    origin: Origin,
    scrapped_cost: Decimal = ZERO,
    off_receivable: Decimal = ZERO,
    customer_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """Returned goods are accepted: the sale is taken back, the goods return at their original cost.

    `gross` contains `tax`, `goods_cost` contains `scrapped_cost`. What an on-account customer has not paid
    yet is taken off the receivable (`off_receivable`, with `customer_id`); the rest is owed as a refund.
    """
    doc = Origin("order", order)
    return book(
        moment=Moment.RETURN_ACCEPTED,
        key=str(origin),
        origin=origin,
        entity=entity,
        on=on,
        legs=[
            Leg("6001.2", debit=gross - tax, origin=doc),
            Leg("2221.1", debit=tax, origin=doc),
            Leg("1122", credit=off_receivable, party=Party("customer", customer_id or 0), origin=doc),
            Leg("2241.3", credit=gross - off_receivable, origin=doc),
            Leg("1405", debit=goods_cost - scrapped_cost),
            Leg("6711", debit=scrapped_cost),
            Leg("6401", credit=goods_cost, origin=doc),
        ],
    )


def book_refund_paid(
    *,
    refund: int,
    owed_for: Origin,
    amount: Decimal,
    out_of: MoneyAccount | None = None,
    customer_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """A refund is done. `owed_for` is the order, or the payment that fitted nothing.

    `out_of` is the provider, bank or till that paid; without it the amount goes to the customer's deposit.
    """
    if out_of is not None:
        account, party = account_of(out_of)
        entity = entity or out_of.entity
    else:
        account, party = "2203.2", Party("customer", customer_id or 0)
    return book(
        moment=Moment.REFUND_PAID,
        key=str(refund),
        origin=Origin("refund", refund),
        entity=entity,
        on=on,
        legs=[Leg("2241.3", debit=amount, origin=owed_for), Leg(account, credit=amount, party=party)],
    )
