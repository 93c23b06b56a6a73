"""Doors of the shop. They read the request, call one service or query, and show a page."""

from .browse import category, home, product, search
from .info import not_found, page, robots
from .media import picture

__all__ = ["category", "home", "not_found", "page", "picture", "product", "robots", "search"]
