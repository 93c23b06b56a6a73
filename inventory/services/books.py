"""What a goods movement means to the ledger: the one place where inventory calls finance.

Posted in the transaction of the movement, so that 1405 is what the stock is worth at any moment.
Goods that are not ours cost nothing and post nothing (I38).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from core import clock
from core.models import LegalEntity
from core.origins import Origin
from finance.services import bookings
from inventory.models import StockMove, Warehouse
from inventory.services.holding import Held


def book_opening(held: Held, moves: Iterable[StockMove]) -> None:
    """Opening stock against opening equity."""
    for entity, day, values in _by_books(held, moves):
        bookings.book_opening_stock(opened=values, entity=entity, on=day)


def book_receipt(held: Held, moves: Iterable[StockMove], supplier_id: int | None) -> None:
    """Goods received, not billed yet; without a supplier they wait on 1901 like anything found."""
    for entity, day, values in _by_books(held, moves):
        if supplier_id is None:
            bookings.book_stock_difference(found=values, entity=entity, on=day)
        else:
            bookings.book_goods_received(received=values, supplier_id=supplier_id, entity=entity, on=day)


def book_difference(move: StockMove, warehouse: Warehouse) -> None:
    """A stock difference waits on 1901 for its explanation."""
    bookings.book_stock_difference(
        found=[(_origin(move), move.cost)],
        memo=move.reason,
        entity=warehouse.entity,
        on=clock.day_of(move.at),
    )


def book_sold_offline(move: StockMove, warehouse: Warehouse) -> None:
    """Goods that left through a till become cost of sales."""
    bookings.book_sold_offline(
        move=_origin(move), cost=-move.cost, entity=warehouse.entity, on=clock.day_of(move.at)
    )


def _by_books(
    held: Held, moves: Iterable[StockMove]
) -> Iterator[tuple[LegalEntity, date, list[tuple[Origin, Decimal]]]]:
    """The values of moves by the books and the day that they belong to."""
    found: dict[tuple[int, date], list[tuple[Origin, Decimal]]] = defaultdict(list)
    entities: dict[int, LegalEntity] = {}  # each level has a warehouse object of its own
    for move in moves:
        warehouse = held.level(move.sku_id, move.warehouse_id).warehouse
        if warehouse.entity_id not in entities:
            entities[warehouse.entity_id] = warehouse.entity
        found[warehouse.entity_id, clock.day_of(move.at)].append((_origin(move), move.cost))
    for (entity, day), values in found.items():
        yield entities[entity], day, values


def _origin(move: StockMove) -> Origin:
    return Origin("stock_move", move.pk)
