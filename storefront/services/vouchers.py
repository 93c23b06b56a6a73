"""A code that takes something off: put into the basket and out again. Used it is only by an order (F43)."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.locks import lock_one
from orders.basket.models import Basket
from orders.voucher.models import Voucher
from storefront.services.baskets import find_basket


def enter_code(*, basket_id: int | None, user: Any, code: str) -> None:
    """Put a code into the visitor's basket, in place of an earlier one.

    Raises InvalidInput, in the same words whether the code is unknown, over, used up or not for this
    visitor (F45, F46).
    """
    found = Voucher.objects.filter(code=code.strip().upper()).first()
    if found is None or not (found.is_active() and found.is_available_to_user(user)[0]):
        raise InvalidInput(_("This code cannot be used. Check how it is written, or order without it."))
    with transaction.atomic():
        basket = find_basket(basket_id=basket_id, user=user)
        if basket is None:
            raise InvalidInput(_("The basket is empty. Put something into it first."))
        lock_one(Basket, pk=basket.pk)
        basket.vouchers.set([found])


def drop_code(*, basket_id: int | None, user: Any) -> None:
    """Take the code out of the visitor's basket. Without one nothing happens."""
    with transaction.atomic():
        basket = find_basket(basket_id=basket_id, user=user)
        if basket is not None:
            lock_one(Basket, pk=basket.pk)
            basket.vouchers.clear()
