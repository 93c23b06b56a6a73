"""Public writes of warehouse and couriers."""

from .handover import hand_over
from .packing import ScanAnswer, close_parcel, scan_item
from .picking import finish_picking, start_picking
from .planning import PlannedLine, cancel_deliveries, flag_intercept, plan_deliveries
from .tracking import declare_lost, handle_push, record_tracking, take_back, track_parcel
from .waybills import buy_waybill, give_back_waybills, sync_waybills

__all__ = [
    "PlannedLine",
    "ScanAnswer",
    "buy_waybill",
    "cancel_deliveries",
    "close_parcel",
    "declare_lost",
    "finish_picking",
    "flag_intercept",
    "give_back_waybills",
    "hand_over",
    "handle_push",
    "plan_deliveries",
    "record_tracking",
    "scan_item",
    "start_picking",
    "sync_waybills",
    "take_back",
    "track_parcel",
]
