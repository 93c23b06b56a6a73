"""Reservations end: released, made firm, pinned, or handed over. Each row does so once (F08)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import clock, faults, locks
from core.events import announce
from core.origins import Origin
from core.states import record
from inventory.errors import NotReserved
from inventory.events import StockFreed
from inventory.models import BackOrder, ChannelPool, Reservation
from inventory.services.holding import Held, hold
from inventory.services.moving import Kind, Move, post_moves
from inventory.services.waiting import serve_waiting

State = Reservation.State


@locks.retried()
def release_reservations(
    *, order_id: int | None = None, line_id: int | None = None, quantity: int | None = None
) -> int:
    """Give back what an order or a line holds, or `quantity` units of the line; returns units freed.

    Units that the line still waits for go first, and are not counted. Freed goods are offered to
    waiting lines in the same transaction. Calling again frees nothing more (F08).
    """
    mine = _of(order_id=order_id, line_id=line_id)
    if quantity is not None and (line_id is None or quantity < 0):
        raise ValueError("a quantity is given for one line, and is not negative")
    with locks.joined():
        if quantity is None or quantity:
            rest = _stop_waiting(mine, quantity)
            freed = _release(mine, rest)
            return sum(freed.values())
        return 0


def _of(*, order_id: int | None, line_id: int | None) -> Q:
    if (order_id is None) == (line_id is None):
        raise ValueError("name either an order or a line")
    return Q(line_id=line_id) if order_id is None else Q(line__order_id=order_id)


def _stop_waiting(mine: Q, quantity: int | None) -> int | None:
    """Cancel back-orders, all or the first `quantity` units; returns how many units are left to free."""
    rows = BackOrder.objects.filter(mine, state=BackOrder.State.OPEN).order_by("pk")
    for row in rows.select_for_update(of=("self",)):
        units = row.quantity if quantity is None else min(quantity, row.quantity)
        row.quantity -= units
        if quantity is not None:
            quantity -= units
        if not row.quantity:
            row.state = BackOrder.State.CANCELLED
            record(row, old=BackOrder.State.OPEN, new=row.state)
        row.save(update_fields=["quantity", "state"])
    return quantity


def _release(mine: Q, quantity: int | None) -> dict[tuple[int, int], int]:
    """Units freed per (SKU, warehouse)."""
    if quantity == 0:
        return {}
    seen = list(Reservation.objects.filter(mine, state=State.OPEN))
    if not seen:
        return {}
    faults.race_window("F08")
    held = hold((row.sku_id, row.warehouse_id) for row in seen)
    rows = _lock_open(Reservation.objects.filter(pk__in=[row.pk for row in seen]))
    if not faults.guarded("F08"):
        rows = seen
    freed = release_rows(held, rows, quantity)
    for (sku, warehouse), units in sorted(freed.items()):
        announce(StockFreed(sku, warehouse, units), about=Origin("sku", sku))
    serve_waiting(held, freed)
    held.write()
    return freed


def _lock_open(rows: QuerySet[Reservation]) -> list[Reservation]:
    return locks.lock(rows.filter(state=State.OPEN))


def release_rows(
    held: Held, rows: Iterable[Reservation], quantity: int | None = None
) -> dict[tuple[int, int], int]:
    """Release locked open rows, all or `quantity` units of them, last in first out.

    A part is split off as a row of its own. The caller writes `held`.
    """
    freed: dict[tuple[int, int], int] = {}
    for row in sorted(rows, key=lambda row: row.pk, reverse=True):
        units = row.quantity if quantity is None else min(quantity, row.quantity)
        if not units:
            break
        if quantity is not None:
            quantity -= units
        close_row(row, State.RELEASED, units)
        held.change(row.sku_id, row.warehouse_id, reserved=-units)
        if pool := _pool_of(held, row):
            pool.taken -= units
            pool.base = min(pool.base, pool.taken)
        freed[row.sku_id, row.warehouse_id] = freed.get((row.sku_id, row.warehouse_id), 0) + units
    return freed


def _pool_of(held: Held, row: Reservation) -> ChannelPool | None:
    return held.pool(row.sku_id, row.warehouse_id, row.channel_id) if row.pool_id else None


def close_row(row: Reservation, state: str, units: int) -> None:
    """Move `units` of an open row to another state; what is left stays open."""
    now = clock.now()
    if units == row.quantity:
        row.state, row.closed_at = state, now
        row.save(update_fields=["state", "closed_at"])
        return
    row.quantity -= units
    row.save(update_fields=["quantity"])
    part = Reservation.objects.get(pk=row.pk)
    part.pk, part.quantity, part.state, part.closed_at = None, units, state, now
    part._state.adding = True
    part.save()


def confirm_reservations(*, order_id: int) -> int:
    """Make the order's soft reservations firm: no deadline any more; returns how many rows."""
    with connection.cursor() as cursor:
        cursor.execute(_CONFIRM, [order_id])
        return cursor.rowcount


