"""What couriers charge, owe and pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from core.models import LegalEntity
from core.money import ZERO
from core.origins import Origin
from finance.models import Entry, Moment
from finance.rules.legs import Leg, Party, signed_leg

from .places import bank_party, book

FEES = {"freight": "6601.1", "cod_fee": "6601.2"}


@dataclass(frozen=True, slots=True)
class CourierCharge:
    """One agreed charge. `billed` includes `tax`; `accrued` is what hand-over expected for it.

    `origin` is the agreed row itself, `parcel` is None for a charge that no parcel of ours explains. `fee`
    is freight or cod_fee.
    """

    origin: Origin
    billed: Decimal
    accrued: Decimal = ZERO
    tax: Decimal = ZERO
    parcel: int | None = None
    fee: str = "freight"


@transaction.atomic
def book_courier_charges(
    *,
    statement: Origin,
    courier_id: int,
    charges: Sequence[CourierCharge],
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> list[Entry]:
    """A courier statement is agreed: accruals become a bill, the difference a cost. Once per row."""
    entries = (
        book(
            moment=Moment.COURIER_CHARGE,
            key=str(charge.origin),
            origin=charge.origin,
            entity=entity,
            on=on,
            legs=_charge_legs(charge, statement, Party("courier", courier_id)),
        )
        for charge in charges
    )
    return [entry for entry in entries if entry]


def book_courier_bill(
    *,
    batch: Origin,
    statement: Origin,
    courier_id: int,
    charges: Sequence[CourierCharge],
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """The same for many charges in one entry, named by the first of them: for statements of many waybills.

    Accruals and differences stand per charge; what is owed and the tax in it are one amount each.
    """
    courier = Party("courier", courier_id)
    each = [leg for charge in charges for leg in _charge_legs(charge, statement, courier)]
    kept = [leg for leg in each if leg.account not in ("2221.2", "2241.2")]
    return book(
        moment=Moment.COURIER_CHARGE,
        key=str(batch),
        origin=batch,
        entity=entity,
        on=on,
        legs=[
            *kept,
            signed_leg("2221.2", sum((charge.tax for charge in charges), ZERO)),
            signed_leg("2241.2", -sum((c.billed for c in charges), ZERO), party=courier, origin=statement),
        ],
    )


def _charge_legs(charge: CourierCharge, statement: Origin, courier: Party) -> list[Leg]:
    box = Origin("parcel", charge.parcel) if charge.parcel else charge.origin
    return [
        signed_leg("2241.1", charge.accrued, party=courier, origin=box),
        signed_leg("2221.2", charge.tax),
        signed_leg(FEES[charge.fee], charge.billed - charge.tax - charge.accrued, origin=box),
        signed_leg("2241.2", -charge.billed, party=courier, origin=statement),
    ]


def book_courier_accrual(
    *,
    origin: Origin,
    parcel: int,
    courier_id: int,
    freight: Decimal = ZERO,
    cod_fee: Decimal = ZERO,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """What a courier will charge for a parcel changes after hand-over; negative when it will charge less."""
    box = Origin("parcel", parcel)
    return book(
        moment=Moment.COURIER_ACCRUAL,
        key=str(origin),
        origin=origin,
        entity=entity,
        on=on,
        legs=[
            signed_leg("6601.1", freight, origin=box),
            signed_leg("6601.2", cod_fee, origin=box),
            signed_leg("2241.1", -freight - cod_fee, party=Party("courier", courier_id), origin=box),
        ],
    )


def book_courier_paid(
    *,
    payment: Origin,
    courier_id: int,
    bills: Sequence[tuple[Origin, Decimal]],
    bank_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """We pay a courier's bills from the bank. `bills` are (statement, amount)."""
    courier = Party("courier", courier_id)
    return book(
        moment=Moment.COURIER_PAID,
        key=str(payment),
        origin=payment,
        entity=entity,
        on=on,
        legs=[
            *(Leg("2241.2", debit=amount, party=courier, origin=bill) for bill, amount in bills),
            Leg("1002", credit=sum((x for _, x in bills), ZERO), party=bank_party(bank_id, entity)),
        ],
    )


def book_remittance(
    *,
    remittance: Origin,
    courier_id: int,
    bank_amount: Decimal,
    cod: Sequence[tuple[int, Decimal]],
    netted: Sequence[tuple[Origin, Decimal]] = (),
    bank_id: int | None = None,
    receipt_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """The courier hands over what it collected: `cod` is (parcel, amount), `netted` (statement, amount kept).

    The bank amount is booked here, unless it waits among the unapplied receipts: then `receipt_id` names
    that payment. Raises Unbalanced unless bank + netted = the sum over the parcels.
    """
    courier = Party("courier", courier_id)
    if receipt_id is None:
        money = Leg("1002", debit=bank_amount, party=bank_party(bank_id, entity))
    else:
        money = Leg("2241.4", debit=bank_amount, origin=Origin("payment", receipt_id))
    return book(
        moment=Moment.REMITTANCE,
        key=str(remittance),
        origin=remittance,
        entity=entity,
        on=on,
        legs=[
            money,
            *(Leg("2241.2", debit=amount, party=courier, origin=bill) for bill, amount in netted),
            *(
                Leg("1221.1", credit=amount, party=courier, origin=Origin("parcel", parcel))
                for parcel, amount in cod
            ),
        ],
    )


def book_cod_write_off(
    *,
    parcel: int,
    courier_id: int,
    amount: Decimal,
    origin: Origin,
    memo: str = "",
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """An approved difference of a COD parcel: a loss, or income where `amount` is negative."""
    return book(
        moment=Moment.COD_WRITE_OFF,
        key=str(origin),
        origin=origin,
        entity=entity,
        on=on,
        memo=memo,
        legs=[
            signed_leg("6711" if amount > 0 else "6301", amount),
            signed_leg(
                "1221.1", -amount, party=Party("courier", courier_id), origin=Origin("parcel", parcel)
            ),
        ],
    )


def book_claim_settled(
    *,
    claim: Origin,
    parcel: int,
    courier_id: int,
    amount: Decimal,
    statement: Origin | None = None,
    bank_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """A claim is paid: deducted from a statement's bill, or into the bank."""
    courier = Party("courier", courier_id)
    if statement is not None:
        paid = Leg("2241.2", debit=amount, party=courier, origin=statement)
    else:
        paid = Leg("1002", debit=amount, party=bank_party(bank_id, entity))
    return book(
        moment=Moment.CLAIM_SETTLED,
        key=str(claim),
        origin=claim,
        entity=entity,
        on=on,
        legs=[paid, Leg("1221.2", credit=amount, party=courier, origin=Origin("parcel", parcel))],
    )
