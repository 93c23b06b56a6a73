"""What a leg of an entry is, and when legs make an entry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from core.money import ZERO, quantize
from core.origins import Origin


class Party(NamedTuple):
    """Who a posting is about: kind (customer, courier, provider, bank, supplier, entity) and id."""

    kind: str
    id: int


NOBODY = Party("", 0)


class Original(NamedTuple):
    """The amount in the currency in which it really happened; amount x rate = the posted amount."""

    amount: Decimal
    currency: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Leg:
    """So much to the debit or the credit of an account. Exactly one of both, never negative."""

    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    party: Party | None = None
    origin: Origin | None = None
    original: Original | None = None

    def __post_init__(self) -> None:
        for amount in (self.debit, self.credit):
            if not isinstance(amount, Decimal) or not amount.is_finite() or amount < 0:
                raise ValueError(f"a leg carries a Decimal that is not negative, not {amount!r}")
            if amount != quantize(amount):
                raise ValueError(f"{amount} has more than two places")
        if self.debit and self.credit:
            raise ValueError("a leg is a debit or a credit")

    @property
    def side(self) -> str:
        return "debit" if self.debit else "credit"

    @property
    def amount(self) -> Decimal:
        return self.debit or self.credit


def signed_leg(
    account: str, amount: Decimal, *, party: Party | None = None, origin: Origin | None = None
) -> Leg:
    """A debit for a positive amount, a credit for a negative one: for differences that go either way."""
    if amount < 0:
        return Leg(account, credit=-amount, party=party, origin=origin)
    return Leg(account, debit=amount, party=party, origin=origin)


def real_legs(legs: Iterable[Leg]) -> list[Leg]:
    """The legs without those of zero."""
    return [leg for leg in legs if leg.amount]


def imbalance(legs: Sequence[Leg]) -> Decimal:
    """Debits minus credits."""
    return sum((leg.debit - leg.credit for leg in legs), ZERO)