# The ORM has no joined UPDATE and would look the rows up in a statement within the statement.
_CONFIRM = """
    UPDATE inventory_reservation r SET expires_at = NULL
      FROM order_line l
     WHERE l.id = r.line_id AND l.order_id = %s AND r.state = 'open' AND r.expires_at IS NOT NULL
"""


def pin_reservations(*, line_ids: Collection[int], warehouse_id: int, pinned: bool = True) -> int:
    """Say that pick lists for these lines are printed (or taken back); returns how many rows.

    A pinned reservation is never given to somebody else.
    """
    mine = Reservation.objects.filter(
        line__in=line_ids, warehouse=warehouse_id, state=State.OPEN, pinned_at__isnull=pinned
    )
    return mine.update(pinned_at=clock.now() if pinned else None)


@dataclass(frozen=True, slots=True)
class Issue:
    """Reserved units that leave a warehouse."""

    line_id: int
    sku_id: int
    warehouse_id: int
    quantity: int


@locks.retried()
def consume_reservations(*, issues: Sequence[Issue], origin: Origin) -> list[Decimal]:
    """Hand over reserved goods: on hand and reserved fall together; returns the cost of each issue.

    Costs are positive, at moving average. The caller posts them. Hand over all lines of a parcel in
    one call, so that rows are locked in order (F03).
    Raises NotReserved, with nothing changed, when a line holds fewer units than leave.
    """
    with transaction.atomic():
        held = hold((issue.sku_id, issue.warehouse_id) for issue in issues)
        rows = _lock_open(Reservation.objects.filter(line__in={issue.line_id for issue in issues}))
        whole = [pk for issue in issues for pk in _consume(held, rows, issue)]
        Reservation.objects.filter(pk__in=whole).update(state=State.CONSUMED, closed_at=clock.now())
        moves = post_moves(
            held,
            [
                Move(issue.sku_id, issue.warehouse_id, Kind.ISSUE, on_hand=-issue.quantity, origin=origin)
                for issue in issues
            ],
        )
        held.write()
        return [-move.cost for move in moves]


def consume_reservation(
    *, line_id: int, sku_id: int, warehouse_id: int, quantity: int, origin: Origin
) -> Decimal:
    """Hand over units of one line; see `consume_reservations`."""
    issue = Issue(line_id, sku_id, warehouse_id, quantity)
    return consume_reservations(issues=[issue], origin=origin)[0]


def _consume(held: Held, rows: list[Reservation], issue: Issue) -> list[int]:
    """Take the units of an issue; returns the rows that are used up whole, for the caller to close."""
    if issue.quantity <= 0:
        raise ValueError("an issue moves at least one unit")
    remaining, whole = issue.quantity, []
    for row in rows:
        wanted = (row.line_id, row.sku_id, row.warehouse_id, row.state)
        if wanted != (issue.line_id, issue.sku_id, issue.warehouse_id, State.OPEN) or not remaining:
            continue
        units = min(remaining, row.quantity)
        if units == row.quantity:
            row.state = State.CONSUMED
            whole.append(row.pk)
        else:
            close_row(row, State.CONSUMED, units)
        remaining -= units
    if remaining:
        raise not_reserved(issue.line_id, issue.quantity - remaining, issue.quantity)
    held.change(issue.sku_id, issue.warehouse_id, reserved=-issue.quantity)
    return whole


def lock_reserved(*, line_ids: Collection[int], sku_id: int, warehouse_id: int) -> list[Reservation]:
    """The open rows of these lines for one SKU in one warehouse; the level is locked before."""
    return _lock_open(Reservation.objects.filter(line__in=line_ids, sku=sku_id, warehouse=warehouse_id))


def not_reserved(line_id: int, there: int, asked: int) -> NotReserved:
    """The refusal with its figures."""
    return NotReserved(
        _("Line %(line)s has %(there)s of %(asked)s units reserved here. Reload the delivery.")
        % {"line": line_id, "there": there, "asked": asked}
    )
