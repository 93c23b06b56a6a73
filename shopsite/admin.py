"""The one back office. What it shows is registered by each app's own `admin`."""

from typing import Any

from unfold.sites import UnfoldAdminSite


class BackOffice(UnfoldAdminSite):
    """Shows our own pages only: Oscar's admins edit money and states past the services."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if admin_class is not None and admin_class.__module__.startswith("oscar."):
            return
        super().register(model_or_iterable, admin_class, **options)
