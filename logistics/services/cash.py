"""Collected cash that does not come, and claims that are paid outside a statement."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import current_actor
from core.locks import lock_one
from core.money import ZERO
from core.origins import Origin
from finance.queries import balance
from finance.services import Party, bookings
from logistics.errors import RemittanceError
from logistics.models import CodWriteOff, Parcel
from logistics.services.deciding import ask_for_signature, spend_signature


def write_off_cod(*, parcel_id: int, reason: str, by: Any = None) -> CodWriteOff:
    """Give up what a courier still owes for a parcel; what it paid too much becomes income.

    Raises RemittanceError when nothing is open, NotApproved or NoPolicy without the signature that policy
    asks for (F37: a write-off needs a person).
    """
    with transaction.atomic():
        parcel = lock_one(Parcel, pk=parcel_id)
        person = by or current_actor()
        if person is None or not reason.strip():
            raise RemittanceError(_("A write-off needs a person and a reason."))
        owed = cash_owed(parcel)
        if owed == ZERO:
            raise RemittanceError(
                _("Nothing is open for parcel %(number)s. Reload the page.") % {"number": parcel.number}
            )
        spend_signature(Origin("parcel", parcel.pk), abs(owed), parcel.currency)
        return book_write_off(parcel=parcel, amount=owed, reason=reason, by=person)


def ask_to_write_off_cod(*, parcel_id: int, reason: str, by: Any = None) -> Decimal:
    """Ask for the signatures that giving up a parcel's cash needs; returns the amount that is asked for.

    Raises RemittanceError when nothing is open or no reason is given, NoPolicy when nobody may sign.
    """
    with transaction.atomic():
        parcel = lock_one(Parcel, pk=parcel_id)
        owed = cash_owed(parcel)
        if owed == ZERO or not reason.strip():
            raise RemittanceError(_("Nothing is open for this parcel, or the reason is missing."))
        ask_for_signature(Origin("parcel", parcel.pk), abs(owed), parcel.currency, reason, by)
        return owed


def book_write_off(*, parcel: Parcel, amount: Decimal, reason: str, by: Any) -> CodWriteOff:
    """Book a write-off that has its signature, within the caller's transaction."""
    row = CodWriteOff.objects.create(
        parcel=parcel, amount=amount, currency=parcel.currency, reason=reason[:300], by=by, at=clock.now()
    )
    bookings.book_cod_write_off(
        parcel=parcel.pk,
        courier_id=_courier_of(parcel),
        amount=amount,
        origin=Origin("cod_write_off", row.pk),
        memo=reason[:200],
        entity=parcel.order.entity,
    )
    if cash_owed(parcel) == ZERO:
        Parcel.objects.filter(pk=parcel.pk).update(cod_state=Parcel.CodState.WRITTEN_OFF)
    return row


def cash_owed(parcel: Parcel) -> Decimal:
    """What its courier still owes us for a parcel, by the ledger."""
    return balance("1221.1", party=Party("courier", _courier_of(parcel)), origin=Origin("parcel", parcel.pk))


def settle_claim(*, parcel_id: int, amount: Decimal, bank_id: int | None = None) -> None:
    """A courier pays its claim for a lost parcel into the bank. Raises RemittanceError above what is claimed.

    A claim that a statement deducts is settled by agreeing that statement.
    """
    with transaction.atomic():
        parcel = lock_one(Parcel, pk=parcel_id)
        box = Origin("parcel", parcel.pk)
        claimed = balance("1221.2", party=Party("courier", _courier_of(parcel)), origin=box)
        if not ZERO < amount <= claimed:
            raise RemittanceError(
                _("%(claimed)s is claimed for parcel %(number)s. Correct the amount.")
                % {"claimed": claimed, "number": parcel.number}
            )
        bookings.book_claim_settled(
            claim=box,
            parcel=parcel.pk,
            courier_id=_courier_of(parcel),
            amount=amount,
            bank_id=bank_id,
            entity=parcel.order.entity,
        )


def _courier_of(parcel: Parcel) -> int:
    if parcel.courier_id is None:
        raise RemittanceError(_("Parcel %(number)s has no courier yet.") % {"number": parcel.number})
    return parcel.courier_id
