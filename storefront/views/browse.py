"""Looking around: home, categories, search, products."""

import json
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from storefront.queries import list_cards, read_menu, read_product, search_products
from storefront.queries.cards import SORTS
from storefront.queries.menu import Menu, MenuEntry
from storefront.queries.products import ProductPage
from storefront.views.pages import kept_whole, page_number, show


@require_safe
@kept_whole
def home(request: HttpRequest) -> HttpResponse:
    """What is new, and the way into the shelves."""
    cards = list_cards(per_page=12, counted=False).cards
    lead = next((card for card in cards if card.picture and card.stock != "outofstock"), None)
    return show(request, "shop/home.html", {"cards": cards, "lead": lead}, public=True)


@require_safe
@kept_whole
def category(request: HttpRequest, slug: str, pk: str) -> HttpResponse:
    """The products of a category and of what lies below it."""
    menu = read_menu()
    entry = menu.find(int(pk))
    if entry is None:
        raise Http404(_("There is no such category."))
    if entry.slug != slug:
        return redirect(entry.path, permanent=True)
    sort = _sort(request)
    found = list_cards(category=entry.tree, sort=sort, page=page_number(request))
    return show(
        request,
        "shop/category.html",
        {
            "category": entry,
            "children": menu.children(entry),
            "trail": menu.trail(entry),
            "found": found,
            "sort": sort,
            "sorts": _sorts(),
            "query": {"sort": sort} if sort != "new" else {},
        },
        menu=menu,
        addresses=menu.addresses(entry),
        public=True,
    )


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What a question finds."""
    question = request.GET.get("q", "")[:60].replace("\x00", "")
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else ""
    result = search_products(question, page=page_number(request), sort=sort)
    return show(
        request,
        "shop/search.html",
        {
            "question": result.question,
            "instead": result.instead,
            "found": result.found,
            "sort": sort,
            "sorts": [("", _("Best match")), *_sorts()],
            "query": {"q": question} | ({"sort": sort} if sort else {}),
        },
        public=True,
    )


@require_safe
@kept_whole
def product(request: HttpRequest, slug: str, pk: str) -> HttpResponse:
    """One product: pictures, variants, price, what is promised, and the way into the basket."""
    found = read_product(int(pk))
    if found is None:
        raise Http404(_("This product is no longer in the shop."))
    if found.slug != slug:
        return redirect(found.path, permanent=True)
    menu = read_menu()
    shelf = menu.deepest(found.category_ids)
    return show(
        request,
        "shop/product.html",
        {
            "product": found,
            "trail": menu.trail(shelf) if shelf else [],
            "structured": _structured(found, menu, shelf),
        },
        menu=menu,
        addresses=found.addresses,
        public=True,
    )


def _sort(request: HttpRequest) -> str:
    sort = request.GET.get("sort", "new")
    return sort if sort in SORTS else "new"


def _sorts() -> list[tuple[str, str]]:
    return [("new", _("Newest")), ("price", _("Price, low to high")), ("-price", _("Price, high to low"))]


def page_link(query: dict[str, Any], page: int) -> str:
    """The address of another page of the same list."""
    return "?" + urlencode(query | ({"page": page} if page > 1 else {}))


def _structured(found: ProductPage, menu: Menu, shelf: MenuEntry | None) -> str:
    """The product for search engines. A data block: it is never run, and `<` cannot end it."""
    site = settings.SITE_URL.rstrip("/")
    states = {True: "https://schema.org/InStock", False: "https://schema.org/OutOfStock"}
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": found.title,
        "description": found.summary,
        "url": site + found.path,
        "image": [f"{site}{settings.MEDIA_URL}products/{each.stem}-1200.jpg" for each in found.pictures],
        "offers": [
            {
                "@type": "Offer",
                "price": str(variant.amount),
                "priceCurrency": variant.currency,
                "availability": states[variant.units > 0],
            }
            for variant in found.variants
        ],
    }
    text = json.dumps(data, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(text)  # noqa: S308 - every character that could leave the block is escaped above
