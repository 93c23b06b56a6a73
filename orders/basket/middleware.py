"""Which basket a visitor has, from a signed cookie, without a query; pages that add nothing set nothing.

The cookie also carries the number of pieces, for the figure beside the basket in the page's head. It is
only shown: what is in a basket is read from the database wherever it matters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

MAX_AGE: Final = 30 * 24 * 3600
_SALT: Final = "shop.basket"


@dataclass(frozen=True, slots=True)
class BasketMark:
    basket_id: int
    pieces: int


def cookie_name() -> str:
    """`__Host-` ties a cookie to this host and to HTTPS (S23)."""
    return "__Host-basket" if settings.HTTPS else "basket"


class BasketMiddleware:
    """Sets `request.basket_mark`; a view that changes it has the cookie written or removed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mark = read_mark(request.COOKIES.get(cookie_name()))
        request.basket_mark = mark  # type: ignore[attr-defined]
        response = self.get_response(request)
        wanted = request.basket_mark  # type: ignore[attr-defined]
        if wanted is None and cookie_name() in request.COOKIES:
            response.delete_cookie(cookie_name())
        elif wanted is not None and wanted != mark:
            response.set_cookie(
                cookie_name(),
                signing.dumps([wanted.basket_id, wanted.pieces], salt=_SALT),
                max_age=MAX_AGE,
                httponly=True,
                samesite="Lax",
                secure=settings.HTTPS,
            )
        return response


def read_mark(text: str | None) -> BasketMark | None:
    """What the cookie says; None when it is missing, forged or older than MAX_AGE."""
    if not text:
        return None
    try:
        basket_id, pieces = signing.loads(text, salt=_SALT, max_age=MAX_AGE)
        return BasketMark(int(basket_id), int(pieces))
    except (signing.BadSignature, ValueError, TypeError):
        return None
