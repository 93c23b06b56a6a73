"""The one back office. What it shows is registered by each app's own `admin`."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from unfold.sites import UnfoldAdminSite

HOUSE = tuple(
    f"{app}."
    for app in ("core", "crm", "finance", "inventory", "logistics", "orders", "returns", "storefront")
)


class BackOffice(UnfoldAdminSite):
    """Shows our own pages only: others' edit money, states and rights past their services."""

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """Refuse addresses that no database can be asked about, before any filter sees them (F78)."""
        inner = super().admin_view(view, cacheable)

        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if any("\x00" in value for values in request.GET.lists() for value in values[1]):
                return HttpResponseBadRequest()
            return inner(request, *args, **kwargs)

        return update_wrapper(asked, inner)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if admin_class is None or not admin_class.__module__.startswith(HOUSE):
            return
        super().register(model_or_iterable, admin_class, **options)
