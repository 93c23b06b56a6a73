"""Price lists from the database into the pure rules, and the choice of a courier by them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from logistics.errors import NoCourier
from logistics.models import Courier, CourierZone, RateRow
from logistics.rules.rate_cards import (
    BracketPrice,
    CodStep,
    CodTariff,
    Extras,
    PerKgPrice,
    PerPiecePrice,
    Price,
    RateCard,
    RateLine,
    RatingError,
    Service,
    StepPrice,
)
from logistics.rules.rating import Fee, Shipment, expected_fee


@dataclass(frozen=True, slots=True)
class CourierChoice:
    courier_id: int
    zone: str
    fee: Fee


def rate_card(courier: Courier) -> RateCard:
    """The courier's whole price list as the rules read it."""
    return RateCard(courier.code, [_line(row) for row in courier.rates.all()])


def choose_courier(*, province: str, weight_g: int, cod_amount: Decimal, on: date) -> CourierChoice:
    """The cheapest courier that goes there (and collects, where cash is due); ties by priority.

    Raises NoCourier when none does, with what to add.
    """
    choices = []
    zones = CourierZone.objects.filter(province=province, courier__active=True).select_related("courier")
    if cod_amount > 0:
        zones = zones.filter(collects=True)
    for zone in zones.prefetch_related("courier__rates"):
        shipment = Shipment(
            zone=zone.zone,
            weight_g=weight_g,
            handed_over_on=on,
            cod_amount=cod_amount,
            remote=zone.remote,
        )
        try:
            fee = expected_fee(rate_card(zone.courier), shipment)
        except RatingError:
            continue
        choices.append((fee.total, zone.courier.priority, zone.courier_id, zone.zone, fee))
    if not choices:
        raise NoCourier(
            _("No courier has a price for %(province)s. Add a zone and a rate for one of them.")
            % {"province": province or "?"}
        )
    _total, _priority, courier_id, code, fee = min(choices, key=lambda choice: choice[:3])
    return CourierChoice(courier_id, code, fee)


def return_fee(*, courier: Courier, zone: str, weight_g: int, on: date) -> Fee:
    """What sending a parcel back costs by the return service. Raises RatingError without a price."""
    shipment = Shipment(zone=zone, weight_g=weight_g, handed_over_on=on, service=Service.RETURN)
    return expected_fee(rate_card(courier), shipment)


def _line(row: RateRow) -> RateLine:
    return RateLine(
        product=row.product,
        service=Service(row.service),
        zone=row.zone,
        price=_price(row.kind, row.price),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        divisor=row.divisor,
        extras=_extras(row.extras),
    )


def _price(kind: str, terms: dict[str, Any]) -> Price:
    if kind == RateRow.Kind.STEP:
        return StepPrice(
            terms["first_g"], Decimal(terms["first_fee"]), terms["step_g"], Decimal(terms["step_fee"])
        )
    if kind == RateRow.Kind.BRACKET:
        return BracketPrice(
            tuple((up_to, Decimal(fee)) for up_to, fee in terms["brackets"]),
            terms.get("step_g", 0),
            Decimal(terms.get("step_fee", "0")),
        )
    if kind == RateRow.Kind.PER_KG:
        return PerKgPrice(Decimal(terms["per_kg"]), terms.get("step_g", 1000))
    return PerPiecePrice(Decimal(terms["per_piece"]))


def _extras(terms: dict[str, Any]) -> Extras:
    amounts = {
        name: Decimal(terms[name])
        for name in (
            "fuel_pct",
            "remote_fee",
            "minimum",
            "waybill_fee",
            "insurance_pct",
            "insurance_minimum",
        )
        if name in terms
    }
    return Extras(**amounts, cod=_cod(terms["cod"]) if "cod" in terms else None)


def _cod(terms: dict[str, Any]) -> CodTariff:
    def amount(value: str | None) -> Decimal | None:
        return None if value is None else Decimal(value)

    return CodTariff(
        rate_pct=Decimal(terms.get("rate_pct", "0")),
        minimum=amount(terms.get("minimum")),
        maximum=amount(terms.get("maximum")),
        steps=tuple(
            CodStep(
                amount(step.get("up_to")),
                amount(step.get("fixed")),
                amount(step.get("rate_pct")),
                amount(step.get("cap")),
            )
            for step in terms.get("steps", ())
        ),
    )
