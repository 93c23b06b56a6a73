"""Parcels that did not stay with the customer open their case."""

from core.events import handles
from logistics.events import ParcelLost, ParcelReturned
from returns import services
from returns.models import ReturnCase


@handles(ParcelReturned)
def open_refused_case(event: ParcelReturned) -> None:
    services.open_undelivered(parcel_id=event.parcel_id, kind=ReturnCase.Kind.REFUSED)


@handles(ParcelLost)
def open_lost_case(event: ParcelLost) -> None:
    services.open_undelivered(parcel_id=event.parcel_id, kind=ReturnCase.Kind.LOST)
