"""Public writes of finance. `bookings` holds one function per row of the posting table."""

from . import bookings
from .bookings import *  # noqa: F403
from .bookings import __all__ as _bookings
from .clearing import clear_open
from .closing import close_period, day_close, reopen_period
from .ledger import (
    Leg,
    Original,
    Party,
    allocate,
    post_entry,
    reverse_entry,
    undo_allocation,
)

__all__ = [
    *_bookings,
    "Leg",
    "Original",
    "Party",
    "allocate",
    "bookings",
    "clear_open",
    "close_period",
    "day_close",
    "post_entry",
    "reopen_period",
    "reverse_entry",
    "undo_allocation",
]
