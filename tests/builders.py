"""Orders and goods that tests of several apps stand on."""

from decimal import Decimal
from itertools import count

from django.db.models import F
from oscar.apps.partner.models import Partner, StockRecord

from core import clock
from core.entities import default_entity
from core.money import tax_in
from inventory.models import Channel, Sku, Warehouse, WarehouseGroup
from inventory.services import Opened, open_stock
from orders.order.models import Line, Order
from storefront.catalogue.models import Product, ProductClass
from tests.crm.builders import a_customer

_running = count(1)


def a_channel(code: str = "web") -> Channel:
    """One of the channels that the migration made."""
    return Channel.objects.get(code=code)


def a_warehouse(code: str = "", **fields) -> Warehouse:
    code = code or f"wh{next(_running)}"
    defaults = {"name": code, "group": WarehouseGroup.objects.get(code="main"), "entity": default_entity()}
    return Warehouse.objects.create(code=code, **defaults | fields)


def a_sku(code: str = "", *, price: str = "20.00", **fields) -> Sku:
    """A product with its stock record and SKU; one partner: us."""
    code = code or f"sku{next(_running)}"
    kind, _ = ProductClass.objects.get_or_create(name="Goods")
    partner, _ = Partner.objects.get_or_create(code="us", defaults={"name": "us"})
    product = Product.objects.create(title=code, product_class=kind)
    record = StockRecord.objects.create(
        product=product, partner=partner, partner_sku=code, price=Decimal(price), price_currency="CNY"
    )
    return Sku.objects.create(stockrecord=record, code=code, **fields)


def stocked(sku: Sku, warehouse: Warehouse, quantity: int, unit_cost: str = "8.00") -> Sku:
    open_stock([Opened(sku.pk, warehouse.pk, quantity, Decimal(unit_cost))])
    return sku


def an_order(*, status: str = "in_review", **fields) -> Order:
    """A bare order row that somebody is reviewing, without lines or money."""
    return Order.objects.create(
        **{
            "number": f"T{next(_running)}",
            "status": status,
            "currency": "CNY",
            "total_incl_tax": Decimal("0.00"),
            "total_excl_tax": Decimal("0.00"),
            "date_placed": clock.now(),
            "term": Order.Term.PREPAID,
            "entity": default_entity(),
            "channel": fields.get("channel") or a_channel(),
            "customer": fields.get("customer") or a_customer(),
        }
        | fields
    )


def a_line(sku: Sku, quantity: int = 1, *, order: Order | None = None, price: str = "20.00") -> Line:
    """A line that asks for goods, in an order of its own unless one is given.

    It names no SKU of its own, so stock services can be tried on it without a whole order being true.
    """
    gross = Decimal(price) * quantity
    order = order or an_order()
    Order.objects.filter(pk=order.pk).update(total_incl_tax=F("total_incl_tax") + gross)
    return Line.objects.create(
        order=order,
        partner=sku.stockrecord.partner,
        partner_name="us",
        partner_sku=sku.code,
        stockrecord=sku.stockrecord,
        product=sku.stockrecord.product,
        title=sku.code,
        tax_rate=sku.tax_rate,
        tax_amount=tax_in(gross, sku.tax_rate),
        gross=gross,
        num_allocated=0,
        quantity=quantity,
        line_price_incl_tax=gross,
        line_price_excl_tax=gross - tax_in(gross, sku.tax_rate),
        line_price_before_discounts_incl_tax=gross,
        line_price_before_discounts_excl_tax=gross,
        unit_price_incl_tax=Decimal(price),
        unit_price_excl_tax=Decimal(price),
    )
