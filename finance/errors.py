"""What finance refuses, and what to do then."""

from core.errors import Conflict, DomainError, InvalidInput


class LedgerError(DomainError):
    """A posting that the books do not take."""

    code = "ledger"


class Unbalanced(LedgerError):
    code = "unbalanced"


class PeriodClosed(LedgerError):
    code = "period_closed"


class KeyTaken(Conflict):
    """The posting key stands for another entry already."""

    code = "key_taken"


class OverAllocated(LedgerError):
    """More would be cleared than is open."""

    code = "over_allocated"


__all__ = [
    "Conflict",
    "DomainError",
    "InvalidInput",
    "KeyTaken",
    "LedgerError",
    "OverAllocated",
    "PeriodClosed",
    "Unbalanced",
]
