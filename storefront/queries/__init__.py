"""What a page of the shop shows, as frozen rows."""

from .baskets import BasketPage, read_basket
from .cards import Card, PagedCards, list_cards
from .menu import Menu, MenuEntry, read_menu
from .orders import OrderPage, find_order, find_tracked_order, list_orders, read_order
from .products import ProductPage, Variant, read_product
from .searching import SearchResult, search_products

__all__ = [
    "BasketPage",
    "Card",
    "Menu",
    "MenuEntry",
    "OrderPage",
    "PagedCards",
    "ProductPage",
    "SearchResult",
    "Variant",
    "find_order",
    "find_tracked_order",
    "list_cards",
    "list_orders",
    "read_basket",
    "read_menu",
    "read_order",
    "read_product",
    "search_products",
]
