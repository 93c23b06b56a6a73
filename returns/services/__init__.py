"""Public writes of the returns desk."""

from .cases import approve_return, open_return, open_undelivered, receive_return, reject_return
from .inspection import inspect_line, settle_lost

__all__ = [
    "approve_return",
    "inspect_line",
    "open_return",
    "open_undelivered",
    "receive_return",
    "reject_return",
    "settle_lost",
]
