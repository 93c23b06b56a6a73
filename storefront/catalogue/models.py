"""The catalogue: Oscar's products and categories, with texts per language and pictures ready to send.

A text row exists for every product and every language of the shop, so that a list is one query without
fallbacks; a row that nobody has written yet is borrowed from another language and says so.
"""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from oscar.apps.catalogue.abstract_models import AbstractCategory, AbstractProduct, AbstractProductImage


def text_for(owner: Any, language: str | None = None) -> Any:
    """The row of `owner.texts` in this language, else in any. Reads what was prefetched."""
    language = language or get_language() or settings.LANGUAGE_CODE
    texts = list(owner.texts.all()) if owner.pk else []
    return next((text for text in texts if text.language == language), texts[0] if texts else None)


class Category(AbstractCategory):
    def get_absolute_url(self) -> str:
        text = text_for(self)
        return reverse("shop:category", kwargs={"slug": text.slug if text else self.slug, "pk": self.pk})


class Product(AbstractProduct):
    """`picture` is the stem of the main picture's files, kept here so that a list needs no join."""

    picture = models.CharField(_("main picture"), max_length=64, blank=True, default="")
    picture_width = models.PositiveIntegerField(default=0)
    picture_height = models.PositiveIntegerField(default=0)

    def get_title(self) -> str:
        """The title in the language of the moment; a variant says which one it is."""
        own = self._own_title()
        if self.is_child and self.parent is not None:
            family = self.parent.get_title()
            return f"{family} · {own}" if own and own != family else family
        return own

    def _own_title(self) -> str:
        """A text is long: where the rows were not read anyway, the titles alone are."""
        if "texts" in getattr(self, "_prefetched_objects_cache", ()):
            text = text_for(self)
            return text.title if text else self.title
        language = get_language() or settings.LANGUAGE_CODE
        titles = dict(self.texts.order_by("pk").values_list("language", "title")) if self.pk else {}
        return titles.get(language) or next(iter(titles.values()), self.title)

    def get_absolute_url(self) -> str:
        page = self.parent if self.is_child and self.parent is not None else self
        text = text_for(page)
        return reverse("shop:product", kwargs={"slug": text.slug if text else page.slug, "pk": page.pk})


class ProductImage(AbstractProductImage):
    """`stem` names the finished renditions: `<stem>-<width>.<avif|webp|jpg>`."""

    stem = models.CharField(_("file stem"), max_length=64, blank=True, default="")
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)


class Text(models.Model):
    language = models.CharField(_("language"), max_length=10)
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=200, allow_unicode=True)
    description = models.TextField(_("description"), blank=True, default="")
    borrowed = models.BooleanField(_("taken from another language"), default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"


class CategoryText(Text):
    category = models.ForeignKey(Category, models.CASCADE, related_name="texts")

    class Meta:
        verbose_name = _("text of a category")
        verbose_name_plural = _("texts of categories")
        constraints = [
            models.UniqueConstraint(fields=["category", "language"], name="catalogue_category_text"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(slug=""), name="catalogue_category_text_full"),
        ]


class ProductText(Text):
    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="texts")
    card_title = models.CharField(_("short title for cards"), max_length=60)
    summary = models.CharField(_("one line about it"), max_length=160, blank=True, default="")
    details = models.JSONField(_("facts as pairs of label and value"), default=list, blank=True)
    search = SearchVectorField(null=True, editable=False)

    class Meta:
        verbose_name = _("text of a product")
        verbose_name_plural = _("texts of products")
        constraints = [
            models.UniqueConstraint(fields=["product", "language"], name="catalogue_product_text"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(slug=""), name="catalogue_product_text_full"),
        ]
        indexes = [GinIndex(fields=["search"], name="catalogue_text_search")]


from oscar.apps.catalogue.models import *  # noqa: E402, F403
