"""What a goods movement means to the ledger: the one place where inventory calls finance.

Posted in the transaction of the movement, so that 1405 is what the stock is worth at any moment.
Goods that are not ours cost nothing and post nothing (I38).
"""

from core import clock
from core.origins import Origin
from finance.services import Leg, book_goods_received, book_opening_stock, book_stock_difference, post_entry
from inventory.models import StockMove, Warehouse


def book_opening(move: StockMove, warehouse: Warehouse) -> None:
    """Opening stock against opening equity."""
    book_opening_stock(
        origin=_origin(move), value=move.cost, entity=warehouse.entity, on=clock.day_of(move.at)
    )


def book_receipt(move: StockMove, warehouse: Warehouse, supplier_id: int | None) -> None:
    """Goods received, not billed yet; without a supplier they wait on 1901 like anything found."""
    if supplier_id is None:
        book_difference(move, warehouse)
        return
    book_goods_received(
        receipt=_origin(move),
        supplier_id=supplier_id,
        value=move.cost,
        entity=warehouse.entity,
        on=clock.day_of(move.at),
    )


def book_difference(move: StockMove, warehouse: Warehouse) -> None:
    """A stock difference waits on 1901 for its explanation."""
    book_stock_difference(
        origin=_origin(move),
        value=move.cost,
        memo=move.reason,
        entity=warehouse.entity,
        on=clock.day_of(move.at),
    )


def book_sold_offline(move: StockMove, warehouse: Warehouse) -> None:
    """Goods that left through a till become cost of sales; the till's own file books the revenue."""
    post_entry(
        key=f"sold_offline:{move.pk}",
        kind="sold_offline",
        legs=[Leg("6401", debit=-move.cost), Leg("1405", credit=-move.cost)],
        origin=_origin(move),
        entity=warehouse.entity,
        on=clock.day_of(move.at),
    )


def _origin(move: StockMove) -> Origin:
    return Origin("stock_move", move.pk)
