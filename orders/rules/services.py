"""What services of an order come to when they are collected at the door and when they end."""

from collections.abc import Sequence
from decimal import Decimal

from core.money import ZERO, share


def carried_services(*, services: Decimal, goods: Sequence[Decimal]) -> list[Decimal]:
    """What each line of goods lets the courier collect for the order's services, by the lines' worth."""
    return share(services, goods) if goods else []


def worth_of_services(*, grosses: Sequence[Decimal], held: Decimal | None) -> list[Decimal]:
    """What each open service sells for; `held` is the money that came for all of them, None for enough.

    Money that stayed away with refused goods is missing from every service in proportion.
    """
    if held is None or held >= sum(grosses, ZERO):
        return list(grosses)
    return share(max(held, ZERO), grosses)
