from .couriers import Courier, CourierZone, RateRow
from .deliveries import Delivery, DeliveryLine, Scan
from .parcels import Parcel, ParcelLine, TrackingEvent, Waybill
from .settlement import AgreedCharge, CodWriteOff, OpeningWaybill, Remittance, RemittanceLine
from .statements import CourierStatement, StatementRow, WaybillOutcome
from .tariffs import ShippingTariff

__all__ = [
    "AgreedCharge",
    "CodWriteOff",
    "Courier",
    "CourierStatement",
    "CourierZone",
    "Delivery",
    "DeliveryLine",
    "OpeningWaybill",
    "Parcel",
    "ParcelLine",
    "RateRow",
    "Remittance",
    "RemittanceLine",
    "Scan",
    "ShippingTariff",
    "StatementRow",
    "TrackingEvent",
    "Waybill",
    "WaybillOutcome",
]
