"""What a parcel should cost: chargeable weight, freight, surcharges and COD fee by a rate card.

Every figure comes with the sentence that explains it, because a courier will ask. Grams are int,
dimensions centimetres, money Decimal of two places; each part is rounded half up on its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core.money import ZERO, quantize
from core.reasons import gettext as _
from logistics.rules.rate_cards import (
    CodTariff,
    PerPiecePrice,
    RateCard,
    RateLine,
    RatingError,
    Service,
    steps_up,
)

Dims = tuple[Decimal, Decimal, Decimal]


@dataclass(frozen=True)
class Shipment:
    """What is rated: grams and centimetres as weighed, the cash to collect, the value declared."""

    zone: str
    weight_g: int
    handed_over_on: date
    service: Service = Service.FORWARD
    product: str = ""
    dims_cm: Dims | None = None
    pieces: int = 1
    cod_amount: Decimal = ZERO
    declared_value: Decimal = ZERO
    remote: bool = False


@dataclass(frozen=True)
class Fee:
    freight: Decimal
    surcharges: dict[str, Decimal]
    cod_fee: Decimal
    billable_g: int
    explanation: tuple[str, ...] = field(default=(), compare=False)

    @property
    def surcharge(self) -> Decimal:
        return sum(self.surcharges.values(), ZERO)

    @property
    def total(self) -> Decimal:
        return self.freight + self.surcharge + self.cod_fee


def heavier_weight(actual_g: int, dims_cm: Dims | None, divisor: int) -> Decimal:
    """The greater of scale and volume in grams, not yet rounded (FORMATS 8.5). Divisor 0 is no volume."""
    if actual_g < 0:
        raise RatingError(_("a parcel can't weigh %(grams)s g") % {"grams": actual_g})
    if not dims_cm or not divisor:
        return Decimal(actual_g)
    length, width, height = dims_cm
    return max(Decimal(actual_g), length * width * height * 1000 / divisor)


def chargeable_weight(
    actual_g: int, dims_cm: Dims | None = None, divisor: int = 0, step_g: int = 1000, first_g: int = 0
) -> int:
    """Grams that are paid for: the greater of scale and volume, rounded up to the step beyond `first_g`."""
    weight = heavier_weight(actual_g, dims_cm, divisor)
    if first_g and weight <= first_g:
        return first_g
    return first_g + steps_up(weight - first_g, step_g) * step_g


def cod_fee(amount: Decimal, tariff: CodTariff | None) -> Decimal:
    """What the courier keeps for collecting `amount`. Nothing collected costs nothing."""
    if tariff is None or amount <= 0:
        return ZERO
    for step in tariff.steps:
        if step.up_to is None or amount <= step.up_to:
            fee = step.fixed if step.fixed is not None else amount * (step.rate_pct or ZERO) / 100
            return quantize(fee if step.cap is None else min(fee, step.cap))
    if tariff.steps:
        raise RatingError(
            _("the COD steps end below %(amount)s: add a last step without an upper limit")
            % {"amount": amount}
        )
    fee = amount * tariff.rate_pct / 100
    if tariff.minimum is not None:
        fee = max(fee, tariff.minimum)
    if tariff.maximum is not None:
        fee = min(fee, tariff.maximum)
    return quantize(fee)


def fee_on_line(line: RateLine, shipment: Shipment) -> Fee:
    """Expected fee of a shipment on one line of the card."""
    extras = line.extras
    weight = heavier_weight(shipment.weight_g, shipment.dims_cm, line.divisor)
    billable = line.price.billable(weight)
    base = line.price.freight(weight, shipment.pieces)
    freight = max(base, quantize(extras.minimum))
    said = [_weight_sentence(line, shipment, weight, billable), f"freight {freight}"]
    if freight > base:
        said[-1] += f" (minimum charge; the card gives {base})"
    surcharges: dict[str, Decimal] = {}
    if extras.fuel_pct:
        surcharges["fuel"] = quantize(freight * extras.fuel_pct / 100)
    if extras.remote_fee and shipment.remote:
        surcharges["remote"] = quantize(extras.remote_fee)
    if extras.waybill_fee:
        surcharges["waybill"] = quantize(extras.waybill_fee)
    if extras.insurance_pct and shipment.declared_value > 0:
        by_rate = shipment.declared_value * extras.insurance_pct / 100
        surcharges["insurance"] = quantize(max(by_rate, extras.insurance_minimum))
    said += [f"{name} {amount}" for name, amount in surcharges.items()]
    collected = cod_fee(shipment.cod_amount, extras.cod) if shipment.service == Service.FORWARD else ZERO
    if collected:
        said.append(f"COD fee {collected} for {shipment.cod_amount}")
    return Fee(freight, surcharges, collected, billable, tuple(said))


def expected_fee(card: RateCard, shipment: Shipment) -> Fee:
    """Expected fee by the card of the hand-over date (ANCHORS, formulas). Raises NoRate."""
    line = card.find(
        service=shipment.service, zone=shipment.zone, on=shipment.handed_over_on, product=shipment.product
    )
    return fee_on_line(line, shipment)


def _weight_sentence(line: RateLine, shipment: Shipment, weight: Decimal, billable: int) -> str:
    if isinstance(line.price, PerPiecePrice):
        return f"zone {line.zone}, {line.service}, {shipment.pieces} pieces"
    source = "by volume" if weight > shipment.weight_g else "by scale"
    kilos = f"{(weight / 1000).normalize():f}"
    return f"zone {line.zone}, {line.service}, {kilos} kg {source} billed as {Decimal(billable) / 1000} kg"
