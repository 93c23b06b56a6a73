"""What money that came is good for: a pure verdict on a receipt and the attempt that it names."""

from dataclasses import dataclass
from decimal import Decimal

from core.money import ZERO

CLOSED, EXPIRED, PAID = "closed", "expired", "paid"


@dataclass(frozen=True, slots=True)
class Receipt:
    amount: Decimal
    currency: str
    payee: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What we asked for. `exact`: a gateway collects the whole amount or nothing. `superseded`: another
    attempt of the order is live or paid."""

    amount: Decimal
    currency: str
    state: str
    applied: Decimal = ZERO
    exact: bool = True
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much belongs to the order, and why the rest does not. Without `booked` it is no money of ours."""

    applied: Decimal
    reason: str = ""
    booked: bool = True


def judge(receipt: Receipt, attempt: Attempt | None, *, payee: str, currency: str) -> Verdict:
    """Compare a receipt with the account it came to (`payee`, `currency`) and the attempt it names (F26).

    Anything wrong leaves all of it unapplied; too much leaves the rest.
    """
    if payee and receipt.payee and receipt.payee != payee:
        return Verdict(ZERO, "payee", booked=False)
    if receipt.currency != currency:
        return Verdict(ZERO, "currency", booked=False)
    if attempt is None:
        return Verdict(ZERO, "unknown")
    if attempt.currency != receipt.currency:
        return Verdict(ZERO, "currency")
    if attempt.exact and attempt.amount != receipt.amount:
        return Verdict(ZERO, "amount")
    if attempt.state == CLOSED:
        return Verdict(ZERO, "late")
    if attempt.state == EXPIRED and attempt.superseded:
        return Verdict(ZERO, "late")
    room = max(attempt.amount - attempt.applied, ZERO)
    if not room:
        return Verdict(ZERO, "twice")
    return Verdict(min(room, receipt.amount), "too_much" if receipt.amount > room else "")
