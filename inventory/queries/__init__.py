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
    "StockRow",
    "explain_allocation",
    "orders_with_due_reservations",
    "promise",
    "reserved_units",
    "stock_rows",
    "stock_value",
    "waiting_units",
]
