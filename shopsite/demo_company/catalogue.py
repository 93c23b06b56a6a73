"""Puts the goods on the shelves: categories, texts in both languages, pictures, SKUs, barcodes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from inventory.models import Barcode, Sku
from inventory.partner.models import Partner, StockRecord
from shopsite.demo_company.goods import CATEGORIES, ITEMS, SERVICES, Category, Item, Service
from storefront.catalogue.models import Category as ShopCategory
from storefront.catalogue.models import Product, ProductCategory, ProductClass, ProductImage
from storefront.services import add_picture, write_category_text, write_product_text

PICTURES = Path(__file__).parent / "pictures"


def write_catalogue(*, pictures: bool = True) -> list[Sku]:
    """All products with everything a shopper sees. Safe to call again: what is there stays."""
    kind, _made = ProductClass.objects.get_or_create(
        slug="goods", defaults={"name": "商品", "track_stock": True}
    )
    partner, _made = Partner.objects.get_or_create(code="house", defaults={"name": "青原陶瓷"})
    known = set(Sku.objects.values_list("code", flat=True))
    shelves = {category.zh: _shelf(category) for category in CATEGORIES}
    for service in SERVICES:  # before the goods: a shelf shows what came last first
        if service.code not in known:
            _write_service(service, shelves[service.shelf], partner)
    for category in CATEGORIES:
        for entry in category.items:
            if entry.code not in known:
                _write(entry, category, shelves[category.zh], kind, partner)
    if pictures:
        _hang_pictures()
    return list(Sku.objects.order_by("pk"))


def barcode(number: int, *, carton: bool = False) -> str:
    """An EAN-13 of the house's own range, or the EAN of a carton, with a valid check digit."""
    digits = f"690{'78' if carton else '77'}{number:07d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def _shelf(category: Category) -> ShopCategory:
    shelf = ShopCategory.objects.filter(name=category.zh).first() or ShopCategory.add_root(name=category.zh)
    write_category_text(category=shelf, language="zh-hans", title=category.zh, description=category.about_zh)
    write_category_text(category=shelf, language="en", title=category.en, description=category.about_en)
    return shelf


@transaction.atomic
def _write(entry: Item, category: Category, shelf: ShopCategory, kind: Any, partner: Any) -> None:
    product = Product.objects.create(
        title=entry.zh, upc=barcode(_number(entry)), product_class=kind, structure=Product.STANDALONE
    )
    ProductCategory.objects.create(product=product, category=shelf)
    record = StockRecord.objects.create(
        product=product, partner=partner, partner_sku=entry.code, price=entry.price, price_currency="CNY"
    )
    length, width, height = entry.size_mm
    sku = Sku.objects.create(
        stockrecord=record,
        code=entry.code,
        brand=category.brand,
        weight_g=entry.weight_g,
        length_mm=length,
        width_mm=width,
        height_mm=height,
    )
    number = _number(entry)
    Barcode.objects.bulk_create(
        [
            Barcode(code=barcode(number), sku=sku, quantity=1),
            Barcode(code=barcode(number, carton=True), sku=sku, quantity=entry.carton),
        ]
    )
    _write_texts(entry, category, product)


@transaction.atomic
def _write_service(service: Service, shelf: ShopCategory, partner: Any) -> None:
    kind, _made = ProductClass.objects.get_or_create(
        slug="service", defaults={"name": "服务", "track_stock": False, "requires_shipping": False}
    )
    product = Product.objects.create(title=service.zh, product_class=kind, structure=Product.STANDALONE)
    ProductCategory.objects.create(product=product, category=shelf)
    record = StockRecord.objects.create(
        product=product, partner=partner, partner_sku=service.code, price=service.price, price_currency="CNY"
    )
    Sku.objects.create(stockrecord=record, code=service.code, track_stock=False, performed=service.performed)
    for language, title, about in (
        ("zh-hans", service.zh, service.about_zh),
        ("en", service.en, service.about_en),
    ):
        write_product_text(
            product=product, language=language, title=title, summary=about, description=about, details=[]
        )


def _write_texts(entry: Item, category: Category, product: Product) -> None:
    size = " × ".join(f"{side / 10:g}" for side in entry.size_mm)
    chinese = [("品牌", category.brand), ("材质", category.material_zh), ("包装尺寸", f"{size} 厘米"),
               ("含包装重量", f"{entry.weight_g / 1000:g} 千克"), ("保养", category.care_zh)]  # fmt: skip
    english = [("Series", entry.en.split(" ")[0]), ("Material", category.material_en),
               ("Packed size", f"{size} cm"), ("Packed weight", f"{entry.weight_g / 1000:g} kg"),
               ("Care", category.care_en)]  # fmt: skip
    if entry.capacity_ml:
        chinese.insert(2, ("容量", f"{entry.capacity_ml} 毫升"))
        english.insert(2, ("Capacity", f"{entry.capacity_ml} ml"))
    write_product_text(
        product=product,
        language="zh-hans",
        title=entry.zh,
        summary=entry.about_zh,
        description=f"{entry.about_zh}\n{category.about_zh}\n出厂前逐件检验，破损包赔。",
        details=chinese,
    )
    write_product_text(
        product=product,
        language="en",
        title=entry.en,
        summary=entry.about_en,
        description=f"{entry.about_en}\n{category.about_en}\nEvery piece is checked before it leaves"
        " the house; what breaks on the way is replaced.",
        details=english,
    )


def _hang_pictures() -> None:
    bare = Product.objects.exclude(pk__in=ProductImage.objects.values("product")).order_by("pk")
    waiting = [(product, record.partner_sku) for product in bare for record in product.stockrecords.all()]

    def hang(job: tuple[Product, str]) -> None:
        product, code = job
        file = PICTURES / f"{code}.webp"
        if file.exists():
            add_picture(product=product, data=file.read_bytes(), caption=product.title)

    def work(jobs: list[tuple[Product, str]]) -> None:
        try:
            for job in jobs:
                hang(job)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as hands:  # encoders leave the interpreter free
        list(hands.map(work, [waiting[::2], waiting[1::2]]))


def _number(entry: Item) -> int:
    return ITEMS.index(entry) + 1
