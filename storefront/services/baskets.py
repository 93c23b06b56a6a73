"""What a shopper puts into the basket and takes out again."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.locks import lock_one
from inventory.partner.models import StockRecord
from inventory.queries import channel_named, promise
from orders.basket.models import Basket, Line
from storefront.rules.quantities import MOST

WEB = "web"
MOST_LINES = 100


def find_basket(*, basket_id: int | None, user: Any = None) -> Basket | None:
    """The open basket that a visitor may use: an account's own, or the guest's that the cookie names."""
    owner = user if user is not None and user.is_authenticated else None
    if owner is not None:
        return Basket.objects.filter(owner=owner, status=Basket.OPEN).first()
    if basket_id is None:
        return None
    return Basket.objects.filter(pk=basket_id, owner=None, status=Basket.OPEN).first()


def add_to_basket(*, basket_id: int | None, user: Any, product_id: int, quantity: int) -> Basket:
    """Put units of a product into the visitor's basket, which is made when it is missing.

    Raises InvalidInput when the product cannot be bought or stock does not promise as many.
    """
    record = _buyable(product_id)
    with transaction.atomic():
        basket = _own_basket(basket_id, user)
        line = basket.lines.filter(product_id=product_id, stockrecord=record).first()
        wanted = quantity + (line.quantity if line else 0)
        _check_promised(record, wanted)
        if line is None:
            _check_room(basket)
            basket.lines.create(
                product_id=product_id,
                stockrecord=record,
                quantity=quantity,
                line_reference=f"{product_id}_{record.pk}",
                price_currency=record.price_currency,
                price_incl_tax=record.price,
                price_excl_tax=record.price,
            )
        else:
            line.quantity = wanted
            line.save(update_fields=["quantity"])
    return basket


def change_basket(*, basket_id: int | None, user: Any, line_id: int, quantity: int) -> Basket:
    """Set how many units a line of the visitor's own basket has; 0 takes it out.

    A line that is gone already is no error. Raises InvalidInput when stock does not promise as many.
    """
    with transaction.atomic():
        basket = _own_basket(basket_id, user)
        line = basket.lines.filter(pk=line_id).select_related("stockrecord").first()
        if line is None:
            return basket
        if quantity == 0:
            line.delete()
        elif quantity != line.quantity:
            if quantity > line.quantity:
                _check_promised(line.stockrecord, quantity)
            line.quantity = quantity
            line.save(update_fields=["quantity"])
    return basket


def adopt_basket(*, basket_id: int | None, user: Any) -> Basket | None:
    """At sign-in the guest's basket becomes, or joins, the account's. Returns the account's basket."""
    with transaction.atomic():
        mine = Basket.objects.filter(owner=user, status=Basket.OPEN).first()
        guests = find_basket(basket_id=basket_id)
        if guests is None:
            return mine
        for basket in sorted(filter(None, [mine, guests]), key=lambda each: each.pk):
            lock_one(Basket, pk=basket.pk)
        if mine is None:
            Basket.objects.filter(pk=guests.pk).update(owner=user)
            return guests
        known = {line.line_reference: line for line in mine.lines.all()}
        for line in guests.lines.all():
            if same := known.get(line.line_reference):
                same.quantity = min(MOST, max(same.quantity, line.quantity))
                same.save(update_fields=["quantity"])
            else:
                Line.objects.filter(pk=line.pk).update(basket=mine)
        if codes := list(guests.vouchers.all()):
            mine.vouchers.set(codes)
        Basket.objects.filter(pk=guests.pk).update(status=Basket.MERGED)
        return mine


def count_pieces(basket: Basket) -> int:
    """How many pieces lie in it, for the figure in the page's head."""
    return sum(basket.lines.values_list("quantity", flat=True))


def _own_basket(basket_id: int | None, user: Any) -> Basket:
    owner = user if user is not None and user.is_authenticated else None
    basket = find_basket(basket_id=basket_id, user=user)
    if basket is None:
        if owner is not None:
            basket, _made = Basket.objects.get_or_create(owner=owner, status=Basket.OPEN)
        else:
            basket = Basket.objects.create(owner=None)
    return lock_one(Basket, pk=basket.pk)


def _buyable(product_id: int) -> StockRecord:
    record = (
        StockRecord.objects.filter(
            product=product_id, product__is_public=True, price__isnull=False, sku__isnull=False
        )
        .exclude(product__structure="parent")
        .exclude(product__parent__is_public=False)
        .order_by("pk")
        .select_related("sku")
        .first()
    )
    if record is None:
        raise InvalidInput(_("This piece cannot be bought any more. Choose another one."))
    return record


def _check_promised(record: Any, wanted: int) -> None:
    if wanted > MOST:
        raise InvalidInput(_("At most %(most)s of one piece fit into a basket.") % {"most": MOST})
    units = promise(sku_ids=[record.sku.pk], channel=channel_named(WEB))[record.sku.pk].units
    if units <= 0:
        raise InvalidInput(_("This piece is sold out."))
    if wanted > units:
        raise InvalidInput(_("Only %(units)s of this piece are left. Choose fewer.") % {"units": units})


def _check_room(basket: Basket) -> None:
    if basket.lines.count() >= MOST_LINES:
        raise InvalidInput(_("The basket is full. Order what is in it first."))
