from .cancellations import Cancellation
from .holds import Hold, HoldRule
from .terms import TermRule

__all__ = ["Cancellation", "Hold", "HoldRule", "TermRule"]
