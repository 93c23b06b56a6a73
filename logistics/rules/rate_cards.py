"""A courier's price list as plain values: what one line prices, for whom, and from when to when.

A card holds lines keyed by product, service and zone; the validity of two lines with one key never
overlaps. Weights are grams as int, money is Decimal with two places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from core.money import ZERO, quantize
from core.reasons import Reason, gettext_noop
from core.reasons import gettext as _


class Service(StrEnum):
    FORWARD = "forward"
    RETURN = "return"


SERVICE_WORDS = {Service.FORWARD: gettext_noop("to the customer"), Service.RETURN: gettext_noop("back to us")}


class RatingError(ValueError):
    """A price that the card does not give; `why` says what is missing from it."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why)
        self.why = why


class NoRate(RatingError):
    pass


class OverlappingRates(RatingError):
    pass


def steps_up(grams: Decimal | int, step_g: int) -> int:
    """How many whole steps cover these grams; a weight on the boundary stays in the lower bracket."""
    whole, rest = divmod(Decimal(grams), step_g)
    return max(0, int(whole) + (rest > 0))


@dataclass(frozen=True)
class StepPrice:
    """First weight, then so much for each step begun. A step of 0 means one flat fee."""

    first_g: int
    first_fee: Decimal
    step_g: int
    step_fee: Decimal

    def billable(self, grams: Decimal | int) -> int:
        if grams <= self.first_g or not self.step_g:
            return self.first_g
        return self.first_g + steps_up(Decimal(grams) - self.first_g, self.step_g) * self.step_g

    def freight(self, grams: Decimal | int, pieces: int = 1) -> Decimal:
        if not self.step_g:
            return quantize(self.first_fee)
        steps = steps_up(max(Decimal(0), Decimal(grams) - self.first_g), self.step_g)
        return quantize(self.first_fee + steps * self.step_fee)


