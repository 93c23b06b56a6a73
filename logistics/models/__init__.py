from .couriers import Courier, CourierZone, RateRow
from .deliveries import Delivery, DeliveryLine, Scan
from .parcels import Parcel, ParcelLine, TrackingEvent, Waybill
from .tariffs import ShippingTariff

__all__ = [
    "Courier",
    "CourierZone",
    "Delivery",
    "DeliveryLine",
    "Parcel",
    "ParcelLine",
    "RateRow",
    "Scan",
    "ShippingTariff",
    "TrackingEvent",
    "Waybill",
]
