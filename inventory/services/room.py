"""Goods are gone that were promised: free the weakest reservations and queue their orders (F108)."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, locks
from core.errors import IllegalMove
from core.events import announce
from core.origins import Origin
from core.states import record
from inventory.events import ConflictResolved, OfflineConflict
from inventory.models import BackOrder, Reservation, StockConflict, StockMove
from inventory.services.holding import Held
from inventory.services.releasing import release_rows
from inventory.services.reserving import Demand, reserve


@dataclass(frozen=True, slots=True)
class Room:
    """What had to be freed, and how many units could not be had even so."""

    freed: list[tuple[Reservation, int]]
    short: int


def make_room(held: Held, *, sku_id: int, warehouse_id: int, units: int) -> Room:
    """Free reservations until `units` are free in this locked level, the weakest first.

    Weak is: low channel, promised late or without a date, young. Printed or picked ones stay.
    """
    missing = units - held.level(sku_id, warehouse_id).free
    freed: list[tuple[Reservation, int]] = []
    if missing > 0:
        for row in _weakest_first(sku_id, warehouse_id):
            part = min(missing, row.quantity)
            release_rows(held, [row], part)
            freed.append((row, part))
            missing -= part
            if not missing:
                break
    return Room(freed, max(0, missing))


def _weakest_first(sku_id: int, warehouse_id: int) -> list[Reservation]:
    rows = locks.lock(
        Reservation.objects.filter(
            sku=sku_id, warehouse=warehouse_id, state=Reservation.State.OPEN, pinned_at=None
        ).select_related("channel", "line")
    )
    return sorted(
        rows,
        key=lambda row: (row.channel.rank, row.promised_on or date.max, row.created_at, row.pk),
        reverse=True,
    )


def report_conflicts(room: Room, move: StockMove, reason: str) -> list[StockConflict]:
    """Queue the orders that lost goods to this move, and announce each."""
    conflicts = StockConflict.objects.bulk_create(
        StockConflict(
            move=move,
            line_id=row.line_id,
            sku_id=row.sku_id,
            warehouse_id=row.warehouse_id,
            channel_id=row.channel_id,
            quantity=units,
            reason=reason,
            at=clock.now(),
        )
        for row, units in room.freed
    )
    for conflict, (row, units) in zip(conflicts, room.freed, strict=True):
        announce(
            OfflineConflict(conflict.pk, row.line.order_id, row.line_id, row.sku_id, row.warehouse_id, units),
            about=Origin("stock_conflict", conflict.pk),
        )
    return conflicts


@locks.retried()
def resolve_conflict(*, conflict_id: int, choice: str, reason: str = "") -> StockConflict:
    """Carry out what a person chose for an order that lost its goods.

    `other_warehouse` reserves anew (raises SoldOut), `later` lets the line wait, `cancel` only
    records the choice: the caller cancels the units. Raises IllegalMove for a resolved conflict.
    """
    with transaction.atomic():
        conflict = locks.lock_one(StockConflict, pk=conflict_id)
        if conflict.state != StockConflict.State.OPEN:
            raise IllegalMove(
                _("This conflict is resolved already: %(choice)s.") % {"choice": conflict.choice}
            )
        conflict.state, conflict.choice = StockConflict.State.RESOLVED, StockConflict.Choice(choice)
        conflict.save(update_fields=["state", "choice"])
        record(conflict, old=StockConflict.State.OPEN, new=conflict.state, reason=reason)
        if conflict.choice == StockConflict.Choice.OTHER_WAREHOUSE:
            demand = Demand(conflict.line_id, conflict.sku_id, conflict.quantity)
            reserve(demands=[demand], channel=conflict.channel, expires_at=None)
        elif conflict.choice == StockConflict.Choice.LATER:
            BackOrder.objects.create(
                line_id=conflict.line_id,
                sku_id=conflict.sku_id,
                channel_id=conflict.channel_id,
                quantity=conflict.quantity,
                created_at=clock.now(),
            )
        announce(
            ConflictResolved(conflict.pk, conflict.line.order_id, conflict.choice),
            about=Origin("stock_conflict", conflict.pk),
        )
        return conflict
