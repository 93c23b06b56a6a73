"""Stock as people see it: rows per SKU and warehouse, and what it is worth."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Sum

from core.money import ZERO
from inventory.models import SkuCost, StockLevel


@dataclass(frozen=True, slots=True)
class StockRow:
    sku_id: int
    code: str
    warehouse: str
    on_hand: int
    reserved: int
    unavailable: int
    free: int


def stock_rows(*, sku_ids: Collection[int] | None = None, warehouse_id: int | None = None) -> list[StockRow]:
    """Levels for the back office, by SKU code and warehouse. Channels never read these (F11)."""
    levels = StockLevel.objects.order_by("sku__code", "warehouse_id")
    if sku_ids is not None:
        levels = levels.filter(sku__in=sku_ids)
    if warehouse_id is not None:
        levels = levels.filter(warehouse=warehouse_id)
    return [
        StockRow(*row)
        for row in levels.values_list(
            "sku_id",
            "sku__code",
            "warehouse__code",
            "on_hand",
            "reserved",
            "unavailable",
            F("on_hand") - F("reserved") - F("unavailable"),
        )
    ]


def stock_value(*, entity_id: int) -> Decimal:
    """What the goods of a legal entity are worth at moving average: the balance of 1405."""
    return SkuCost.objects.filter(entity=entity_id).aggregate(sum=Sum("value"))["sum"] or ZERO


def unit_costs(*, sku_ids: Collection[int], entity_id: int) -> dict[int, Decimal]:
    """What one unit of each SKU costs at moving average, unrounded; a SKU that is not on stock has none."""
    rows = SkuCost.objects.filter(sku__in=sku_ids, entity=entity_id, quantity__gt=0)
    return {sku: value / units for sku, value, units in rows.values_list("sku", "value", "quantity")}
