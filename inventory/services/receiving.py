"""Goods come in: opening stock, receipts, returns. Any number of lines costs the same few statements."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import locks
from core.events import announce_all
from core.money import ZERO
from core.origins import Origin
from inventory.errors import MessageReused, already_opened
from inventory.events import StockArrived
from inventory.models import StockMove
from inventory.rules.costing import value_of
from inventory.services import books
from inventory.services.holding import At, Held, hold
from inventory.services.moving import Kind, Move, post_moves
from inventory.services.waiting import serve_waiting


@dataclass(frozen=True, slots=True)
class Opened:
    """What lay of a SKU in a warehouse when the books began, and what one unit had cost."""

    sku_id: int
    warehouse_id: int
    quantity: int
    unit_cost: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """Units of a SKU that have come to a warehouse, at their total cost (net of tax).

    `message` is (source, id) of an outside message: the same one again changes nothing (F07).
    """

    sku_id: int
    warehouse_id: int
    quantity: int
    cost: Decimal
    message: tuple[str, str] | None = None


@locks.retried()
def open_stock(lines: Sequence[Opened]) -> list[StockMove]:
    """Book opening stock, once per SKU and warehouse; the same figures again change nothing.

    Raises AlreadyOpened, and books nothing, when other figures are booked for some of them: `places` in
    its context names them with the units booked.
    """
    _check(lines)
    with transaction.atomic():
        held = hold((line.sku_id, line.warehouse_id) for line in lines)
        moves = {(line.sku_id, line.warehouse_id): _opening(held, line) for line in lines}
        if len(moves) < len(lines):
            raise ValueError("a SKU is opened in a warehouse by one line")
        booked = _opened(moves.keys())
        differ = [
            done
            for at, done in booked.items()
            if (done.on_hand_delta, done.cost) != (moves[at].on_hand, moves[at].cost)
        ]
        if differ:
            first = held.level(differ[0].sku_id, differ[0].warehouse_id)
            raise already_opened(
                code=first.sku.code,
                warehouse=first.warehouse.code,
                units=differ[0].on_hand_delta,
                places={(row.sku_id, row.warehouse_id): row.on_hand_delta for row in differ},
            )
        new = _bring_in(held, [move for at, move in moves.items() if at not in booked])
        books.book_opening(held, new)
        booked |= {(row.sku_id, row.warehouse_id): row for row in new}
        return [booked[at] for at in moves]


@locks.retried()
def receive_goods(
    lines: Sequence[Received],
    *,
    kind: str = Kind.RECEIPT,
    origin: Origin | None = None,
    supplier_id: int | None = None,
) -> list[StockMove]:
    """Book goods received, serve who waits, announce StockArrived. Returns a move per line.

    Raises MessageReused when a message came before with another content.
    """
    _check(lines)
    with transaction.atomic():
        held = hold((line.sku_id, line.warehouse_id) for line in lines)
        moves = [
            Move(
                line.sku_id,
                line.warehouse_id,
                kind,
                on_hand=line.quantity,
                cost=line.cost,
                origin=origin,
                message=line.message,
            )
            for line in lines
        ]
        known = already_booked(moves)
        booked = [known.get(move.message) if move.message else None for move in moves]
        new = _bring_in(held, [move for move, done in zip(moves, booked, strict=True) if done is None])
        books.book_receipt(held, new, supplier_id)
        rest = iter(new)
        return [next(rest) if done is None else done for done in booked]


@locks.retried()
def return_goods(
    *, sku_id: int, warehouse_id: int, quantity: int, cost: Decimal, origin: Origin, sellable: bool
) -> StockMove:
    """Take goods back at their original cost; not sellable ones lie aside until they are judged.

    The caller, who knows the sale, posts the value.
    """
    if quantity <= 0:
        raise ValueError("at least one unit moves")
    aside = 0 if sellable else quantity
    with transaction.atomic():
        held = hold([(sku_id, warehouse_id)])
        move = Move(
            sku_id,
            warehouse_id,
            Kind.RETURN,
            on_hand=quantity,
            unavailable=aside,
            cost=cost,
            origin=origin,
        )
        (row,) = _bring_in(held, [move])
        return row


def already_booked(moves: Collection[Move]) -> dict[tuple[str, str], StockMove]:
    """The rows that repeated messages made, by message. Call with the levels locked."""
    told = {move.message: move for move in moves if move.message}
    if not told:
        return {}
    rows = StockMove.objects.filter(
        message_source__in={source for source, _number in told},
        message_id__in={number for _source, number in told},
    )
    found = {}
    for done in rows:
        message = (done.message_source, str(done.message_id))
        if move := told.get(message):
            if (done.sku_id, done.warehouse_id, done.on_hand_delta) != (
                move.sku_id,
                move.warehouse_id,
                move.on_hand,
            ):
                raise MessageReused(
                    _("Message %(number)s of %(source)s was booked with other figures. Ask the sender.")
                    % {"number": done.message_id, "source": done.message_source}
                )
            found[message] = done
    return found


def _opening(held: Held, line: Opened) -> Move:
    valued = held.level(line.sku_id, line.warehouse_id).warehouse.valued
    cost = value_of(units=line.quantity, unit_cost=line.unit_cost) if valued else ZERO
    return Move(
        line.sku_id, line.warehouse_id, Kind.OPENING, on_hand=line.quantity, cost=cost, reason=line.reason
    )


def _opened(places: Collection[At]) -> dict[At, StockMove]:
    """The opening moves of these places. Call with their levels locked."""
    rows = StockMove.objects.filter(kind=Kind.OPENING, sku__in={sku for sku, _place in places})
    return {at: row for row in rows if (at := (row.sku_id, row.warehouse_id)) in places}


def _bring_in(held: Held, moves: Sequence[Move]) -> list[StockMove]:
    rows = post_moves(held, moves)
    sellable = [move for move in moves if move.on_hand > move.unavailable]
    if sellable:
        serve_waiting(held, {(move.sku_id, move.warehouse_id) for move in sellable})
        announce_all(
            [
                (
                    StockArrived(move.sku_id, move.warehouse_id, move.on_hand - move.unavailable),
                    Origin("sku", move.sku_id),
                )
                for move in sellable
            ]
        )
    held.write()
    return rows


def _check(lines: Sequence[Opened] | Sequence[Received]) -> None:
    if any(line.quantity <= 0 for line in lines):
        raise ValueError("at least one unit moves")
