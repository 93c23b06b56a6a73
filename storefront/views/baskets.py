"""The basket: look, put in, change."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError, InvalidInput
from orders.basket.middleware import BasketMark
from storefront.queries import read_basket
from storefront.rules.quantities import read_quantity
from storefront.services import (
    add_to_basket,
    change_basket,
    count_pieces,
    drop_code,
    enter_code,
    find_basket,
)
from storefront.services.limits import spend_try
from storefront.views.guards import address_of, from_this_site
from storefront.views.pages import show

TRIES, TEN_MINUTES = 10, 600  # F46: codes are not to be guessed


@require_safe
def basket(request: HttpRequest) -> HttpResponse:
    """What lies in the basket, at today's prices and promises."""
    found = current_basket(request)
    page = read_basket(found, user=shopper(request))
    if found is not None and not mark_is(request, found.pk, page.pieces):
        set_mark(request, found.pk, page.pieces)
    return show(request, "shop/basket.html", {"basket": page, "basket_pieces": page.pieces})


@from_this_site
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put something in."""
    try:
        _only(request, {"product", "quantity"})
        product_id = _id(request.POST.get("product", ""))
        quantity = read_quantity(request.POST.get("quantity", ""))
    except ValueError:
        return _odd(request)
    try:
        found = add_to_basket(
            basket_id=mark_id(request), user=shopper(request), product_id=product_id, quantity=quantity
        )
    except InvalidInput as error:
        messages.add_message(request, messages.WARNING, str(error), extra_tags="warn")
        return redirect("shop:basket")
    set_mark(request, found.pk, count_pieces(found))
    messages.success(request, _("It is in your basket."))
    return redirect("shop:basket")


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Set the quantity of a line; 0 or the remove button takes it out."""
    try:
        _only(request, {"line", "quantity", "remove", "csrfmiddlewaretoken"})
        line_id = _id(request.POST.get("line", ""))
        quantity = 0 if "remove" in request.POST else read_quantity(request.POST.get("quantity", ""), least=0)
    except ValueError:
        return _odd(request)
    try:
        found = change_basket(
            basket_id=mark_id(request), user=shopper(request), line_id=line_id, quantity=quantity
        )
    except InvalidInput as error:
        messages.add_message(request, messages.WARNING, str(error), extra_tags="warn")
        return redirect("shop:basket")
    set_mark(request, found.pk, count_pieces(found))
    return redirect("shop:basket")


@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """Enter a code that takes something off, or take it out again."""
    try:
        _only(request, {"code", "remove", "csrfmiddlewaretoken"})
    except ValueError:
        return _odd(request)
    basket_id, user = mark_id(request), shopper(request)
    if "remove" in request.POST:
        drop_code(basket_id=basket_id, user=user)
        return redirect("shop:basket")
    try:
        spend_try(what="code-from", key=address_of(request), most=TRIES, seconds=TEN_MINUTES)
        spend_try(what="code-basket", key=str(basket_id), most=TRIES, seconds=TEN_MINUTES)
        enter_code(basket_id=basket_id, user=user, code=request.POST.get("code", "")[:128])
    except DomainError as error:
        messages.add_message(request, messages.WARNING, str(error), extra_tags="warn")
    return redirect("shop:basket")


def shopper(request: HttpRequest) -> Any:
    """The signed-in account, or None; asks nothing for a visitor without a session."""
    return request.user if request.user.is_authenticated else None


def mark_id(request: HttpRequest) -> int | None:
    mark = request.basket_mark  # type: ignore[attr-defined]
    return mark.basket_id if mark else None


def mark_is(request: HttpRequest, basket_id: int, pieces: int) -> bool:
    return request.basket_mark == BasketMark(basket_id, pieces)  # type: ignore[attr-defined]


def set_mark(request: HttpRequest, basket_id: int | None, pieces: int = 0) -> None:
    """What the basket cookie shall say from now on; None takes it away."""
    mark = None if basket_id is None else BasketMark(basket_id, pieces)
    request.basket_mark = mark  # type: ignore[attr-defined]


def current_basket(request: HttpRequest) -> Any:
    return find_basket(basket_id=mark_id(request), user=shopper(request))


def _only(request: HttpRequest, names: set[str]) -> None:
    """Unknown or repeated fields are refused, not ignored (F21, F22)."""
    if set(request.POST) - names or any(len(request.POST.getlist(name)) > 1 for name in request.POST):
        raise ValueError("fields")


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(text)
    return int(text)


def _odd(request: HttpRequest) -> HttpResponse:
    messages.add_message(
        request, messages.WARNING, _("The quantity must be a whole number from 1 to 999."), extra_tags="warn"
    )
    response = basket_again(request)
    response.status_code = HttpResponseBadRequest.status_code
    return response


def basket_again(request: HttpRequest) -> HttpResponse:
    page = read_basket(current_basket(request), user=shopper(request))
    return show(request, "shop/basket.html", {"basket": page, "basket_pieces": page.pieces})
