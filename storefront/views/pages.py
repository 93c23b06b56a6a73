"""What every page of the shop has: the head's menu, languages, basket figure, and its caching."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import translate_url
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from storefront.queries import Menu, read_menu
from storefront.services.kept_pages import find_page, keep_page

SHARED: Final = "public, max-age=30"


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    menu: Menu | None = None,
    addresses: dict[str, str] | None = None,
    public: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render a page. A public one may be kept by shared caches as long as the visitor is nobody yet."""
    language = get_language() or settings.LANGUAGE_CODE
    mark = getattr(request, "basket_mark", None)
    address = request.get_full_path()
    response = render(
        request,
        template,
        {
            "menu": menu or read_menu(),
            "languages": [
                (code, name, (addresses or {}).get(code) or translate_url(address, code))
                for code, name in settings.LANGUAGES
            ],
            "language": language,
            "shop_name": settings.OSCAR_SHOP_NAME,
            "site_url": settings.SITE_URL.rstrip("/"),
            "basket_pieces": mark.pieces if mark else 0,
            "alternates": addresses or {},
            **(context or {}),
        },
        status=status,
    )
    if public and status == 200 and not request.COOKIES:
        response["Cache-Control"] = SHARED
    else:
        response["Cache-Control"] = "private, no-cache" if public else "private, no-store"
    patch_vary_headers(response, ["Cookie"])
    return response


def kept_whole(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand out a kept copy of a public page to visitors without any cookie; make and keep it otherwise.

    The address is the path with the parameters that change what is shown, so noise splits nothing.
    """

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PAGE_CACHE_SECONDS or request.method != "GET" or request.COOKIES:
            return view(request, *args, **kwargs)
        shown = [(name, request.GET[name]) for name in ("page", "sort") if name in request.GET]
        address = f"{request.get_host()}{request.path}?{urlencode(shown)}"[:400]
        version, page = find_page(address)
        if page is None:
            response = view(request, *args, **kwargs)
            if response.status_code == 200 and not response.cookies:
                keep_page(address, version, response.content)
            return response
        response = HttpResponse(page)
        response["Cache-Control"] = SHARED
        patch_vary_headers(response, ["Cookie"])
        return response

    return door


def page_number(request: HttpRequest) -> int:
    """`?page=` as a number; anything odd is the first page."""
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
