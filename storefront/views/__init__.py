"""Doors of the shop. They read the request, call one service or query, and show a page."""

from .accounts import account, addresses, profile, register, sign_in, sign_out
from .baskets import add, basket, change, code
from .browse import category, home, product, search
from .checkout import areas, checkout
from .info import not_found, page, robots
from .media import picture
from .orders import cancel, order, send_back, thanks, track
from .paying import after_payment, leave, pay

__all__ = [
    "account",
    "add",
    "addresses",
    "after_payment",
    "areas",
    "basket",
    "cancel",
    "category",
    "change",
    "checkout",
    "code",
    "home",
    "leave",
    "not_found",
    "order",
    "page",
    "pay",
    "picture",
    "product",
    "profile",
    "register",
    "robots",
    "search",
    "send_back",
    "sign_in",
    "sign_out",
    "thanks",
    "track",
]
