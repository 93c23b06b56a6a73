from .differing import (
    adjust_stock,
    drop_count,
    post_count,
    report_missing,
    scrap_goods,
    set_aside,
    start_count,
)
from .fences import refresh_pools
from .importing import StockImport, import_stock
from .making import NewSku, create_channel, create_skus
from .offline import OfflineSale, book_offline_sale
from .receiving import Opened, Received, open_stock, receive_goods, return_goods
from .releasing import (
    Issue,
    confirm_reservations,
    consume_reservation,
    consume_reservations,
    pin_reservations,
    release_reservations,
)
from .repairing import Repair, repair_stock
from .reserving import Demand, reserve
from .room import resolve_conflict
from .waiting import serve_back_orders

__all__ = [
    "Demand",
    "Issue",
    "NewSku",
    "OfflineSale",
    "Opened",
    "Received",
    "Repair",
    "StockImport",
    "adjust_stock",
    "book_offline_sale",
    "confirm_reservations",
    "consume_reservation",
    "consume_reservations",
    "create_channel",
    "create_skus",
    "drop_count",
    "import_stock",
    "open_stock",
    "pin_reservations",
    "post_count",
    "receive_goods",
    "refresh_pools",
    "release_reservations",
    "repair_stock",
    "report_missing",
    "reserve",
    "resolve_conflict",
    "return_goods",
    "scrap_goods",
    "serve_back_orders",
    "set_aside",
    "start_count",
]
