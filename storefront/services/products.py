"""What staff change about goods for sale: price, visibility, place in the tree.

Prices in orders are frozen; a change here is for the next basket only.
"""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.locks import lock_one
from core.money import quantize
from core.states import record
from inventory.partner.models import StockRecord
from storefront.catalogue.models import Category, Product, ProductCategory
from storefront.services.texts import index_texts


@transaction.atomic
def set_price(*, product_id: int, stockrecord_id: int, price: Decimal, by: Any = None) -> StockRecord:
    """The price from now on, tax included. The change stands on the product's timeline."""
    stock = lock_one(StockRecord, pk=stockrecord_id, product_id=product_id)
    price, before = _price(price), stock.price
    if price != before:
        stock.price = price
        stock.save(update_fields=["price"])
        about = Product.objects.get(pk=product_id)
        record(about, old=str(before or ""), new=str(price), axis="price", actor=by)
    return stock


@transaction.atomic
def publish_product(*, product_id: int, public: bool, by: Any = None) -> Product:
    """Show a product in the shop, or hide it. Raises InvalidInput for one without a price or a picture."""
    product = lock_one(Product, pk=product_id)
    if public and not product.picture:
        raise InvalidInput(_("Add a picture first: nobody buys what cannot be seen."))
    if public and not StockRecord.objects.filter(product=product, price__isnull=False).exists():
        raise InvalidInput(_("Set a price first."))
    if product.is_public != public:
        product.is_public = public
        product.save(update_fields=["is_public"])
        words = {True: "public", False: "hidden"}
        record(product, old=words[not public], new=words[public], axis="visibility", actor=by)
    return product


@transaction.atomic
def set_categories(*, product_id: int, category_ids: list[int]) -> None:
    """Exactly these categories show the product."""
    product = lock_one(Product, pk=product_id)
    known = set(Category.objects.filter(pk__in=category_ids).values_list("pk", flat=True))
    ProductCategory.objects.filter(product=product).exclude(category__in=known).delete()
    for category_id in known:
        ProductCategory.objects.get_or_create(product=product, category_id=category_id)
    index_texts(product_ids=[product.pk])


def _price(price: Decimal) -> Decimal:
    if price < 0:
        raise InvalidInput(_("A price is not negative."))
    return quantize(price)
