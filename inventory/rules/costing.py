"""Moving average cost that never loses a cent: a cost is a slice of what the stock is worth (F40)."""

from decimal import Decimal

from core.money import ZERO, quantize, slice_of


def cost_of(*, quantity: int, value: Decimal, units: int) -> Decimal:
    """What `units` of `quantity` units worth `value` cost. All of them cost all of it.

    Raises ValueError when fewer units are there than asked for.
    """
    if units == 0:
        return ZERO
    return slice_of(value, quantity, 0, units)


def value_of(*, units: int, unit_cost: Decimal) -> Decimal:
    """What `units` bought at `unit_cost` (which may have more than two places) are worth."""
    return quantize(unit_cost * units)
