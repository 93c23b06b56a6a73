"""Pages that only say something, and what is shown when there is nothing."""

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from storefront.views.pages import show

PAGES: Final = ("about", "delivery", "returns", "privacy", "terms")


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One of the house's own pages."""
    if name not in PAGES:
        raise Http404
    return show(request, f"shop/info/{name}.html", public=True)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What machines may read: the shelves, nothing personal."""
    lines = ["User-agent: *"]
    for code, _name in settings.LANGUAGES:
        lines += [
            f"Disallow: /{code}/{place}/"
            for place in ("basket", "checkout", "orders", "track", "account", "search")
        ]
    return HttpResponse("\n".join([*lines, "Disallow: /admin/", ""]), content_type="text/plain")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing here: say so in the shop's own words, with ways on."""
    return show(request, "shop/404.html", status=404)
