"""Everything that a product's page shows, in a fixed number of queries."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, override

from core.money import ZERO
from inventory.queries.strategy import Promised
from storefront.catalogue.models import Product, ProductCategory, ProductImage, ProductText, text_for
from storefront.queries.cards import Card, make_cards, public_texts, read_offers
from storefront.rules.prices import price_text

RELATED = 4


@dataclass(frozen=True, slots=True)
class Variant:
    """Something that can be put into the basket."""

    pk: int
    title: str
    price: str
    amount: Any
    currency: str
    units: int
    label: str
    stock: str


@dataclass(frozen=True, slots=True)
class Picture:
    stem: str
    width: int
    height: int
    caption: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    pk: int
    slug: str
    title: str
    summary: str
    paragraphs: list[str]
    details: list[tuple[str, str]]
    price: str
    has_range: bool
    pictures: list[Picture]
    variants: list[Variant]
    is_family: bool
    category_ids: list[int]
    related: list[Card]
    addresses: dict[str, str]

    @property
    def for_sale(self) -> bool:
        return any(variant.units > 0 for variant in self.variants)

    @property
    def path(self) -> str:
        return self.addresses[get_language() or ""]


def read_product(pk: int) -> ProductPage | None:
    """A public product with its variants, pictures and neighbours; None when there is none to see."""
    family = _family(pk)
    product = family.get(pk)
    if product is None or not product.is_public or product.parent_id:
        return None
    text = text_for(product)
    if text is None:
        return None
    categories = list(ProductCategory.objects.filter(product=pk).values_list("category_id", flat=True))
    neighbours = _neighbours(pk, categories)
    members = [member for member in family.values() if member.pk != pk and member.is_public]
    offers = read_offers([pk, *(neighbour.product_id for neighbour in neighbours)])
    offer = offers.get(pk)
    return ProductPage(
        pk=pk,
        slug=text.slug,
        title=text.title,
        summary=text.summary,
        paragraphs=[line.strip() for line in text.description.splitlines() if line.strip()],
        details=[(label, value) for label, value in text.details],
        price=price_text(offer.lowest, offer.currency) if offer else "",
        has_range=bool(offer and offer.lowest != offer.highest),
        pictures=_pictures(product),
        variants=[_variant(member, offer) for member in members or [product]] if offer else [],
        is_family=bool(members),
        category_ids=categories,
        related=make_cards(neighbours, offers),
        addresses=_addresses(product),
    )


def _family(pk: int) -> dict[int, Any]:
    """The product and its variants with all their texts, by one query."""
    family: dict[int, Any] = {}
    rows = ProductText.objects.filter(Q(product=pk) | Q(product__parent=pk)).select_related("product")
    for row in rows.order_by("product_id", "pk"):
        member = family.setdefault(row.product_id, row.product)
        cache = member.__dict__.setdefault("_prefetched_objects_cache", {})
        if "texts" not in cache:
            texts = member.texts.all()
            texts._result_cache = []
            cache["texts"] = texts
        cache["texts"]._result_cache.append(row)
    return family


def _neighbours(pk: int, categories: list[int]) -> list[Any]:
    if not categories:
        return []
    near = ProductCategory.objects.filter(category__in=categories).exclude(product=pk).values("product")
    return list(public_texts().filter(product__in=near).order_by("-product_id")[:RELATED])


def _pictures(product: Product) -> list[Picture]:
    images = ProductImage.objects.filter(product=product).exclude(stem="").order_by("display_order", "pk")
    return [Picture(image.stem, image.width, image.height, image.caption) for image in images]


def _variant(member: Any, offer: Any) -> Variant:
    price, policy = offer.by_product.get(member.pk, (ZERO, Promised(0)))
    text = text_for(member)
    return Variant(
        pk=member.pk,
        title=text.title if text else member.title,
        price=price_text(price, offer.currency),
        amount=price,
        currency=offer.currency,
        units=policy.num_available,
        label=policy.message,
        stock=policy.code,
    )


def _addresses(product: Any) -> dict[str, str]:
    found = {}
    for text in product.texts.all():
        with override(text.language):
            found[text.language] = reverse("shop:product", kwargs={"slug": text.slug, "pk": product.pk})
    return found
