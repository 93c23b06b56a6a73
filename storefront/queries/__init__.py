"""What a page of the shop shows, as frozen rows."""

from .cards import Card, PagedCards, list_cards
from .menu import Menu, MenuEntry, read_menu
from .products import ProductPage, Variant, read_product
from .searching import SearchResult, search_products

__all__ = [
    "Card",
    "Menu",
    "MenuEntry",
    "PagedCards",
    "ProductPage",
    "SearchResult",
    "Variant",
    "list_cards",
    "read_menu",
    "read_product",
    "search_products",
]
