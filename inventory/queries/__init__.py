from .lookups import Scanned, basket_strategy, channel_named, find_barcode, sku_titles, sku_weights
from .promises import (
    Explanation,
    Promise,
    explain_allocation,
    orders_with_due_reservations,
    promise,
    reserved_units,
    waiting_units,
)
from .stock import StockRow, stock_rows, stock_value

__all__ = [
    "Explanation",
    "Promise",
    "Scanned",
    "StockRow",
    "basket_strategy",
    "channel_named",
    "explain_allocation",
    "find_barcode",
    "orders_with_due_reservations",
    "promise",
    "reserved_units",
    "sku_titles",
    "sku_weights",
    "stock_rows",
    "stock_value",
    "waiting_units",
]
