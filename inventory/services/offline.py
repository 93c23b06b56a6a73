"""Sales of stores, agents and tills arrive late. They are facts and are booked (F07, F108)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import faults, locks
from inventory.models import Sku, StockConflict, StockMove, Warehouse
from inventory.services import books
from inventory.services.holding import hold
from inventory.services.moving import Kind, Move, post_moves
from inventory.services.receiving import already_booked
from inventory.services.room import make_room, report_conflicts


@dataclass(frozen=True, slots=True)
class OfflineSale:
    """What booking the sale came to. `found` units were on no book and were booked in first."""

    move: StockMove
    cost: Decimal
    conflicts: list[StockConflict]
    found: int


@locks.retried()
def book_offline_sale(
    *, source: str, message_id: str, sku: Sku, warehouse: Warehouse, quantity: int, at: datetime
) -> OfflineSale:
    """Book units sold elsewhere at `at`, whatever the books say.

    Takes free goods, then frees the weakest reservations (their orders go to the conflict queue),
    then books a count difference. The same message again changes nothing and answers as before.
    Raises MessageReused when it came before with another content.
    """
    if quantity <= 0:
        raise ValueError("a sale is of at least one unit")
    message = (source, message_id)
    with transaction.atomic():
        held = hold([(sku.pk, warehouse.pk)])
        sale = Move(sku.pk, warehouse.pk, Kind.SALE, on_hand=-quantity, message=message, at=at)
        if faults.guarded("F07") and (done := already_booked([sale]).get(message)):
            return _as_before(done)
        faults.race_window("F07")
        room = make_room(held, sku_id=sku.pk, warehouse_id=warehouse.pk, units=quantity)
        reason = _("Sold by %(source)s before it was reported") % {"source": source}
        found = (
            [Move(sku.pk, warehouse.pk, Kind.ADJUST, on_hand=room.short, reason=reason)] if room.short else []
        )
        *differences, row = post_moves(held, [*found, sale])
        conflicts = report_conflicts(room, row, reason)
        held.write()
        for difference in differences:
            books.book_difference(difference, warehouse)
        books.book_sold_offline(row, warehouse)
        return OfflineSale(row, -row.cost, conflicts, room.short)


def _as_before(row: StockMove) -> OfflineSale:
    return OfflineSale(row, -row.cost, list(row.conflicts.order_by("pk")), 0)
