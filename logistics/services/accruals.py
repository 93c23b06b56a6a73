"""What a courier will charge changes on the way: a refused parcel costs its return and collects nothing."""

from datetime import date

from django.db import transaction

from core import clock
from core.money import ZERO
from core.origins import Origin
from finance.services import bookings
from logistics.models import Parcel, Waybill
from logistics.rules.rate_cards import RatingError
from logistics.services.rating import return_fee


@transaction.atomic
def link_return(*, parcel: Parcel, number: str, on: date) -> Waybill:
    """The courier sends a parcel back under a number of its own: rate it by the return service and accrue.

    `on` is the day on which it turned round. Without a price the reason stays on the waybill and nothing is
    accrued; its bill goes to review (ANCHORS 3.15). Told twice is one waybill. Needs the parcel's lock.
    """
    courier = parcel.courier
    if courier is None:
        raise ValueError("a parcel that comes back has a courier")
    waybill, created = Waybill.objects.get_or_create(
        courier=courier,
        number=number,
        defaults={
            "parcel": parcel,
            "direction": Waybill.Direction.RETURN,
            "reference": f"return-{courier.pk}-{number}"[:40],
            "state": Waybill.State.LIVE,
            "asked_at": clock.now(),
            "currency": parcel.currency,
        },
    )
    if not created:
        return waybill
    try:
        fee = return_fee(courier=courier, zone=parcel.zone, weight_g=parcel.weight_g, on=on)
    except RatingError as error:
        waybill.explain(error.why)
    else:
        waybill.expected_freight, waybill.expected_surcharge = fee.freight, fee.surcharge
        bookings.book_courier_accrual(
            origin=Origin("waybill", waybill.pk),
            parcel=parcel.pk,
            courier_id=courier.pk,
            freight=fee.freight + fee.surcharge,
            entity=parcel.order.entity,
            on=on,
        )
    waybill.save(update_fields=["problem", "why", "expected_freight", "expected_surcharge"])
    return waybill


def release_cod_fee(*, parcel: Parcel) -> None:
    """A parcel that came back or is lost collects nothing: its COD fee will not be charged. Once."""
    if parcel.expected_cod_fee != ZERO and parcel.courier_id is not None:
        bookings.book_courier_accrual(
            origin=Origin("parcel", parcel.pk),
            parcel=parcel.pk,
            courier_id=parcel.courier_id,
            cod_fee=-parcel.expected_cod_fee,
            entity=parcel.order.entity,
        )
