from .cancellations import Cancellation
from .holds import Hold, HoldRule
from .imports import OrderImport, UnlinkedCredit
from .services import ServiceReport
from .terms import TermRule

__all__ = ["Cancellation", "Hold", "HoldRule", "OrderImport", "ServiceReport", "TermRule", "UnlinkedCredit"]
