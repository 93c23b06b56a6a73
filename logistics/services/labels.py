"""Labels: what is stuck on the box. Printed on our own paper, with what the courier wants to read on it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, masking
from core.locks import lock_one
from logistics.errors import NotReady
from logistics.gateways.base import LabelData
from logistics.models import Parcel, Waybill
from logistics.rules.barcodes import Bar, code128
from logistics.services.accounts import gateway_of
from logistics.services.picking import refuse_intercepted


@dataclass(frozen=True, slots=True)
class Label:
    """One label. Names, phone and address are masked as on every waybill (S40); `cod` is what the courier
    collects. `prints` counts this print too: from the second on the paper says that it is a repeat.
    """

    waybill: str
    parcel: str
    order: str
    courier: str
    sorting_code: str
    bag_place: str
    sender: str
    receiver: str
    phone: str
    region: str
    street: str
    weight_g: int
    cod: Decimal
    currency: str
    prints: int
    printed_at: datetime
    bars: tuple[Bar, ...]


def print_label(*, parcel_id: int) -> Label:
    """The label of a packed parcel, counted. Asks the courier for its sorting code, outside a transaction.

    Raises NotReady without a live waybill or when the courier does not answer, Intercepted for a stopped
    order (F60): nothing is counted then.
    """
    parcel = Parcel.objects.select_related("courier", "delivery__warehouse", "order").get(pk=parcel_id)
    waybill = _live_waybill(parcel)
    answer = gateway_of(waybill.courier).label_data(waybill.number)
    if not isinstance(answer, LabelData):
        why = getattr(answer, "message", "") or getattr(answer, "reason", "")
        raise NotReady(_("The courier gives no label: %(why)s. Try again.") % {"why": why})
    with transaction.atomic():
        parcel = lock_one(Parcel, pk=parcel_id)
        waybill = lock_one(Waybill, pk=_live_waybill(parcel).pk)
        waybill.prints += 1
        waybill.save(update_fields=["prints"])
    return _label(parcel, waybill, answer)


def _live_waybill(parcel: Parcel) -> Waybill:
    """The forward waybill of a parcel that still stands in the house."""
    if parcel.state != Parcel.State.PACKED:
        raise NotReady(
            _("%(number)s is %(state)s. Labels are printed between packing and hand-over.")
            % {"number": parcel.number, "state": parcel.get_state_display()}
        )
    refuse_intercepted(parcel.delivery)
    found = parcel.waybills.filter(
        state=Waybill.State.LIVE, direction=Waybill.Direction.FORWARD
    ).select_related("courier")
    waybill = found.first()
    if waybill is None:
        raise NotReady(_("Parcel %(number)s has no waybill yet. Ask for one.") % {"number": parcel.number})
    return waybill


def _label(parcel: Parcel, waybill: Waybill, answer: LabelData) -> Label:
    address = parcel.order.shipping_address
    return Label(
        waybill=waybill.number,
        parcel=parcel.number,
        order=parcel.order.number,
        courier=waybill.courier.name,
        sorting_code=answer.sorting_code,
        bag_place=answer.bag_place,
        sender=parcel.delivery.warehouse.name,
        receiver=masking.mask_name(address.first_name),
        phone=masking.mask_phone(address.phone_number),
        region=" ".join(filter(None, [address.state, address.line4, address.line3])),
        street=masking.mask_address(address.line1),
        weight_g=parcel.weight_g,
        cod=parcel.cod_amount,
        currency=parcel.currency,
        prints=waybill.prints,
        printed_at=clock.now(),
        bars=code128(waybill.number),
    )
