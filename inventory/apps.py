from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import origins


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = _("Inventory")

    def ready(self) -> None:
        origins.register("sku", "inventory.Sku", number="code")
        origins.register("stock_move", "inventory.StockMove", number="id")
        origins.register("stock_count", "inventory.StockCount", number="id")
        origins.register("stock_conflict", "inventory.StockConflict", number="id")
        origins.register("back_order", "inventory.BackOrder", number="id")
