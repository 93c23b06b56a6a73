"""What happened to deliveries and parcels. Ids and instants only."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PickingStarted:
    delivery_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class DeliveryShort:
    """The shelf had less than the instruction: the missing units need another decision."""

    delivery_id: int
    order_id: int
    line_id: int
    sku_id: int
    missing: int


@dataclass(frozen=True, slots=True)
class ParcelHandedOver:
    parcel_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class ParcelDelivered:
    parcel_id: int
    order_id: int
    delivered_at: datetime


@dataclass(frozen=True, slots=True)
class ParcelRefused:
    parcel_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class ParcelReturned:
    parcel_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class ParcelLost:
    parcel_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class RemittanceApplied:
    """Collected cash has come and cleared what its courier owed."""

    remittance_id: int
    courier_id: int
