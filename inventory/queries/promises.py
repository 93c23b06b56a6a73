"""What may be promised, what is reserved, and who waits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core import clock
from inventory.models import Channel, Reservation
from inventory.queries.market import read_market

UNTRACKED = 999_999  # a service is never out of stock


@dataclass(frozen=True, slots=True)
class Promise:
    """Units that the channel may take now. Advice: only `reserve` decides, under the locks."""

    sku_id: int
    units: int


def promise(*, sku_ids: Collection[int], channel: Channel, region: str | None = None) -> dict[int, Promise]:
    """What page, basket, stock push and reservation all say (F11). One call for a whole page.

    An unknown SKU promises nothing. A region leaves out warehouse groups that do not deliver there.
    """
    if not sku_ids:
        return {}
    market = read_market(sku_ids, channel=channel, region=region)
    units = dict.fromkeys(sku_ids, 0)
    for (_group, sku), limit in market.limits().items():
        units[sku] += limit
    units |= dict.fromkeys(market.untracked, UNTRACKED)
    return {sku: Promise(sku, count) for sku, count in units.items()}


def orders_with_due_reservations(*, at: datetime | None = None, limit: int = 500) -> list[int]:
    """Orders that hold goods past their deadline, whatever their state is called (F09, I32)."""
    due = Reservation.objects.filter(state=Reservation.State.OPEN, expires_at__lte=at or clock.now())
    return list(due.order_by("line__order_id").values_list("line__order_id", flat=True).distinct()[:limit])


@dataclass(frozen=True, slots=True)
class Reserved:
    """An open reservation of an order line."""

    line_id: int
    sku_id: int
    warehouse_id: int
    quantity: int


def reserved_units(*, order_id: int) -> list[Reserved]:
    """The open reservations of an order by warehouse: what deliveries are planned from."""
    with connection.cursor() as cursor:
        cursor.execute(_RESERVED, [order_id])
        return [Reserved(*row) for row in cursor.fetchall()]


_RESERVED = """
    SELECT r.line_id, r.sku_id, r.warehouse_id, r.quantity
      FROM inventory_reservation r JOIN order_line l ON l.id = r.line_id
     WHERE l.order_id = %s AND r.state = 'open'
     ORDER BY r.warehouse_id, r.line_id, r.id
"""


def waiting_units(*, order_id: int) -> dict[int, int]:
    """How many units each line of the order still waits for."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [order_id])
        return dict(cursor.fetchall())


_WAITING = """
    SELECT b.line_id, sum(b.quantity)
      FROM inventory_backorder b JOIN order_line l ON l.id = b.line_id
     WHERE l.order_id = %s AND b.state = 'open'
     GROUP BY b.line_id
"""
