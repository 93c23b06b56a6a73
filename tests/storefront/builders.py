"""A small shop: shelves, products with texts in both languages, goods on stock, a visitor."""

import io
from datetime import timedelta
from itertools import count
from typing import Any

from django.test import Client
from oscar.apps.address.models import Country
from PIL import Image

from core import clock
from inventory.models import Sku, Warehouse
from orders.offer.models import Benefit, Condition, ConditionalOffer, Range
from orders.voucher.models import Voucher
from storefront.catalogue.models import Category, Product
from storefront.services import write_category_text, write_product_text
from tests.builders import a_sku, a_warehouse, stocked

_running = count(1)
ADDRESS = {
    "name": "李娜",
    "phone": "13800138000",
    "province": "江西省",
    "city": "景德镇市",
    "district": "珠山区",
    "street": "瓷都大道1号",
}


def a_shop() -> Warehouse:
    """A warehouse that web orders are served from."""
    Country.objects.get_or_create(
        iso_3166_1_a2="CN", defaults={"name": "China", "printable_name": "China", "is_shipping_country": True}
    )
    return a_warehouse(province="江西省")


def a_shelf(chinese: str = "茶具", english: str = "Teaware", *, under: Category | None = None) -> Category:
    made: Category = under.add_child(name=english) if under is not None else Category.add_root(name=english)
    write_category_text(category=made, language="zh-hans", title=chinese, description="慢慢喝茶。")
    write_category_text(category=made, language="en", title=english, description="For slow tea.")
    return made


def a_piece(
    chinese: str = "青瓷茶壶",
    english: str = "Celadon teapot",
    *,
    price: str = "128.00",
    stock: int = 50,
    shelf: Category | None = None,
    warehouse: Warehouse | None = None,
    code: str = "",
    track_stock: bool = True,
    **text: Any,
) -> Sku:
    """A product that the shop sells, in both languages, on a shelf and on stock."""
    sku = a_sku(code or f"PIECE{next(_running)}", price=price, weight_g=600, track_stock=track_stock)
    product = Product.objects.get(pk=sku.stockrecord.product_id)
    if shelf is not None:
        product.categories.add(shelf)
    write_product_text(product=product, language="zh-hans", title=chinese, **text)
    write_product_text(product=product, language="en", title=english, **text)
    if stock:
        stocked(sku, warehouse or Warehouse.objects.order_by("pk").first() or a_shop(), stock)
    return sku


def product_of(sku: Sku) -> Product:
    return Product.objects.get(pk=sku.stockrecord.product_id)


def a_picture_file(width: int = 640, height: int = 480, kind: str = "JPEG", colour: str = "#7aa899") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


def a_visitor(**headers: str) -> Client:
    """A browser that sends where its forms come from, and checks what a browser's server would check."""
    return Client(enforce_csrf_checks=False, headers={"Origin": "http://testserver"} | headers)


def put(client: Client, sku: Sku, quantity: int = 1, language: str = "en") -> None:
    """Put units into the client's basket through the shop's own door."""
    answer = client.post(
        f"/{language}/basket/add/", {"product": sku.stockrecord.product_id, "quantity": quantity}
    )
    assert answer.status_code == 302, answer.content.decode()


def an_offer(name: str = "Spring", *, off: str = "10.00", **fields: Any) -> ConditionalOffer:
    """So much off the goods of an order, for everybody unless the fields say otherwise."""
    every, _ = Range.objects.get_or_create(name="Everything", includes_all_products=True)
    condition = Condition.objects.create(range=every, type=Condition.COUNT, value=1)
    benefit = Benefit.objects.create(range=every, type=Benefit.FIXED, value=off)
    defaults = {"condition": condition, "benefit": benefit, "max_basket_applications": 1}
    made: ConditionalOffer = ConditionalOffer.objects.create(name=name, **defaults | fields)
    return made


def a_code(
    code: str = "SPRINGTEA2026", *, off: str = "10.00", limit: int | None = None, **fields: Any
) -> Voucher:
    """A code that takes so much off, for anybody, as often as like unless limited."""
    offer = an_offer(f"Offer {code}", off=off, offer_type=ConditionalOffer.VOUCHER)
    now = clock.now()
    defaults = {
        "usage": Voucher.MULTI_USE,
        "start_datetime": now - timedelta(days=1),
        "end_datetime": now + timedelta(days=30),
    }
    made: Voucher = Voucher.objects.create(name=code, code=code, limit=limit, **defaults | fields)
    made.offers.add(offer)
    return made


def enter(client: Client, code: str, language: str = "en") -> str:
    """Enter a code in the basket and return the page that the shopper then sees."""
    client.get(f"/{language}/basket/")
    page: str = client.post(f"/{language}/basket/code/", {"code": code}, follow=True).content.decode()
    return page


def hidden(page: str, name: str) -> str:
    """The value of a hidden field in a page."""
    marker = f'name="{name}" value="'
    start = page.index(marker) + len(marker)
    return page[start : page.index('"', start)]


def checkout_form(client: Client, *, language: str = "en", **values: str) -> dict[str, str]:
    """A filled checkout form after the shopper has seen the total, as the page would send it."""
    data = ADDRESS | {"term": "prepaid", "agree": "on"} | values
    page = client.get(f"/{language}/checkout/").content.decode()
    data = {"token": hidden(page, "token")} | data
    seen = client.post(f"/{language}/checkout/", data | {"action": "total"}).content.decode()
    return data | {"fingerprint": hidden(seen, "fingerprint"), "action": "order"}
