"""The outbox: facts are announced downward-up, written with what they tell and done after commit.

An app announces a frozen dataclass; a higher app handles it. `announce` writes the event and one
delivery row per handler inside the transaction of the caller, which holds the lock of the document
the event is about. Each (event, handler) pair is done once, in order per document; a handler that
keeps failing is parked and holds up nothing but itself and its document.
"""

from .draining import MAX_ATTEMPTS, drain, drain_all, park_exhausted, replay
from .feed import Position, read_feed
from .outbox import announce, announce_all
from .registry import handles, known_names

__all__ = [
    "MAX_ATTEMPTS",
    "Position",
    "announce",
    "announce_all",
    "drain",
    "drain_all",
    "handles",
    "known_names",
    "park_exhausted",
    "read_feed",
    "replay",
]
