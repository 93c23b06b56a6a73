from decimal import Decimal

import pytest
from django.utils import translation
from oscar.core.loading import get_class  # noqa: TID251 - proves that Oscar finds ours

from inventory.queries import basket_strategy, sku_titles
from inventory.queries.strategy import ShopStrategy
from storefront.catalogue.models import Product, ProductText
from tests.builders import a_sku, a_warehouse, stocked

from .builders import reserved

pytestmark = pytest.mark.django_db


def test_oscar_asks_our_strategy():
    assert isinstance(get_class("partner.strategy", "Selector")().strategy(), ShopStrategy)


def test_the_price_includes_the_tax_of_the_sku():
    sku = a_sku(price="100.00", tax_rate=Decimal("0.13"))
    price = basket_strategy().fetch_for_product(sku.stockrecord.product).price
    assert (price.incl_tax, price.excl_tax, price.tax) == (
        Decimal("100.00"),
        Decimal("88.50"),
        Decimal("11.50"),
    )


def test_availability_is_the_promise_and_not_what_lies_there():
    """F11"""
    main = a_warehouse()
    sku = stocked(a_sku(), main, 5)
    reserved(sku, 2)
    found = basket_strategy().fetch_for_product(sku.stockrecord.product).availability
    assert found.num_available == 3
    assert found.is_purchase_permitted(3) == (True, "")
    allowed, reason = found.is_purchase_permitted(4)
    assert not allowed
    assert "3" in reason


def test_a_service_is_available_and_not_in_stock():
    found = basket_strategy().fetch_for_product(a_sku(track_stock=False).stockrecord.product).availability
    assert (found.code, found.message) == ("available", "Available")
    assert found.is_purchase_permitted(1000) == (True, "")


def test_a_product_without_a_sku_cannot_be_bought():
    record = a_sku().stockrecord
    record.sku.delete()
    product = type(record.product).objects.get(pk=record.product_id)
    found = basket_strategy().fetch_for_product(product)
    assert not found.availability.is_available_to_buy
    assert not found.price.exists


def test_a_page_of_products_costs_one_look_up(django_assert_num_queries):
    main = a_warehouse()
    skus = [stocked(a_sku(), main, 3) for _ in range(24)]
    model = type(skus[0].stockrecord.product)
    products = list(model.objects.prefetch_related("stockrecords"))
    strategy = basket_strategy()
    with django_assert_num_queries(3):  # channel, SKUs, promises
        strategy.prime(products)
        units = [strategy.fetch_for_product(each).availability.num_available for each in products]
    assert units == [3] * 24


def test_a_basket_line_keeps_its_stock_record(django_assert_num_queries):
    sku = stocked(a_sku(), a_warehouse(), 3)
    strategy = basket_strategy()
    strategy.fetch_for_product(sku.stockrecord.product)

    class Line:
        product, stockrecord = sku.stockrecord.product, sku.stockrecord

    with django_assert_num_queries(0):
        assert strategy.fetch_for_line(Line()).stockrecord == sku.stockrecord


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_sku_is_called_what_the_shop_calls_its_product(language):
    plain, written, variant, nameless = (a_sku() for _ in range(4))
    family = a_sku().stockrecord.product
    Product.objects.filter(pk=family.pk).update(structure="parent")
    for sku in (variant, nameless):
        Product.objects.filter(stockrecords__sku=sku).update(structure="child", parent=family)
    Product.objects.filter(stockrecords__sku=nameless).update(title="")
    for product, wanted, title in (
        (family, "en", "Cup"),
        (family, "zh-hans", "杯子"),
        (variant.stockrecord.product, "en", "blue"),
        (written.stockrecord.product, "zh-hans", "壶"),
    ):
        ProductText.objects.create(
            product=product, language=wanted, title=title, slug=f"{product.pk}-{wanted}", card_title=title
        )
    skus = [plain, written, variant, nameless]
    with translation.override(language):
        cup = {"en": "Cup", "zh-hans": "杯子"}[language]
        called = sku_titles([sku.pk for sku in skus])
        assert called == {
            plain.pk: plain.code,
            written.pk: "壶",
            variant.pk: f"{cup} · blue",
            nameless.pk: cup,
        }
        for sku in skus:
            sku.refresh_from_db()
            assert sku.stockrecord.product.get_title() == called[sku.pk]
