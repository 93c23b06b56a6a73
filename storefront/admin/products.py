"""Goods for sale: words, pictures, variants, prices and stock of a product on one page."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.files.storage import default_storage
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.documents import DocumentAdmin, Step, may
from core.templatetags.backoffice import money
from inventory.partner.models import StockRecord
from inventory.queries import stock_rows
from storefront import services
from storefront.admin.forms import PictureForm, PriceForm, TextForm
from storefront.catalogue.models import Category, Product, ProductText, text_for

RIGHT = ("storefront.change_catalogue",)
LANGUAGES = dict(settings.LANGUAGES)


def picture_url(stem: str, width: int = 400) -> str:
    """A finished rendition of a picture."""
    return default_storage.url(f"products/{stem}-{width}.jpg") if stem else ""


def _text(request: HttpRequest, product: Product, values: dict[str, Any]) -> None:
    services.write_product_text(product=product, **values)


def _picture(request: HttpRequest, product: Product, values: dict[str, Any]) -> None:
    services.add_picture(product=product, data=values["picture"].read(), caption=values["caption"])


def _price(request: HttpRequest, product: Product, values: dict[str, Any]) -> None:
    own = StockRecord.objects.filter(Q(product=product) | Q(product__parent=product), pk=values["stock"])
    stock = get_object_or_404(own)
    services.set_price(
        product_id=stock.product_id, stockrecord_id=stock.pk, price=values["price"], by=request.user
    )


def _publish(request: HttpRequest, product: Product, values: dict[str, Any]) -> None:
    services.publish_product(product_id=product.pk, public=True, by=request.user)


def _hide(request: HttpRequest, product: Product, values: dict[str, Any]) -> None:
    services.publish_product(product_id=product.pk, public=False, by=request.user)


def _categories(request: HttpRequest, product: Product, values: dict[str, Any]) -> None:
    chosen = [int(pk) for pk in request.POST.getlist("category") if pk.isdigit()]
    services.set_categories(product_id=product.pk, category_ids=chosen)


@admin.register(Product)
class ProductAdmin(DocumentAdmin):
    list_display = ["photo", "name", "codes", "price", "public_label", "date_updated"]
    list_display_links = ["photo", "name"]
    list_filter = ["is_public", "structure", "categories"]
    list_per_page = 50
    search_fields = ["texts__title", "title", "upc", "stockrecords__partner_sku"]
    search_help_text = _("Title, code or barcode")
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/storefront/product.html"
    steps = [
        Step(
            "publish",
            _("Show in the shop"),
            RIGHT,
            _publish,
            _("It is in the shop now."),
            shown=lambda product: not product.is_public,
            primary=True,
        ),
        Step(
            "hide",
            _("Hide from the shop"),
            RIGHT,
            _hide,
            _("It is hidden. Orders that hold it go on."),
            shown=lambda product: product.is_public,
        ),
        Step("picture", _("Add a picture"), RIGHT, _picture, _("The picture is ready."), form=PictureForm),
        Step(
            "text",
            _("Save"),
            RIGHT,
            _text,
            _("Saved, and findable in the shop."),
            form=TextForm,
            in_bar=False,
        ),
        Step(
            "price",
            _("Set price"),
            RIGHT,
            _price,
            _("The price holds from now on."),
            form=PriceForm,
            in_bar=False,
        ),
        Step("categories", _("Save"), RIGHT, _categories, _("Saved."), in_bar=False),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        rows = super().get_queryset(request).exclude(structure=Product.CHILD).select_related("parent")
        return rows.prefetch_related(
            Prefetch("texts", ProductText.objects.defer("search", "description")),
            Prefetch("stockrecords", StockRecord.objects.order_by("pk")),
        )

    def heading(self, document: Product) -> str:
        return document.get_title()

    def page(self, request: HttpRequest, product: Product) -> dict[str, Any]:
        stocks = list(
            StockRecord.objects.filter(Q(product=product) | Q(product__parent=product))
            .select_related("product", "sku")
            .order_by("pk")
        )
        rows = stock_rows(sku_ids=[stock.sku.pk for stock in stocks if hasattr(stock, "sku")])
        texts = {text.language: text for text in ProductText.objects.filter(product=product)}
        here = set(product.categories.values_list("pk", flat=True))
        categories = Category.objects.prefetch_related("texts").order_by("path")
        return {
            "texts": [(code, name, texts.get(code)) for code, name in settings.LANGUAGES],
            "pictures": [
                (image, picture_url(image.stem)) for image in product.images.order_by("display_order", "pk")
            ],
            "variants": [
                (stock, [row for row in rows if hasattr(stock, "sku") and row.sku_id == stock.sku.pk])
                for stock in stocks
            ],
            "categories": [(row, flat_title(row), row.pk in here) for row in categories],
            "may_change": may(request, *RIGHT),
            "shop_url": product.get_absolute_url(),
        }

    @display(description="")
    def photo(self, product: Product) -> str:
        if not product.picture:
            return format_html('<span class="photo photo-none" title="{}">–</span>', _("no picture"))
        return format_html('<img class="photo" src="{}" alt="" loading="lazy">', picture_url(product.picture))

    @display(description=_("title"))
    def name(self, product: Product) -> str:
        return product.get_title()

    @display(description=_("code"))
    def codes(self, product: Product) -> str:
        return ", ".join(stock.partner_sku for stock in product.stockrecords.all())

    @display(description=_("price"))
    def price(self, product: Product) -> Any:
        stock = next(iter(product.stockrecords.all()), None)
        return money(stock.price, stock.price_currency) if stock else ""

    @display(description=_("shop"), label={True: "success", False: "warning"})
    def public_label(self, product: Product) -> tuple[bool, Any]:
        return product.is_public, _("in the shop") if product.is_public else _("hidden")


def flat_title(category: Category) -> str:
    """A category in a flat list: indented by its depth."""
    text = text_for(category)
    return f"{'— ' * (category.depth - 1)}{text.title if text else category.name}"
