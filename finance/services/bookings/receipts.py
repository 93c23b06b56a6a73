"""Money that comes in, and how it moves from the provider to the bank."""

from datetime import date
from decimal import Decimal

from core.models import LegalEntity
from core.money import ZERO
from core.origins import Origin
from finance.models import Entry, Moment, MoneyAccount
from finance.rules.legs import Leg, Party, signed_leg

from .places import account_of, bank_party, book


def _received(payment: int, amount: Decimal, into: MoneyAccount) -> Leg:
    account, party = account_of(into)
    return Leg(account, debit=amount, party=party, origin=Origin("payment", payment))


def book_prepayment(
    *, payment: int, order: int, amount: Decimal, into: MoneyAccount, on: date | None = None
) -> Entry | None:
    """Money for an order has arrived at a provider, bank or till: an advance until delivery."""
    return book(
        moment=Moment.PREPAYMENT,
        key=str(payment),
        origin=Origin("payment", payment),
        entity=into.entity,
        on=on,
        legs=[
            _received(payment, amount, into),
            Leg("2203.1", credit=amount, origin=Origin("order", order)),
        ],
    )


def book_unapplied_receipt(
    *, payment: int, amount: Decimal, into: MoneyAccount, on: date | None = None
) -> Entry | None:
    """Money has arrived that fits nothing, or is too much: kept apart until a person decides."""
    return book(
        moment=Moment.UNAPPLIED_RECEIPT,
        key=str(payment),
        origin=Origin("payment", payment),
        entity=into.entity,
        on=on,
        legs=[_received(payment, amount, into), Leg("2241.4", credit=amount)],
    )


def book_receipt_applied(
    *,
    receipt: int,
    payment: int,
    order: int,
    amount: Decimal,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """An unapplied receipt has found its order."""
    return book(
        moment=Moment.RECEIPT_APPLIED,
        key=str(receipt),
        origin=Origin("payment", payment),
        entity=entity,
        on=on,
        legs=[Leg("2241.4", debit=amount), Leg("2203.1", credit=amount, origin=Origin("order", order))],
    )


def book_receipt_parked(
    *,
    receipt: int,
    payment: int,
    order: int,
    amount: Decimal,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """An order's money turns out not to belong to it, as it is closed: back among the unapplied (F33)."""
    return book(
        moment=Moment.RECEIPT_PARKED,
        key=str(receipt),
        origin=Origin("payment", payment),
        entity=entity,
        on=on,
        legs=[Leg("2203.1", debit=amount, origin=Origin("order", order)), Leg("2241.4", credit=amount)],
    )


def book_deposit_topped_up(
    *, payment: int, customer_id: int, amount: Decimal, into: MoneyAccount, on: date | None = None
) -> Entry | None:
    """A customer pays into its deposit."""
    return book(
        moment=Moment.DEPOSIT_TOPPED_UP,
        key=str(payment),
        origin=Origin("payment", payment),
        entity=into.entity,
        on=on,
        legs=[
            _received(payment, amount, into),
            Leg("2203.2", credit=amount, party=Party("customer", customer_id)),
        ],
    )


def book_deposit_used(
    *,
    customer_id: int,
    order: int,
    amount: Decimal,
    payment: int,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """Part of a customer's deposit becomes an order's advance."""
    return book(
        moment=Moment.DEPOSIT_USED,
        key=str(payment),
        origin=Origin("payment", payment),
        entity=entity,
        on=on,
        legs=[
            Leg("2203.2", debit=amount, party=Party("customer", customer_id)),
            Leg("2203.1", credit=amount, origin=Origin("order", order)),
        ],
    )


def book_advance_to_receivable(
    *,
    order: int,
    customer_id: int,
    amount: Decimal,
    origin: Origin,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """Money that came for a delivered on-account order pays its receivable. `origin` is the payment."""
    doc = Origin("order", order)
    return book(
        moment=Moment.RECEIVABLE_PAID,
        key=f"{origin}:{doc}",
        origin=origin,
        entity=entity,
        on=on,
        legs=[
            Leg("2203.1", debit=amount, origin=doc),
            Leg("1122", credit=amount, party=Party("customer", customer_id), origin=doc),
        ],
    )


def book_provider_bill(
    *,
    line: Origin,
    document: Origin,
    provider_id: int,
    amount: Decimal,
    fee: Decimal = ZERO,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """A row of the provider's bill agrees with our payment (`amount` > 0) or refund (`amount` < 0).

    `document` is that payment or refund, `fee` what the row cost us, negative where a fee came back.
    """
    provider = Party("provider", provider_id)
    return book(
        moment=Moment.PROVIDER_BILL,
        key=str(line),
        origin=line,
        entity=entity,
        on=on,
        legs=[
            signed_leg("1012.2", amount - fee, party=provider),
            signed_leg("6603", fee),
            signed_leg("1012.1", -amount, party=provider, origin=document),
        ],
    )


def book_provider_fee(
    *,
    line: Origin,
    provider_id: int,
    amount: Decimal,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """A fee that the provider took from the balance in a row of its own; negative when given back."""
    return book(
        moment=Moment.PROVIDER_FEE,
        key=str(line),
        origin=line,
        entity=entity,
        on=on,
        legs=[
            signed_leg("6603", amount),
            signed_leg("1012.2", -amount, party=Party("provider", provider_id)),
        ],
    )


def book_payout(
    *,
    batch: Origin,
    provider_id: int,
    amount: Decimal,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """The provider announces a payout: the money is on its way to the bank."""
    provider = Party("provider", provider_id)
    return book(
        moment=Moment.PAYOUT,
        key=str(batch),
        origin=batch,
        entity=entity,
        on=on,
        legs=[
            Leg("1012.3", debit=amount, party=provider, origin=batch),
            Leg("1012.2", credit=amount, party=provider),
        ],
    )


def book_payout_received(
    *,
    line: Origin,
    batch: Origin,
    provider_id: int,
    amount: Decimal,
    bank_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """The payout is in the bank. `line` is the bank line, `batch` what announced it."""
    return book(
        moment=Moment.PAYOUT_RECEIVED,
        key=str(line),
        origin=line,
        entity=entity,
        on=on,
        legs=[
            Leg("1002", debit=amount, party=bank_party(bank_id, entity)),
            Leg("1012.3", credit=amount, party=Party("provider", provider_id), origin=batch),
        ],
    )


def book_bank_fee(
    *,
    line: Origin,
    amount: Decimal,
    bank_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """The bank took a fee; negative when interest or a fee came in."""
    return book(
        moment=Moment.BANK_FEE,
        key=str(line),
        origin=line,
        entity=entity,
        on=on,
        legs=[signed_leg("6603", amount), signed_leg("1002", -amount, party=bank_party(bank_id, entity))],
    )
