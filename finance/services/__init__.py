"""Public writes of finance. `bookings` holds one function per row of the posting table."""

from . import bookings
from .agreeing import Agreement, agree_statement, ask_to_settle_difference, settle_difference
from .bank_lines import apply_bank_line, apply_line_to_order, claim_line, park_line
from .bookings import *  # noqa: F403
from .bookings import __all__ as _bookings
from .clearing import clear_open
from .closing import close_period, day_close, reopen_period
from .evidence import Evidence
from .intents import (
    close_intent,
    close_open_intent,
    expire_intent,
    open_intent,
    order_pay_page,
    pay_page,
    query_intent,
    sync_due_intents,
)
from .ledger import (
    Leg,
    NewEntry,
    Original,
    Party,
    allocate,
    post_entries,
    post_entry,
    reverse_entry,
    undo_allocation,
)
from .notifications import handle_notification, process_inbox
from .opening import open_books
from .payments import (
    apply_receipt,
    dismiss_receipt,
    park_payment,
    pay_receivable,
    record_free_payment,
    record_order_receipt,
    record_payment,
)
from .refunds import (
    cancel_refund,
    refund_order,
    refund_receipt,
    request_refund,
    retry_refund,
    send_due_refunds,
    send_refund,
    settle_refund,
)
from .statements import (
    ImportResult,
    accept_statement,
    as_plain,
    decide_line,
    import_statement,
    outcomes_of,
)

__all__ = [
    *_bookings,
    "Agreement",
    "Evidence",
    "ImportResult",
    "Leg",
    "NewEntry",
    "Original",
    "Party",
    "accept_statement",
    "agree_statement",
    "allocate",
    "apply_bank_line",
    "ask_to_settle_difference",
    "apply_line_to_order",
    "as_plain",
    "claim_line",
    "decide_line",
    "import_statement",
    "outcomes_of",
    "park_line",
    "settle_difference",
    "apply_receipt",
    "bookings",
    "cancel_refund",
    "clear_open",
    "close_intent",
    "close_open_intent",
    "close_period",
    "day_close",
    "dismiss_receipt",
    "expire_intent",
    "handle_notification",
    "open_books",
    "open_intent",
    "order_pay_page",
    "park_payment",
    "pay_page",
    "pay_receivable",
    "post_entries",
    "post_entry",
    "process_inbox",
    "query_intent",
    "record_free_payment",
    "record_order_receipt",
    "record_payment",
    "refund_order",
    "refund_receipt",
    "reopen_period",
    "request_refund",
    "retry_refund",
    "reverse_entry",
    "send_due_refunds",
    "send_refund",
    "settle_refund",
    "sync_due_intents",
    "undo_allocation",
]
