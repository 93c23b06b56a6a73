"""Parcels that did not stay with the customer open their case; a settled case gives money back."""

from core.events import handles
from core.origins import Origin
from finance.services import refund_order
from logistics.events import ParcelLost, ParcelReturned
from orders.services import lock_order
from returns import services
from returns.events import ReturnSettled
from returns.models import ReturnCase


@handles(ParcelReturned)
def open_refused_case(event: ParcelReturned) -> None:
    services.open_undelivered(parcel_id=event.parcel_id, kind=ReturnCase.Kind.REFUSED)


@handles(ParcelLost)
def open_lost_case(event: ParcelLost) -> None:
    services.open_undelivered(parcel_id=event.parcel_id, kind=ReturnCase.Kind.LOST)


@handles(ReturnSettled)
def refund_settled_case(event: ReturnSettled) -> None:
    if not event.refund_amount:
        return
    lock_order(order_id=event.order_id)
    case = ReturnCase.objects.get(pk=event.case_id)
    refund_order(
        order_id=event.order_id,
        amount=event.refund_amount,
        origin=Origin("return", case.pk),
        reason=case.kind,
        decided=case.kind == ReturnCase.Kind.RETURN,  # the inspections have booked what is owed
    )
