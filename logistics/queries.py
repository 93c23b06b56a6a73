"""Public reads of deliveries, parcels and tariffs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum

from core.money import ZERO, quantize, slice_of
from logistics.models import Parcel, ParcelLine, ShippingTariff, Waybill
from logistics.rules.rate_cards import steps_up

WHEREABOUTS: dict[str, str] = {
    "delivered": "delivered",
    "refused": "refused",
    "returning": "returning",
    "returned": "returned",
    "lost": "lost",
    **{str(state): "moving" for state in Parcel.MOVING},
}
# Every step of every order asks these, so they do without the making of a queryset.
_PROGRESS = """
    SELECT l.line_id, sum(b.quantity), coalesce(sum(b.quantity) FILTER (WHERE p.state = 'delivered'), 0)
      FROM logistics_parcelline b
      JOIN logistics_parcel p ON p.id = b.parcel_id
      JOIN logistics_deliveryline l ON l.id = b.delivery_line_id
     WHERE p.order_id = %s AND p.handed_over_at IS NOT NULL
     GROUP BY l.line_id
"""
_UNITS_BY_STATE = """
    SELECT p.state, sum(b.quantity)
      FROM logistics_parcelline b JOIN logistics_parcel p ON p.id = b.parcel_id
     WHERE p.order_id = %s GROUP BY p.state
"""
# Until it is picked a line means all its units, then those that were found.
_PLANNED = """
    SELECT l.line_id, CASE WHEN d.status IN ('planned', 'picking') THEN l.quantity ELSE l.picked END,
           l.quantity, l.gross, l.tax, l.service_share
      FROM logistics_deliveryline l JOIN logistics_delivery d ON d.id = l.delivery_id
     WHERE d.order_id = %s AND d.status <> 'cancelled' ORDER BY l.id
"""
_UNSENT = """
    SELECT l.line_id, d.warehouse_id,
           sum(CASE WHEN d.status IN ('planned', 'picking') THEN l.quantity ELSE l.picked END
               - coalesce(gone.units, 0))::bigint
      FROM logistics_deliveryline l
      JOIN logistics_delivery d ON d.id = l.delivery_id
      LEFT JOIN LATERAL (
          SELECT sum(b.quantity) AS units
            FROM logistics_parcelline b JOIN logistics_parcel p ON p.id = b.parcel_id
           WHERE b.delivery_line_id = l.id AND p.handed_over_at IS NOT NULL) gone ON true
     WHERE d.order_id = %s AND d.status <> 'cancelled'
     GROUP BY l.line_id, d.warehouse_id ORDER BY min(l.id)
"""


@dataclass(frozen=True, slots=True)
class LineProgress:
    """Units of an order line that left the house, and those of them that are with the customer."""

    shipped: int
    delivered: int


def quote_shipping(*, province: str, goods: Decimal, weight_g: int) -> Decimal:
    """What the shopper pays for shipping, tax included, by the tariff of the province or of everywhere."""
    tariffs = {t.province: t for t in ShippingTariff.objects.filter(province__in=[province, ""])}
    tariff = tariffs.get(province) or tariffs.get("")
    if tariff is None or (tariff.free_from is not None and goods >= tariff.free_from):
        return ZERO
    steps = steps_up(max(0, weight_g - tariff.first_weight_g), tariff.step_g)
    return quantize(tariff.first_fee + steps * tariff.step_fee)


def line_progress(*, order_id: int) -> dict[int, LineProgress]:
    """Shipped and delivered units per order line, counted from parcels."""
    return {line_id: LineProgress(*units) for line_id, *units in _rows(_PROGRESS, order_id)}


def units_by_whereabouts(*, order_id: int) -> dict[str, int]:
    """Units of an order by what has become of them: moving, delivered, refused, returning, returned, lost."""
    counted: dict[str, int] = {}
    for state, units in _rows(_UNITS_BY_STATE, order_id):
        if where := WHEREABOUTS.get(state):
            counted[where] = counted.get(where, 0) + units
    return counted


def waybill_of(*, parcel_id: int) -> tuple[str, str]:
    """The courier's name and the number under which a parcel travels; empty texts without one."""
    waybills = Waybill.objects.filter(parcel_id=parcel_id, direction=Waybill.Direction.FORWARD)
    named = waybills.exclude(number="").order_by("-pk").values_list("courier__name", "number")
    return named.first() or ("", "")


@dataclass(frozen=True, slots=True)
class ParcelContents:
    """Units of each order line in a box, by order line id."""

    order_id: int
    warehouse_id: int
    units: dict[int, int]


def parcel_contents(*, parcel_id: int) -> ParcelContents:
    """What is in a box."""
    parcel = Parcel.objects.select_related("delivery").get(pk=parcel_id)
    units: dict[int, int] = {}
    for line_id, quantity in parcel.lines.order_by("pk").values_list("delivery_line__line_id", "quantity"):
        units[line_id] = units.get(line_id, 0) + quantity
    return ParcelContents(parcel.order_id, parcel.delivery.warehouse_id, units)


