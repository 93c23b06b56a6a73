"""Price lists from the database into the pure rules, and the choice of a courier by them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
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
    """The courier's whole price list as the rules read it: for statements, which name any zone and day."""
    return RateCard(courier.code, [_line(row) for row in courier.rates.all()])


def choose_courier(
    *, province: str, weight_g: int, cod_amount: Decimal, on: date, currency: str
) -> CourierChoice:
    """The cheapest courier that goes there (and collects, where cash is due); ties by priority.

    Reads the zones of the province and the prices that hold there on that day, of couriers that bill in
    `currency`. Raises NoCourier when none does, with what to add.
    """
    zones = CourierZone.objects.filter(
        province=province, courier__active=True, courier__currency=currency
    ).select_related("courier")
    if cod_amount > 0:
        zones = zones.filter(collects=True)
    choices = []
    prices = _prices({(zone.courier_id, zone.zone) for zone in zones}, Service.FORWARD, on)
    for zone in zones:
        shipment = Shipment(
            zone=zone.zone,
            weight_g=weight_g,
            handed_over_on=on,
            cod_amount=cod_amount,
            remote=zone.remote,
        )
        card = RateCard(zone.courier.code, prices[zone.courier_id, zone.zone])
        try:
            fee = expected_fee(card, shipment)
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


def shipment_fee(*, courier: Courier, shipment: Shipment) -> Fee:
    """What one shipment costs by the price that holds on its day. Raises RatingError without a price."""
    place = (courier.pk, shipment.zone)
    prices = _prices({place}, shipment.service, shipment.handed_over_on)
    return expected_fee(RateCard(courier.code, prices[place]), shipment)


def return_fee(*, courier: Courier, zone: str, weight_g: int, on: date) -> Fee:
    """What sending a parcel back costs by the return service. Raises RatingError without a price."""
    return shipment_fee(
        courier=courier,
        shipment=Shipment(zone=zone, weight_g=weight_g, handed_over_on=on, service=Service.RETURN),
    )


def _prices(
    places: Collection[tuple[int, str]], service: Service, on: date
) -> dict[tuple[int, str], list[RateLine]]:
    """The lines for these (courier, zone) that hold on a day, of every product, in one query."""
    found: dict[tuple[int, str], list[RateLine]] = {place: [] for place in places}
    wanted = Q(pk__in=[])
    for courier_id, zone in places:
        wanted |= Q(courier=courier_id, zone=zone)
    rows = RateRow.objects.filter(
        wanted, Q(valid_to=None) | Q(valid_to__gte=on), service=service, valid_from__lte=on
    )
    for row in rows:
        found[row.courier_id, row.zone].append(_line(row))
    return found


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
