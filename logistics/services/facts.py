"""What we know of a courier's waybills: our own parcels, their returns, and those of another system.

One row a waybill with what was expected when it was handed over, so that matching compares columns
and rates nothing (PERFORMANCE R12).
"""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from core import clock, faults
from core.reasons import told
from logistics.rules import cod
from logistics.rules.expectation import expect
from logistics.rules.freight import Rerate
from logistics.rules.matching import ParcelFacts
from logistics.rules.outcomes import FeeKind
from logistics.rules.rate_cards import RateCard, RatingError, Service
from logistics.rules.rating import Shipment

# `cash` is the parcel as logistics.rules.cod sees it. A waybill of another system has arrived there.
# The day of a hand-over decides which price holds, so it is counted in our zone and not in the session's.
FACTS = """
    SELECT w.number, w.direction AS service, p.id AS parcel_id, '' AS product, p.zone, p.weight_g,
           p.length_mm, p.width_mm, p.height_mm, p.handed_over_at AS at,
           (p.handed_over_at AT TIME ZONE %(zone)s)::date AS day,
           CASE WHEN w.direction = 'return' THEN 'came_back'
                WHEN p.state = 'delivered' THEN 'delivered'
                WHEN p.state IN ('refused', 'returning', 'returned') THEN 'came_back'
                WHEN p.state = 'lost' THEN 'lost' ELSE 'under_way' END AS cash,
           CASE w.direction WHEN 'forward' THEN p.expected_freight ELSE w.expected_freight END AS freight,
           CASE w.direction WHEN 'forward' THEN p.expected_surcharge ELSE w.expected_surcharge END
               AS surcharge,
           CASE w.direction WHEN 'forward' THEN p.expected_cod_fee ELSE 0 END AS cod_fee,
           CASE w.direction WHEN 'forward' THEN p.cod_amount ELSE 0 END AS cod_amount,
           w.problem AS no_rate, w.why
      FROM logistics_waybill w JOIN logistics_parcel p ON p.id = w.parcel_id
     WHERE w.courier_id = %(courier)s AND w.state = 'live' AND p.handed_over_at IS NOT NULL
    UNION ALL
    SELECT o.number, o.service, NULL, o.product, o.zone, o.weight_g, o.length_mm, o.width_mm, o.height_mm,
           o.shipped_on::timestamp AT TIME ZONE %(zone)s, o.shipped_on,
           CASE o.service WHEN 'forward' THEN 'delivered' ELSE 'came_back' END,
           o.expected_freight, o.expected_surcharge, o.expected_cod_fee, o.cod_amount, o.no_rate,
           o.why
      FROM logistics_openingwaybill o WHERE o.courier_id = %(courier)s
"""
_SOME = """
    SELECT f.number, f.service, f.parcel_id, f.product, f.zone, f.weight_g,
           f.length_mm, f.width_mm, f.height_mm, f.day, f.cash,
           f.freight, f.surcharge, f.cod_fee, f.cod_amount, f.no_rate, f.why
      FROM ({facts}) f WHERE f.number = ANY(%(numbers)s)
"""
_SETTLED = """
    SELECT waybill, kind, sum(amount) FROM logistics_agreedcharge
     WHERE courier_id = %(courier)s AND waybill = ANY(%(numbers)s)
       AND kind IN ('freight', 'surcharge', 'cod_fee', 'cod')
     GROUP BY waybill, kind
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A waybill of ours as the matching rules take it, with the parcel behind it and how to rate it again."""

    facts: ParcelFacts
    parcel_id: int | None
    rerate: Rerate
    rate: str


def facts_of(*, courier_id: int, numbers: list[str], card: RateCard) -> dict[str, Known]:
    """What we know of these waybills, by number, in two queries. What is not ours is not there."""
    asked: dict[str, Any] = {"courier": courier_id, "numbers": numbers, "zone": clock.zone().key}
    with connection.cursor() as cursor:
        settled: dict[str, dict[FeeKind, Decimal]] = {}
        cursor.execute(_SETTLED, asked)
        for waybill, kind, amount in cursor.fetchall() if faults.guarded("F57") else ():
            settled.setdefault(waybill, {})[FeeKind(kind)] = amount
        cursor.execute(_SOME.format(facts=FACTS), asked)
        rows = cursor.fetchall()
    return {row[0]: _known(row, settled.get(row[0], {}), card) for row in rows}


def _known(row: tuple, settled: dict[FeeKind, Decimal], card: RateCard) -> Known:
    number, service, parcel_id, product, zone, weight_g, length, width, height, day, cash, *money = row
    freight, surcharge, cod_fee, cod_amount, no_rate, why = money
    sides = tuple(Decimal(side) / 10 for side in (length, width, height))
    shipment = Shipment(
        zone=zone,
        weight_g=weight_g,
        handed_over_on=day,
        service=Service(service),
        product=product,
        dims_cm=(sides[0], sides[1], sides[2]) if all(sides) else None,
        cod_amount=cod_amount,
    )
    facts = ParcelFacts(
        waybill=number,
        state=cod.Parcel(cash),
        zone=zone,
        weight_g=weight_g,
        expected={FeeKind.FREIGHT: freight, FeeKind.SURCHARGE: surcharge, FeeKind.COD_FEE: cod_fee},
        services=(Service(service),),
        cod_amount=cod_amount,
        settled=settled,
        handed_over_on=day,
        no_rate=told(json.loads(why) if why else None, no_rate),
    )
    rerate = expect(card, shipment, (Service(service),)).rerate
    return Known(facts, parcel_id, rerate, _rate_name(card, Service(service), zone, day, product))


def _rate_name(card: RateCard, service: Service, zone: str, day: date, product: str) -> str:
    """The line of the price list that holds, as a clerk finds it again."""
    try:
        line = card.find(service=service, zone=zone, on=day, product=product)
    except RatingError:
        return ""
    return " ".join(filter(None, (line.product, str(line.service), line.zone, str(line.valid_from))))
