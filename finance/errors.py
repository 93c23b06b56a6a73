"""What finance refuses, and what to do then."""

from core.errors import Conflict, DomainError


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


class PaymentError(DomainError):
    """A step of paying that is not possible."""

    code = "payment"


class IntentLive(PaymentError):
    """Another amount or provider is being asked for at this moment (F36)."""

    code = "intent_live"


class ProviderSaysNo(PaymentError):
    """The provider has refused."""

    code = "provider_refused"


class ProviderSilent(PaymentError):
    """Nobody can say whether it happened; it will be asked again."""

    code = "provider_silent"


class RefundTooHigh(PaymentError):
    """More would go back than has come."""

    code = "refund_too_high"


class StatementError(DomainError):
    """A step with a statement that is not possible."""

    code = "statement"
