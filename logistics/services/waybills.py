"""Waybills by intent, call, record: the row is asked before the courier is, and unknown stays asked (F59)."""

from uuid import uuid4

from django.db import transaction

from core import clock, faults
from core.events import wake
from core.locks import lock_one
from core.reasons import gettext as _
from core.states import move
from logistics.errors import NotReady
from logistics.gateways.base import (
    Cancelled,
    CourierGateway,
    Issued,
    Place,
    Refused,
    Unknown,
    Voided,
    WaybillRequest,
    create_once,
)
from logistics.models import Parcel, Waybill
from logistics.services.accounts import gateway_of

_SENDER = [f"delivery__warehouse__{field}" for field in ("name", "province")]
_RECEIVER = [
    f"order__shipping_address__{field}"
    for field in ("first_name", "phone_number", "state", "line4", "line3", "line1")
]


def buy_waybill(*, parcel_id: int) -> Waybill:
    """The parcel's live waybill, bought when there is none. Two packers at once get one number.

    Never called inside a transaction (F04). When the courier's answer is lost the waybill stays asked
    for; calling again asks the courier by our reference before anything is bought.
    """
    with transaction.atomic():
        parcel = lock_one(Parcel, pk=parcel_id)
        in_force = parcel.waybills.filter(
            direction=Waybill.Direction.FORWARD, state__in=[Waybill.State.ASKED, Waybill.State.LIVE]
        )
        waybill = in_force.select_related("courier").first() or ask_waybill(parcel=parcel)
    if waybill.state != Waybill.State.ASKED:
        return waybill
    gateway = gateway_of(waybill.courier)
    faults.crash_point("waybill.asked")
    answer = _call(gateway, waybill)
    with transaction.atomic():
        waybill = lock_one(Waybill, pk=waybill.pk)
        if waybill.state != Waybill.State.ASKED:
            return waybill
        if isinstance(answer, Issued):
            waybill.explain("")
            told = {"number": answer.waybill, "problem": waybill.problem, "why": waybill.why}
            move(waybill, Waybill.State.LIVE, transitions=Waybill.TRANSITIONS, field="state", also=told)
        elif isinstance(answer, Cancelled):
            waybill.explain(_("The courier has cancelled this waybill. Ask for a new one."))
            told = {"problem": waybill.problem, "why": waybill.why}
            move(waybill, Waybill.State.VOID, transitions=Waybill.TRANSITIONS, field="state", also=told)
        else:
            waybill.explain(answer.message if isinstance(answer, Refused) else answer.reason)
            waybill.save(update_fields=["problem", "why"])
        return waybill


def sync_waybills(*, limit: int = 100) -> int:
    """Ask again for every waybill without an answer, give back what is to be given back; how many moved."""
    moved = 0
    asked = Waybill.objects.filter(state=Waybill.State.ASKED, parcel__state=Parcel.State.PACKED)
    for parcel_id in list(asked.order_by("pk").values_list("parcel_id", flat=True)[:limit]):
        moved += buy_waybill(parcel_id=parcel_id).state == Waybill.State.LIVE
    return moved + give_back_waybills(limit=limit)


def give_back_waybills(*, limit: int = 100) -> int:
    """Void the waybills of cancelled parcels at their couriers; retried until the courier confirms (I46)."""
    voided = 0
    for waybill in Waybill.objects.filter(state=Waybill.State.VOIDING).select_related("courier")[:limit]:
        gateway = gateway_of(waybill.courier)
        number = waybill.number
        if not number:
            known = gateway.find_by_reference(waybill.reference)
            number = known.waybill if isinstance(known, Issued | Cancelled) else ""
        if number and not isinstance(gateway.void_waybill(number), Voided):
            continue
        with transaction.atomic():
            row = lock_one(Waybill, pk=waybill.pk)
            if row.state == Waybill.State.VOIDING:
                move(row, Waybill.State.VOID, transitions=Waybill.TRANSITIONS, field="state")
                voided += 1
    return voided


def ask_waybill(*, parcel: Parcel) -> Waybill:
    """The intent: one row per packed parcel, before the courier is called.

    Needs the parcel's lock, and that the parcel has no waybill in force.
    """
    if parcel.state != Parcel.State.PACKED or parcel.courier_id is None:
        raise NotReady(_("Parcel %(number)s is not packed yet.") % {"number": parcel.number})
    wake.after_commit("logistics.tasks.sync_waybills")
    return Waybill.objects.create(
        parcel=parcel, courier_id=parcel.courier_id, reference=uuid4().hex, asked_at=clock.now()
    )


def _call(gateway: CourierGateway, waybill: Waybill) -> Issued | Cancelled | Refused | Unknown:
    asked = Parcel.objects.values_list("weight_g", "cod_amount", *_SENDER, *_RECEIVER)
    weight_g, cod_amount, warehouse, origin, name, phone, province, city, district, street = asked.get(
        pk=waybill.parcel_id
    )
    return create_once(
        gateway,
        WaybillRequest(
            reference=waybill.reference,
            sender=Place(name=warehouse, phone="", province=origin),
            receiver=Place(
                name=name,
                phone=str(phone),
                province=province,
                city=city,
                district=district,
                street=street,
            ),
            weight_g=weight_g,
            cod_amount=cod_amount,
        ),
    )
