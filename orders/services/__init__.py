"""Public writes of the pipeline, with the values that they take."""

from orders.rules.draft import Address, OrderDraft

from .cancellation import cancel_order, expire_orders
from .checkout import CheckoutChoice, draft_basket, submit_basket
from .confirmation import confirm_order, plan_rest, replace_missing
from .fulfilment import count_returned, lock_order, note_picking_started, refresh_fulfilment
from .importing import Defaults, ForeignImport, import_orders
from .notices import tell, tell_shipped
from .payment import refresh_order_money, refresh_payment_state, settle_payment
from .performing import cancel_service, perform_service, settle_services
from .placement import find_placed, place_order
from .promotions import (
    change_promotion,
    check_promotion,
    end_promotion,
    make_promotion,
    pause_promotion,
    resume_promotion,
)
from .review import clear_hold, hold_conflict, raise_hold, review_order
from .terms import available_terms
from .trying import Trial, TriedLine, try_promotion

__all__ = [
    "Address",
    "CheckoutChoice",
    "Defaults",
    "ForeignImport",
    "OrderDraft",
    "Trial",
    "TriedLine",
    "available_terms",
    "cancel_order",
    "cancel_service",
    "change_promotion",
    "check_promotion",
    "clear_hold",
    "confirm_order",
    "count_returned",
    "draft_basket",
    "end_promotion",
    "expire_orders",
    "find_placed",
    "hold_conflict",
    "import_orders",
    "lock_order",
    "make_promotion",
    "note_picking_started",
    "pause_promotion",
    "perform_service",
    "place_order",
    "plan_rest",
    "raise_hold",
    "refresh_fulfilment",
    "refresh_order_money",
    "refresh_payment_state",
    "replace_missing",
    "resume_promotion",
    "review_order",
    "settle_payment",
    "settle_services",
    "submit_basket",
    "tell",
    "tell_shipped",
    "try_promotion",
]
