"""What stock tells the apps above."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StockArrived:
    """Units came in; waiting demand has been served from them already."""

    sku_id: int
    warehouse_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class StockFreed:
    """Promised units are free again; waiting demand has been served from them already."""

    sku_id: int
    warehouse_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class BackOrderServed:
    """A waiting order line got units; `waiting` says how many it still waits for."""

    back_order_id: int
    order_id: int
    line_id: int
    sku_id: int
    quantity: int
    waiting: int


@dataclass(frozen=True, slots=True)
class OfflineConflict:
    """A fact took promised units from an order line; a person must choose (F108)."""

    conflict_id: int
    order_id: int
    line_id: int
    sku_id: int
    warehouse_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class ConflictResolved:
    """Somebody has chosen; with `other_warehouse` the units are reserved there already."""

    conflict_id: int
    order_id: int
    choice: str
