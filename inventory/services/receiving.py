"""Goods come in: opening stock, receipts, returns."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import locks
from core.events import announce
from core.money import ZERO
from core.origins import Origin
from inventory.errors import AlreadyOpened, MessageReused
from inventory.events import StockArrived
from inventory.models import Sku, StockMove, Warehouse
from inventory.rules.costing import value_of
from inventory.services import books
from inventory.services.holding import Held, hold
from inventory.services.moving import Kind, Move, post_moves
from inventory.services.waiting import serve_waiting


@locks.retried()
def open_stock(
    *, sku: Sku, warehouse: Warehouse, quantity: int, unit_cost: Decimal, reason: str = ""
) -> StockMove:
    """Book the opening stock, once per SKU and warehouse; the same figures again change nothing.

    Raises AlreadyOpened when other figures are booked.
    """
    _check(quantity)
    cost = value_of(units=quantity, unit_cost=unit_cost) if warehouse.valued else ZERO
    with transaction.atomic():
        held = hold([(sku.pk, warehouse.pk)])
        done = StockMove.objects.filter(sku=sku, warehouse=warehouse, kind=Kind.OPENING).first()
        if done:
            if (done.on_hand_delta, done.cost) != (quantity, cost):
                raise AlreadyOpened(
                    _("%(sku)s was opened in %(place)s with %(units)s units. Book the difference as a count.")
                    % {"sku": sku.code, "place": warehouse.code, "units": done.on_hand_delta}
                )
            return done
        move = _bring_in(
            held, Move(sku.pk, warehouse.pk, Kind.OPENING, on_hand=quantity, cost=cost, reason=reason)
        )
        books.book_opening(move, warehouse)
        return move


@locks.retried()
def receive_goods(
    *,
    sku: Sku,
    warehouse: Warehouse,
    quantity: int,
    cost: Decimal,
    kind: str = Kind.RECEIPT,
    origin: Origin | None = None,
    message: tuple[str, str] | None = None,
    supplier_id: int | None = None,
) -> StockMove:
    """Book goods received at their total cost (net of tax), serve who waits, announce StockArrived.

    `message` is (source, id) of an outside message: the same one again changes nothing (F07).
    Raises MessageReused when it came before with another content.
    """
    _check(quantity)
    with transaction.atomic():
        held = hold([(sku.pk, warehouse.pk)])
        move = Move(sku.pk, warehouse.pk, kind, on_hand=quantity, cost=cost, origin=origin, message=message)
        if done := already_booked(move):
            return done
        row = _bring_in(held, move)
        books.book_receipt(row, warehouse, supplier_id)
        return row


@locks.retried()
def return_goods(
    *, sku_id: int, warehouse_id: int, quantity: int, cost: Decimal, origin: Origin, sellable: bool
) -> StockMove:
    """Take goods back at their original cost; not sellable ones lie aside until they are judged.

    The caller, who knows the sale, posts the value.
    """
    _check(quantity)
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
        return _bring_in(held, move)


def already_booked(move: Move) -> StockMove | None:
    """The row that a repeated message made. Call with the level locked."""
    if move.message is None:
        return None
    source, number = move.message
    done = StockMove.objects.filter(message_source=source, message_id=number).first()
    if done is None:
        return None
    content = (done.sku_id, done.warehouse_id, done.on_hand_delta)
    if content != (move.sku_id, move.warehouse_id, move.on_hand):
        raise MessageReused(
            _("Message %(number)s of %(source)s was booked with other figures. Ask the sender.")
            % {"number": number, "source": source}
        )
    return done


def _bring_in(held: Held, move: Move) -> StockMove:
    (row,) = post_moves(held, [move])
    if move.on_hand > move.unavailable:
        serve_waiting(held, [(move.sku_id, move.warehouse_id)])
        announce(
            StockArrived(move.sku_id, move.warehouse_id, move.on_hand - move.unavailable),
            about=Origin("sku", move.sku_id),
        )
    held.write()
    return row


def _check(quantity: int) -> None:
    if quantity <= 0:
        raise ValueError("at least one unit moves")
