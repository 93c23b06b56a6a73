"""Short ways to ask for stock."""

from datetime import timedelta

from core import clock
from inventory.models import Channel, Reservation, Sku, StockLevel, StockPolicy, Warehouse, WarehouseGroup
from inventory.services import Demand, reserve
from tests.builders import a_channel, a_line


def level(sku: Sku, warehouse: Warehouse) -> tuple[int, int, int]:
    """on hand, reserved, not for sale"""
    found = StockLevel.objects.get(sku=sku, warehouse=warehouse)
    return found.on_hand, found.reserved, found.unavailable


def demand(sku: Sku, quantity: int, **line) -> Demand:
    return Demand(a_line(sku, quantity, **line).pk, sku.pk, quantity)


def reserved(sku: Sku, quantity: int, channel: Channel | str = "web", **more) -> list[Reservation]:
    """A new order line that holds so many units."""
    channel = a_channel(channel) if isinstance(channel, str) else channel
    return reserve(demands=[demand(sku, quantity)], channel=channel, **{"expires_at": None} | more)


def a_policy(kind: str, *, sku: Sku | None = None, channel: Channel | None = None, **fields) -> StockPolicy:
    """A policy in force since yesterday, for one SKU or everything, in the main group."""
    return StockPolicy.objects.create(
        **{
            "kind": kind,
            "scope": "sku" if sku else "all",
            "target": sku.code if sku else "",
            "group": WarehouseGroup.objects.get(code="main"),
            "channel": channel,
            "valid_from": clock.now() - timedelta(days=1),
        }
        | fields
    )
