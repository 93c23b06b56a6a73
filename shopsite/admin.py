"""The one back office. What it shows is registered by each app's own `admin`."""

from typing import Any

from unfold.sites import UnfoldAdminSite

HOUSE = tuple(
    f"{app}."
    for app in ("core", "crm", "finance", "inventory", "logistics", "orders", "returns", "storefront")
)


class BackOffice(UnfoldAdminSite):
    """Shows our own pages only: others' edit money, states and rights past their services."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if admin_class is None or not admin_class.__module__.startswith(HOUSE):
            return
        super().register(model_or_iterable, admin_class, **options)