@dataclass(frozen=True)
class BracketPrice:
    """Fixed fees up to each weight, then steps beyond the last one. No step: heavier has no price."""

    brackets: tuple[tuple[int, Decimal], ...]
    step_g: int = 0
    step_fee: Decimal = ZERO

    def billable(self, grams: Decimal | int) -> int:
        for up_to, _fee in self.brackets:
            if grams <= up_to:
                return up_to
        last = self.brackets[-1][0]
        if not self.step_g:
            raise NoRate(
                _("%(grams)s g is above the last bracket of %(last)s g: add a bracket or a step")
                % {"grams": grams, "last": last}
            )
        return last + steps_up(Decimal(grams) - last, self.step_g) * self.step_g

    def freight(self, grams: Decimal | int, pieces: int = 1) -> Decimal:
        weight = self.billable(grams)
        for up_to, fee in self.brackets:
            if weight <= up_to:
                return quantize(fee)
        last, fee = self.brackets[-1]
        return quantize(fee + (weight - last) // self.step_g * self.step_fee)


@dataclass(frozen=True)
class PerKgPrice:
    """So much a kilogram, after rounding up to the step."""

    per_kg: Decimal
    step_g: int = 1000

    def billable(self, grams: Decimal | int) -> int:
        return steps_up(grams, self.step_g) * self.step_g

    def freight(self, grams: Decimal | int, pieces: int = 1) -> Decimal:
        return quantize(self.per_kg * self.billable(grams) / 1000)


@dataclass(frozen=True)
class PerPiecePrice:
    """So much a piece, whatever it weighs: the billable weight is always 0."""

    per_piece: Decimal

    def billable(self, grams: Decimal | int) -> int:
        return 0

    def freight(self, grams: Decimal | int, pieces: int = 1) -> Decimal:
        return quantize(self.per_piece * pieces)


Price = StepPrice | BracketPrice | PerKgPrice | PerPiecePrice


@dataclass(frozen=True)
class CodStep:
    """Up to this amount collected: a fixed fee, or a rate in percent with an optional cap."""

    up_to: Decimal | None
    fixed: Decimal | None = None
    rate_pct: Decimal | None = None
    cap: Decimal | None = None


@dataclass(frozen=True)
class CodTariff:
    """What collecting cash costs: a rate in percent within [minimum, maximum], or steps by amount."""

    rate_pct: Decimal = ZERO
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    steps: tuple[CodStep, ...] = ()


@dataclass(frozen=True)
class Extras:
    fuel_pct: Decimal = ZERO
    remote_fee: Decimal = ZERO
    minimum: Decimal = ZERO
    waybill_fee: Decimal = ZERO
    insurance_pct: Decimal = ZERO
    insurance_minimum: Decimal = ZERO
    cod: CodTariff | None = None


@dataclass(frozen=True)
class RateLine:
    """One priced key. `valid_to` is the last day it holds; None is open. `divisor` 0 is no volume."""

    product: str
    service: Service
    zone: str
    price: Price
    valid_from: date
    valid_to: date | None = None
    divisor: int = 0
    extras: Extras = field(default_factory=Extras)

    @property
    def key(self) -> tuple[str, Service, str]:
        return (self.product, self.service, self.zone)

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def hand_over_shared_days(lines: Iterable[RateLine]) -> tuple[RateLine, ...]:
    """Sorted lines in which a line that ends on the day its successor begins ends the day before.

    Price lists are written both ways; the newer price holds on the shared day. Real overlaps raise.
    """
    ordered = sorted(lines, key=lambda line: (*line.key, line.valid_from))
    for i, (line, after) in enumerate(pairwise(ordered)):
        if line.key != after.key:
            continue
        if line.valid_to == after.valid_from > line.valid_from:
            ordered[i] = replace(line, valid_to=after.valid_from - timedelta(days=1))
        elif line.valid_to is None or line.valid_to >= after.valid_from:
            raise OverlappingRates(
                _(
                    "%(product)s, zone %(zone)s, %(service)s: the price from %(old)s still holds when the one"
                    " from %(new)s begins; end it before %(new)s"
                )
                % {
                    "product": line.product or _("any product"),
                    "zone": line.zone,
                    "service": _(SERVICE_WORDS[line.service]),
                    "old": line.valid_from,
                    "new": after.valid_from,
                }
            )
    return tuple(ordered)


class RateCard:
    """The lines of one courier account, found by product, service, zone and hand-over date."""

    def __init__(self, courier: str, lines: Iterable[RateLine], version: str = "") -> None:
        self.courier = courier
        self.version = version
        self.lines = hand_over_shared_days(lines)
        for line in self.lines:
            if line.valid_to is not None and line.valid_to < line.valid_from:
                raise RatingError(
                    _("zone %(zone)s: valid to %(last)s is before %(first)s")
                    % {"zone": line.zone, "last": line.valid_to, "first": line.valid_from}
                )
        self._by_leg: dict[tuple[Service, str], list[RateLine]] = {}
        for line in self.lines:
            self._by_leg.setdefault((line.service, line.zone), []).append(line)

    def zones(self) -> tuple[str, ...]:
        return tuple(sorted({line.zone for line in self.lines}))

    def find(self, *, service: Service, zone: str, on: date, product: str = "") -> RateLine:
        """The line of that day. Without a product the zone must have one line only. Raises NoRate."""
        found = [line for line in self._by_leg.get((service, zone), ()) if line.holds_on(on)]
        if product:
            found = [line for line in found if line.product == product] or [
                line for line in found if not line.product
            ]
        if len(found) == 1:
            return found[0]
        what = _("%(courier)s: %(product)s, %(service)s, zone %(zone)s on %(day)s") % {
            "courier": self.courier,
            "product": product or _("no product"),
            "service": _(SERVICE_WORDS[service]),
            "zone": zone or _("(none)"),
            "day": on,
        }
        if found:
            names = ", ".join(line.product for line in found)
            raise NoRate(
                _("%(what)s: several products fit (%(names)s); name one") % {"what": what, "names": names}
            )
        raise NoRate(_("%(what)s: no line on the rate card; add one or correct the zone") % {"what": what})
