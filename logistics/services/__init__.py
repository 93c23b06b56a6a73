"""Public writes of warehouse and couriers."""

from .agreeing import Agreement, agree_statement
from .cash import ask_to_write_off_cod, settle_claim, write_off_cod
from .deciding import accept_outcomes, ask_to_write_off, dispute_outcomes, write_off_outcomes
from .dispatching import Departure, dispatch_delivery, ship_orders
from .handover import hand_over
from .labels import Label, print_label
from .matching import Matched, MissingWaybill, match_statement, missing_waybills, summary_of
from .openings import OpeningResult, import_rate_card, import_shipments
from .packing import ScanAnswer, close_parcel, scan_item
from .picking import finish_picking, start_picking
from .planning import (
    PlannedLine,
    cancel_deliveries,
    flag_intercept,
    plan_deliveries,
    withdraw_unreserved,
)
from .remittances import (
    RemittanceResult,
    accept_remittance,
    apply_remittance,
    import_remittance,
    remittance_as_plain,
)
from .statements import (
    StatementResult,
    accept_statement,
    as_plain,
    import_courier_statement,
)
from .tracking import (
    declare_lost,
    handle_push,
    import_tracking,
    record_tracking,
    take_back,
    track_parcel,
)
from .waybills import buy_waybill, give_back_waybills, sync_waybills

__all__ = [
    "Agreement",
    "Departure",
    "Label",
    "Matched",
    "MissingWaybill",
    "OpeningResult",
    "PlannedLine",
    "RemittanceResult",
    "ScanAnswer",
    "StatementResult",
    "accept_outcomes",
    "accept_remittance",
    "accept_statement",
    "agree_statement",
    "apply_remittance",
    "as_plain",
    "ask_to_write_off",
    "ask_to_write_off_cod",
    "buy_waybill",
    "cancel_deliveries",
    "close_parcel",
    "declare_lost",
    "dispatch_delivery",
    "dispute_outcomes",
    "finish_picking",
    "flag_intercept",
    "give_back_waybills",
    "hand_over",
    "handle_push",
    "import_courier_statement",
    "import_rate_card",
    "import_remittance",
    "import_shipments",
    "import_tracking",
    "match_statement",
    "missing_waybills",
    "plan_deliveries",
    "print_label",
    "record_tracking",
    "remittance_as_plain",
    "scan_item",
    "settle_claim",
    "ship_orders",
    "start_picking",
    "summary_of",
    "sync_waybills",
    "take_back",
    "track_parcel",
    "withdraw_unreserved",
    "write_off_cod",
    "write_off_outcomes",
]
