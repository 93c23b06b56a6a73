"""What a goods movement means to the ledger: the one place where inventory calls finance.

Goods that are not ours are worth nothing to us and are not booked (I38).
"""

from inventory.models import StockMove, Warehouse


def book_opening(move: StockMove, warehouse: Warehouse) -> None:
    """Opening stock against opening equity."""


def book_receipt(move: StockMove, warehouse: Warehouse, supplier_id: int | None) -> None:
    """Goods received, not billed yet; without a supplier they wait on 1901 like anything found."""


def book_difference(move: StockMove, warehouse: Warehouse) -> None:
    """A stock difference waits on 1901 for its explanation."""


def book_sold_offline(move: StockMove, warehouse: Warehouse) -> None:
    """Goods that left through a till become cost of sales."""
