from .channels import Channel
from .policies import ChannelPool, StockPolicy
from .promises import AllocationDecision, BackOrder, Reservation, StockConflict
from .skus import Barcode, Sku, SkuCost
from .stock import StockCount, StockLevel, StockMove
from .warehouses import Warehouse, WarehouseGroup

__all__ = [
    "AllocationDecision",
    "BackOrder",
    "Barcode",
    "Channel",
    "ChannelPool",
    "Reservation",
    "Sku",
    "SkuCost",
    "StockConflict",
    "StockCount",
    "StockLevel",
    "StockMove",
    "StockPolicy",
    "Warehouse",
    "WarehouseGroup",
]
