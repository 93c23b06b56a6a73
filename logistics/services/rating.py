"""Price lists from the database into the pure rules, and the choice of a courier by them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from logistics.errors import NoCourier
from logistics.models import Courier, CourierZone, RateRow
from logistics.rules.rate_cards import RateCard, RateLine, RatingError, Service
from logistics.rules.rate_rows import extras_from_json, price_from_json
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
        price=price_from_json(row.kind, row.price),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        divisor=row.divisor,
        extras=extras_from_json(row.extras),
    )
