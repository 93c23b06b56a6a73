"""Stock and shelf differ: scrap, goods set aside, differences and counts (F12)."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, locks
from core.origins import Origin
from core.states import move as move_state
from inventory.errors import AlreadyCounted, not_enough
from inventory.models import Sku, StockCount, StockMove, Warehouse
from inventory.services import books
from inventory.services.holding import hold
from inventory.services.moving import Kind, Move, post_moves
from inventory.services.releasing import lock_reserved, not_reserved, release_rows
from inventory.services.room import make_room, report_conflicts
from inventory.services.waiting import serve_waiting


@locks.retried()
def scrap_goods(
    *,
    sku_id: int,
    warehouse_id: int,
    quantity: int,
    origin: Origin,
    from_unavailable: bool = True,
    reason: str = "",
) -> StockMove:
    """Throw goods away, by default such as were set aside; the move carries their (negative) cost.

    The caller posts the value. Raises NotEnough when fewer lie aside, or are free.
    """
    with transaction.atomic():
        held = hold([(sku_id, warehouse_id)])
        level = held.level(sku_id, warehouse_id)
        there = level.unavailable if from_unavailable else level.free
        if not 0 < quantity <= there:
            raise not_enough(code=level.sku.code, warehouse=level.warehouse.code, asked=quantity, there=there)
        aside = -quantity if from_unavailable else 0
        move = Move(
            sku_id,
            warehouse_id,
            Kind.SCRAP,
            on_hand=-quantity,
            unavailable=aside,
            origin=origin,
            reason=reason,
        )
        (row,) = post_moves(held, [move])
        held.write()
        return row


@locks.retried()
def report_missing(
    *, line_id: int, sku_id: int, warehouse_id: int, quantity: int, origin: Origin, reason: str = ""
) -> StockMove:
    """Reserved units were not on the shelf: end their reservation and book them off in one step.

    Released alone they would be promised to the next order. Raises NotReserved when the line
    holds fewer units here.
    """
    with transaction.atomic():
        held = hold([(sku_id, warehouse_id)])
        rows = lock_reserved(line_ids={line_id}, sku_id=sku_id, warehouse_id=warehouse_id)
        if sum(row.quantity for row in rows) < quantity or quantity <= 0:
            raise not_reserved(line_id, sum(row.quantity for row in rows), quantity)
        release_rows(held, rows, quantity)
        move = Move(sku_id, warehouse_id, Kind.ADJUST, on_hand=-quantity, origin=origin, reason=reason)
        (row,) = post_moves(held, [move])
        held.write()
        books.book_difference(row, held.level(sku_id, warehouse_id).warehouse)
        return row


@locks.retried()
def set_aside(
    *, sku: Sku, warehouse: Warehouse, quantity: int, reason: str, origin: Origin | None = None
) -> StockMove:
    """Take free goods off sale (damaged, in inspection); a negative quantity puts them on sale again.

    Raises NotEnough when fewer are free, or lie aside.
    """
    with transaction.atomic():
        held = hold([(sku.pk, warehouse.pk)])
        level = held.level(sku.pk, warehouse.pk)
        there = level.free if quantity > 0 else level.unavailable
        if not quantity or abs(quantity) > there:
            raise not_enough(code=sku.code, warehouse=warehouse.code, asked=abs(quantity), there=there)
        kind = Kind.DAMAGE if quantity > 0 else Kind.RESTORE
        (row,) = post_moves(
            held, [Move(sku.pk, warehouse.pk, kind, unavailable=quantity, origin=origin, reason=reason)]
        )
        if quantity < 0:
            serve_waiting(held, [(sku.pk, warehouse.pk)])
        held.write()
        return row


@locks.retried()
def adjust_stock(
    *, sku: Sku, warehouse: Warehouse, quantity: int, reason: str, origin: Origin | None = None
) -> StockMove:
    """Book a difference found on the shelf, up or down, at the present average cost.

    It is a fact: if promised goods are gone, the weakest reservations go to the conflict queue.
    """
    if not quantity:
        raise ValueError("no difference, nothing to book")
    with transaction.atomic():
        return _book_difference(sku, warehouse, quantity, reason, origin)


def _book_difference(
    sku: Sku, warehouse: Warehouse, quantity: int, reason: str, origin: Origin | None
) -> StockMove:
    held = hold([(sku.pk, warehouse.pk)])
    room = make_room(held, sku_id=sku.pk, warehouse_id=warehouse.pk, units=-quantity)
    if room.short:
        raise not_enough(
            code=sku.code, warehouse=warehouse.code, asked=-quantity, there=-quantity - room.short
        )
    (row,) = post_moves(
        held,
        [Move(sku.pk, warehouse.pk, Kind.ADJUST, on_hand=quantity, origin=origin, reason=reason)],
    )
    report_conflicts(room, row, reason)
    if quantity > 0:
        serve_waiting(held, [(sku.pk, warehouse.pk)])
    held.write()
    books.book_difference(row, warehouse)
    return row


@locks.retried()
def start_count(*, sku: Sku, warehouse: Warehouse) -> StockCount:
    """Begin to count: what the books say now is what the count will be compared with (F12).

    Raises AlreadyCounted while somebody else counts the same goods.
    """
    with transaction.atomic():
        held = hold([(sku.pk, warehouse.pk)])
        if StockCount.objects.filter(sku=sku, warehouse=warehouse, state=StockCount.State.OPEN).exists():
            raise AlreadyCounted(
                _("%(sku)s is being counted in %(place)s. Post or drop that count first.")
                % {"sku": sku.code, "place": warehouse.code}
            )
        held.write()
        return StockCount.objects.create(
            sku=sku,
            warehouse=warehouse,
            expected=held.level(sku.pk, warehouse.pk).on_hand,
            started_at=clock.now(),
        )


@locks.retried()
def post_count(*, count: StockCount, counted: int, reason: str = "") -> StockCount:
    """Book counted minus expected; whatever was sold since the start stays sold.

    Posting the same figure again changes nothing. Raises AlreadyCounted when the count is over, and
    NotEnough when printed or picked goods would have to be missing: check the packing place.
    """
    if counted < 0:
        raise ValueError("a count is not negative")
    with transaction.atomic():
        count = locks.lock_one(StockCount, pk=count.pk)
        if count.state == StockCount.State.POSTED and count.counted == counted:
            return count
        if count.state != StockCount.State.OPEN:
            raise AlreadyCounted(_("This count is over. Start a new one."))
        count.counted = counted
        if difference := counted - count.expected:
            origin = Origin("stock_count", count.pk)
            count.move = _book_difference(count.sku, count.warehouse, difference, reason, origin)
        count.save(update_fields=["counted", "move"])
        move_state(count, StockCount.State.POSTED, transitions=StockCount.TRANSITIONS, field="state")
        return count


def drop_count(*, count: StockCount, reason: str) -> None:
    """End a count without booking it."""
    with transaction.atomic():
        count = locks.lock_one(StockCount, pk=count.pk)
        move_state(
            count,
            StockCount.State.DROPPED,
            transitions=StockCount.TRANSITIONS,
            field="state",
            reason=reason,
        )
