from .explaining import Explanation, explain_allocation
from .lookups import (
    Scanned,
    SkuFacts,
    basket_strategy,
    channel_named,
    find_barcode,
    sku_titles,
    sku_weights,
    skus_by_code,
)
from .promises import (
    Promise,
    Reserved,
    orders_with_due_reservations,
    promise,
    reserved_units,
    waiting_units,
)
from .stock import StockRow, stock_rows, stock_value, unit_costs

__all__ = [
    "Explanation",
    "Promise",
    "Reserved",
    "Scanned",
    "SkuFacts",
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
    "skus_by_code",
    "stock_rows",
    "stock_value",
    "unit_costs",
    "waiting_units",
]
