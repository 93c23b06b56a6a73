"""Why a freight differs: re-rate with their weight, their zone, both; what none explains is the rate.

The clerk gets a name for the fault instead of "amount differs" (ANCHORS 3.6). The money of the
findings always adds up to the whole difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from core.money import ZERO
from logistics.rules.notes import Reason
from logistics.rules.outcomes import FeeKind, Finding, Outcome
from logistics.rules.rate_cards import Service


class Rerate(Protocol):
    """What the freight would be with another leg, zone or weight. None where the card has no price."""

    def __call__(self, service: Service, zone: str, weight_g: int | None) -> Decimal | None:
        """`weight_g` None is the weight that we hold, volume included."""


def diagnose(
    rerate: Rerate,
    *,
    services: Sequence[Service],
    zone: str,
    weight_g: int,
    billed_zone: str,
    billed_weight_g: int | None,
    billed_as_return: bool,
    expected: Decimal,
    folded: Decimal,
    billed: Decimal,
) -> list[Finding]:
    """Findings for a freight that is not the expected one, the one that names the outcome first.

    `folded` is the part of `expected` that is no freight but is billed within it.
    """

    def priced(legs: Sequence[Service], in_zone: str, grams: int | None) -> Decimal | None:
        fees = [rerate(leg, in_zone, grams) for leg in legs]
        known = [fee for fee in fees if fee is not None]
        return sum(known, ZERO) + folded if len(known) == len(fees) else None

    def finding(code: Outcome, rule: str, before: Decimal, after: Decimal, note: str) -> Finding:
        return Finding(code, FeeKind.FREIGHT, f"re-rated: {rule}", before, after, note)

    theirs = billed_weight_g if billed_weight_g else None
    other_zone = billed_zone if billed_zone and billed_zone != zone else ""
    by_weight = priced(services, zone, theirs) if theirs else None
    by_zone = priced(services, other_zone, None) if other_zone else None
    both = priced(services, other_zone, theirs) if theirs and other_zone else None
    weight_note = Reason("courier.weight", theirs=theirs, ours=weight_g)
    zone_note = Reason("courier.zone", theirs=other_zone, ours=zone)
    unexplained = Reason("courier.unexplained")

    if by_weight == billed:
        return [finding(Outcome.WEIGHT, "their weight", expected, billed, weight_note)]
    if by_zone == billed:
        return [finding(Outcome.ZONE, "their zone", expected, billed, zone_note)]
    if both == billed and by_weight is not None:
        return [
            finding(Outcome.WEIGHT, "their weight", expected, by_weight, weight_note),
            finding(Outcome.ZONE, "their zone", by_weight, billed, zone_note),
        ]
    if Service.RETURN in services:
        forward = priced((Service.FORWARD,), zone, None)
        same = Reason("courier.forward_price" if forward == billed else "courier.other_return_price")
        return [finding(Outcome.WRONG_RETURN_PRICE, "return service", expected, billed, same)]
    if billed_as_return:
        note = Reason("courier.went_forward")
        return [finding(Outcome.WRONG_RETURN_PRICE, "return service", expected, billed, note)]
    explained = by_weight if by_weight is not None and by_weight != expected else None
    if explained is not None:
        return [
            finding(Outcome.RATE, "unexplained", explained, billed, unexplained),
            finding(Outcome.WEIGHT, "their weight", expected, explained, weight_note),
        ]
    if by_zone is not None and by_zone != expected:
        return [
            finding(Outcome.RATE, "unexplained", by_zone, billed, unexplained),
            finding(Outcome.ZONE, "their zone", expected, by_zone, zone_note),
        ]
    return [finding(Outcome.RATE, "unexplained", expected, billed, unexplained)]
