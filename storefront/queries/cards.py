"""Product cards as data: link, short title, price text, picture and availability, a page at a time (R14)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import get_language

from inventory.partner.models import StockRecord
from inventory.queries import channel_named, promise
from inventory.queries.strategy import Promised
from storefront.catalogue.models import ProductCategory, ProductText
from storefront.rules.prices import price_text

PAGE: Final = 24
SORTS: Final = ("new", "price", "-price")


@dataclass(frozen=True, slots=True)
class Card:
    path: str
    title: str
    summary: str
    price: str
    has_range: bool  # variants differ in price: "from"
    picture: str
    width: int
    height: int
    label: str
    stock: str  # instock, lowstock, outofstock, available (a service), unavailable


@dataclass(frozen=True, slots=True)
class PagedCards:
    cards: list[Card]
    total: int
    page: int
    pages: int

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


@dataclass(frozen=True, slots=True)
class Offer:
    """Price and promise of one product with all its variants."""

    lowest: Decimal
    highest: Decimal
    currency: str
    promised: Promised
    by_product: dict[int, tuple[Decimal, Promised]] = field(default_factory=dict)


def public_texts() -> QuerySet[Any]:
    """The texts of what may be seen in lists, in the language of the page."""
    return ProductText.objects.filter(
        language=get_language(), product__is_public=True, product__parent__isnull=True
    ).select_related("product")


def list_cards(
    texts: QuerySet[Any] | None = None,
    *,
    category: str = "",
    sort: str = "new",
    page: int = 1,
    per_page: int = PAGE,
    counted: bool = True,
) -> PagedCards:
    """One page of cards. `category` is a place in the tree, `sort` one of SORTS (anything else: newest)."""
    rows = public_texts() if texts is None else texts
    if category:
        members = ProductCategory.objects.filter(category__path__startswith=category)
        rows = rows.filter(product__in=members.values("product"))
    total = rows.count() if counted else per_page
    pages = max(1, -(-total // per_page))
    page = min(max(1, page), pages)
    rows = _sorted(rows, sort)[(page - 1) * per_page : page * per_page]
    return PagedCards(make_cards(list(rows)), total, page, pages)


def make_cards(texts: list[Any], offers: "dict[int, Offer] | None" = None) -> list[Card]:
    """Cards of these texts, in their order, with prices and promises looked up together."""
    if offers is None:
        offers = read_offers(text.product_id for text in texts)
    base = reverse("shop:home") + "products/"
    return [_card(text, base, offers.get(text.product_id)) for text in texts]


def read_offers(product_ids: Iterable[int]) -> dict[int, Offer]:
    """What each product costs and how many are promised; variants count for their family."""
    ids = list(product_ids)
    if not ids:
        return {}
    rows = list(
        StockRecord.objects.filter(
            Q(product__in=ids) | Q(product__parent__in=ids, product__is_public=True),
            price__isnull=False,
            sku__isnull=False,
        ).values_list(
            "product_id", "product__parent_id", "price", "price_currency", "sku__id", "sku__track_stock"
        )
    )
    promises = promise(sku_ids=[row[4] for row in rows], channel=channel_named("web"))
    found: dict[int, list[tuple[int, Decimal, str, Promised]]] = {}
    for product_id, parent_id, price, currency, sku_id, counted in rows:
        entry = (product_id, price, currency, Promised(promises[sku_id].units, counted=counted))
        for owner in {product_id, parent_id or product_id}:
            found.setdefault(owner, []).append(entry)
    return {
        owner: Offer(
            lowest=min(price for _pk, price, _c, _p in entries),
            highest=max(price for _pk, price, _c, _p in entries),
            currency=entries[0][2],
            promised=max((each for *_rest, each in entries), key=lambda each: each.num_available),
            by_product={pk: (price, each) for pk, price, _c, each in entries},
        )
        for owner, entries in found.items()
    }


def _card(text: Any, base: str, offer: Offer | None) -> Card:
    product = text.product
    policy = offer.promised if offer else None
    return Card(
        path=f"{base}{text.slug}-{product.pk}/",
        title=text.card_title,
        summary=text.summary,
        price=price_text(offer.lowest, offer.currency) if offer else "",
        has_range=bool(offer and offer.lowest != offer.highest),
        picture=product.picture,
        width=product.picture_width,
        height=product.picture_height,
        label=policy.message if policy else "",
        stock=policy.code if policy else "unavailable",
    )


def _sorted(rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    if sort not in ("price", "-price"):
        return rows if sort == "given" else rows.order_by("-product_id")
    own = StockRecord.objects.filter(product=OuterRef("product")).values("price")[:1]
    cheapest = (
        StockRecord.objects.filter(product__parent=OuterRef("product"))
        .values("product__parent")
        .annotate(least=Min("price"))
        .values("least")
    )
    rows = rows.annotate(price=Coalesce(Subquery(own), Subquery(cheapest)))
    return rows.order_by(sort, "-product_id")
