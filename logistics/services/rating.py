"""Price lists from the database into the pure rules, and the choice of a courier by them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from logistics.errors import NoCourier
from logistics.models import Courier, RateRow
from logistics.rules.rate_cards import RateCard, RateLine, RatingError, Service
from logistics.rules.rate_rows import extras_from_json, price_from_json
from logistics.rules.rating import Fee, Shipment, expected_fee

_ZONES = """
    SELECT z.courier_id, c.code, c.priority, z.zone, z.remote
      FROM logistics_courierzone z JOIN logistics_courier c ON c.id = z.courier_id
     WHERE z.province = %(province)s AND c.active AND c.currency = %(currency)s
       AND (z.collects OR NOT %(collects)s)
"""
_PRICES = """
    SELECT * FROM logistics_raterow
     WHERE (courier_id, zone) IN %(places)s AND service = %(service)s
       AND valid_from <= %(on)s AND (valid_to IS NULL OR valid_to >= %(on)s)
"""


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
    with connection.cursor() as cursor:
        cursor.execute(_ZONES, {"province": province, "currency": currency, "collects": cod_amount > 0})
        zones = cursor.fetchall()
    choices = []
    prices = _prices(
        {(courier_id, zone) for courier_id, _code, _priority, zone, _remote in zones}, Service.FORWARD, on
    )
    for courier_id, code, priority, zone, remote in zones:
        shipment = Shipment(
            zone=zone,
            weight_g=weight_g,
            handed_over_on=on,
            cod_amount=cod_amount,
            remote=remote,
        )
        card = RateCard(code, prices[courier_id, zone])
        try:
            fee = expected_fee(card, shipment)
        except RatingError:
            continue
        choices.append((fee.total, priority, courier_id, zone, fee))
    if not choices:
        raise NoCourier(
            _("No courier has a price for %(province)s. Add a zone and a rate for one of them.")
            % {"province": province or "?"}
        )
    _total, _priority, courier_id, zone, fee = min(choices, key=lambda choice: choice[:3])
    return CourierChoice(courier_id, zone, fee)


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
    if not places:
        return found
    asked = {"places": tuple(places), "service": service, "on": on}
    rows: Iterable[RateRow] = RateRow.objects.raw(_PRICES, asked)
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
