"""Amounts of money: Decimal with two places, rounded half up in one place only (F62, F63).

An amount always stands beside a currency code; nothing here converts currencies. The columns for both
are in core.fields, so that pure rules may import this module.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def quantize(amount: Decimal | int | str) -> Decimal:
    """The amount at two places, half up."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def share(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """Spread `total` over `weights` by largest remainder: the parts always sum to the total.

    Parts have two places and the sign of the total; equal remainders go to the earlier part.
    Weights are not negative. If all are zero, all goes to the first part.
    Raises ValueError when there is nothing to spread over or a weight is negative.
    """
    if not weights:
        raise ValueError("nothing to spread over")
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    total = quantize(total)
    if total < 0:
        return [-part for part in share(-total, weights)]
    whole = sum(Decimal(weight) for weight in weights)
    if whole == 0:
        return [total] + [ZERO] * (len(weights) - 1)
    exact = [total * Decimal(weight) / whole for weight in weights]
    parts = [part.quantize(CENT, ROUND_FLOOR) for part in exact]
    missing = int((total - sum(parts)) / CENT)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[:missing]:
        parts[i] += CENT
    return parts


def slice_of(total: Decimal, quantity: int, start: int, units: int) -> Decimal:
    """What units start+1 … start+units of `quantity` carry of `total`.

    A difference of cumulative shares, so any sequence of slices ends at exactly the total (F40).
    Raises ValueError when the slice lies outside 0 … quantity.
    """
    if quantity <= 0 or start < 0 or units < 0 or start + units > quantity:
        raise ValueError(f"units {start + 1}…{start + units} are not within {quantity}")

    def upto(count: int) -> Decimal:
        return quantize(total * count / quantity)

    return upto(start + units) - upto(start)


def tax_in(gross: Decimal, rate: Decimal) -> Decimal:
    """The tax that a tax-inclusive amount contains; net = gross - tax."""
    return gross - quantize(gross / (1 + rate))
