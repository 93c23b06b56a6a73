"""The category tree as a flat indented list; words are edited on a category's page."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.documents import DocumentAdmin, Step, may
from storefront import services
from storefront.admin.forms import CategoryTextForm
from storefront.admin.products import RIGHT, flat_title
from storefront.catalogue.models import Category, CategoryText


def _text(request: HttpRequest, category: Category, values: dict[str, Any]) -> None:
    services.write_category_text(category=category, **values)


@admin.register(Category)
class CategoryAdmin(DocumentAdmin):
    list_display = ["indented", "products", "is_public"]
    search_fields = ["texts__title", "name"]
    ordering = ["path"]
    list_per_page = 200
    show_full_result_count = False
    page_template = "backoffice/storefront/category.html"
    steps = [Step("text", _("Save"), RIGHT, _text, _("Saved."), form=CategoryTextForm, in_bar=False)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        rows = super().get_queryset(request).annotate(product_count=Count("product", distinct=True))
        return rows.prefetch_related("texts")

    def heading(self, document: Category) -> str:
        return flat_title(document).replace("— ", "")

    def page(self, request: HttpRequest, category: Category) -> dict[str, Any]:
        texts = {text.language: text for text in CategoryText.objects.filter(category=category)}
        return {
            "texts": [(code, name, texts.get(code)) for code, name in settings.LANGUAGES],
            "may_change": may(request, *RIGHT),
            "products": category.product_set.prefetch_related("texts").order_by("-pk")[:50],
        }

    @display(description=_("category"))
    def indented(self, category: Category) -> str:
        return flat_title(category)

    @display(description=_("products"))
    def products(self, category: Any) -> int:
        return category.product_count