@dataclass(frozen=True, slots=True)
class LastDelivery:
    """Where an order's goods came from and when the last of them arrived."""

    warehouse_id: int
    delivered_at: datetime


def last_delivery(*, order_id: int) -> LastDelivery | None:
    """The youngest delivered parcel of an order, or None when nothing has been delivered."""
    row = (
        Parcel.objects.filter(order_id=order_id, state=Parcel.State.DELIVERED)
        .order_by("-delivered_at")
        .values_list("delivery__warehouse_id", "delivered_at")
        .first()
    )
    return LastDelivery(row[0], row[1]) if row and row[1] else None


@dataclass(frozen=True, slots=True)
class Share:
    """Units of an order line with what they carry: gross, the tax in it, what they cost us, and the part of
    services that the courier collects with them."""

    units: int
    gross: Decimal
    tax: Decimal
    cost: Decimal
    services: Decimal = ZERO


def planned_shares(*, order_id: int) -> dict[int, Share]:
    """Per order line, the units on dispatch instructions in force and what they carry; cost comes later.

    A delivery that was picked short counts with what was picked.
    """
    shares: dict[int, Share] = {}
    for line_id, units, quantity, gross, tax, service_share in _rows(_PLANNED, order_id):
        before = shares.get(line_id, Share(0, ZERO, ZERO, ZERO))
        shares[line_id] = Share(
            before.units + units,
            before.gross + slice_of(gross, quantity, 0, units),
            before.tax + slice_of(tax, quantity, 0, units),
            ZERO,
            before.services + slice_of(service_share, quantity, 0, units),
        )
    return shares


def units_unsent(*, order_id: int) -> dict[tuple[int, int], int]:
    """Units on dispatch instructions that are still in the house, by order line and warehouse."""
    return {(line_id, warehouse_id): units for line_id, warehouse_id, units in _rows(_UNSENT, order_id)}


def _rows(sql: str, order_id: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [order_id])
        return cursor.fetchall()


def delivered_share(*, line_id: int) -> Share:
    """All units of an order line that are with the customer."""
    return _share(ParcelLine.objects.filter(parcel__state=Parcel.State.DELIVERED), line_id)


def parcel_share(*, parcel_id: int, line_id: int) -> Share:
    """The units of an order line in one box."""
    return _share(ParcelLine.objects.filter(parcel_id=parcel_id), line_id)


def parcel_gross(*, parcel_id: int) -> Decimal:
    """What the customer pays, or has paid, for the contents of a box."""
    return ParcelLine.objects.filter(parcel_id=parcel_id).aggregate(gross=Sum("gross"))["gross"] or ZERO


def _share(rows: "QuerySet[ParcelLine]", line_id: int) -> Share:
    summed = rows.filter(delivery_line__line_id=line_id).aggregate(
        units=Sum("quantity"), gross=Sum("gross"), tax=Sum("tax"), cost=Sum("cost")
    )
    return Share(summed["units"] or 0, summed["gross"] or ZERO, summed["tax"] or ZERO, summed["cost"] or ZERO)


@dataclass(frozen=True, slots=True)
class TrackingStep:
    """One scan in plain words; what the courier typed itself may name people and is left out."""

    at: datetime
    state: str
    place: str


@dataclass(frozen=True, slots=True)
class ParcelOnItsWay:
    """What a customer may see of a parcel that has left the house."""

    number: str
    courier: str
    waybill: str
    state: str
    state_name: str
    units: int
    handed_over_at: datetime | None
    delivered_at: datetime | None
    steps: tuple[TrackingStep, ...]


def parcels_of(order_id: int) -> list[ParcelOnItsWay]:
    """The parcels of an order that have left the house, each with its scans, youngest first."""
    parcels = (
        Parcel.objects.filter(order_id=order_id, handed_over_at__isnull=False)
        .select_related("courier")
        .prefetch_related("waybills", "lines", "tracking")
        .order_by("pk")
    )
    names = dict(Parcel.State.choices)
    return [
        ParcelOnItsWay(
            number=parcel.number,
            courier=parcel.courier.name if parcel.courier else "",
            waybill=next(
                (
                    each.number
                    for each in parcel.waybills.all()
                    if each.direction == "forward" and each.number
                ),
                "",
            ),
            state=parcel.state,
            state_name=str(names[parcel.state]),
            units=sum(line.quantity for line in parcel.lines.all()),
            handed_over_at=parcel.handed_over_at,  # type: ignore[arg-type]  # only what has left is read
            delivered_at=parcel.delivered_at,
            steps=tuple(
                TrackingStep(scan.happened_at, str(names.get(scan.state, scan.state)), scan.place)
                for scan in sorted(parcel.tracking.all(), key=lambda scan: scan.happened_at, reverse=True)
            ),
        )
        for parcel in parcels
    ]
