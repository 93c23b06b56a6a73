"""What a product or category is called and what is said about it, in each language of the shop."""

from collections.abc import Iterable, Sequence
from typing import Any

import nh3
from django.conf import settings
from django.db import connection, transaction

from core.errors import InvalidInput
from storefront.catalogue.models import Category, CategoryText, Product, ProductText
from storefront.rules.search import Weight, vector_literal
from storefront.rules.slugs import slug_of
from storefront.services.kept_pages import forget_pages

CARD_TITLE = 30  # characters; a card shows two lines


def write_product_text(
    *,
    product: Product,
    language: str,
    title: str,
    summary: str = "",
    description: str = "",
    details: Sequence[tuple[str, str]] = (),
    slug: str = "",
) -> ProductText:
    """Set what is said about a product in one language and make it findable.

    Markup is taken out of the description: paragraphs are lines. Languages that nobody has written yet
    borrow this text. Raises InvalidInput for an unknown language or an empty title.
    """
    values = {
        **_checked(language, title, slug, description),
        "card_title": _short(title),
        "summary": nh3.clean(summary, tags=set())[:160],
        "details": [[str(label), str(value)] for label, value in details],
    }
    with transaction.atomic():
        text = _write(ProductText, {"product": product}, language, values)
        index_texts(product_ids=[product.pk])
        forget_pages()
    return text


def write_category_text(
    *, category: Category, language: str, title: str, description: str = "", slug: str = ""
) -> CategoryText:
    """Set a category's name and description in one language; unwritten languages borrow it."""
    with transaction.atomic():
        forget_pages()
        return _write(
            CategoryText, {"category": category}, language, _checked(language, title, slug, description)
        )


def index_texts(*, product_ids: Iterable[int] | None = None) -> int:
    """Build the search vectors of these products, or of all, anew. Returns how many rows were written."""
    texts = ProductText.objects.select_related("product__parent").order_by("product_id", "pk")
    if product_ids is not None:
        ids = list(product_ids)
        texts = texts.filter(product_id__in=ids)
    products: dict[int, list[ProductText]] = {}
    for text in texts:
        products.setdefault(text.product_id, []).append(text)
    codes, groups = _codes(products), _category_names(products)
    rows = [
        (text.pk, vector_literal(_fields(text, siblings, codes.get(pk, ""), groups.get(pk, ""))))
        for pk, siblings in products.items()
        for text in siblings
    ]
    with connection.cursor() as cursor:
        # One statement: the audit trail's context does not go with executemany.
        cursor.execute(
            "UPDATE catalogue_producttext AS text SET search = row.literal::tsvector"
            " FROM unnest(%s::bigint[], %s::text[]) AS row (id, literal) WHERE text.id = row.id",
            [[pk for pk, _literal in rows], [literal for _pk, literal in rows]],
        )
    return len(rows)


def _checked(language: str, title: str, slug: str, description: str) -> dict[str, Any]:
    title = " ".join(title.split())
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput(f"The shop does not speak “{language}”. Use one of its languages.")
    if not title:
        raise InvalidInput("A text needs a title. Enter what the shopper shall read.")
    return {
        "title": title[:200],
        "slug": slug_of(slug or title),
        "description": nh3.clean(description, tags=set()).strip(),
    }


def _write(model: Any, owner: dict[str, Any], language: str, values: dict[str, Any]) -> Any:
    text, _made = model.objects.update_or_create(
        **owner, language=language, defaults=values | {"borrowed": False}
    )
    for other, _name in settings.LANGUAGES:
        if other == language:
            continue
        row, made = model.objects.get_or_create(**owner, language=other, defaults=values | {"borrowed": True})
        if not made and row.borrowed:
            model.objects.filter(pk=row.pk).update(**values)
    return text


def _short(title: str) -> str:
    title = " ".join(title.split())
    return title if len(title) <= CARD_TITLE * 2 else title[: CARD_TITLE * 2 - 1].rstrip() + "…"


def _fields(
    text: ProductText, siblings: list[ProductText], codes: str, groups: str
) -> list[tuple[Weight, str]]:
    others = " ".join(other.title for other in siblings if other.pk != text.pk)
    facts = " ".join(value for _label, value in text.details)
    return [
        ("A", text.title),
        ("B", f"{text.summary} {facts}"),
        ("B", f"{codes} {groups}"),
        ("C", others),
        ("D", text.description),
    ]


def _codes(products: Iterable[int]) -> dict[int, str]:
    from inventory.partner.models import StockRecord

    codes: dict[int, str] = {}
    rows = StockRecord.objects.filter(product__in=list(products)).values_list("product_id", "partner_sku")
    for product_id, code in rows:
        codes[product_id] = f"{codes.get(product_id, '')} {code}"
    return codes


def _category_names(products: Iterable[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    rows = CategoryText.objects.filter(category__product__in=list(products)).values_list(
        "category__product", "title"
    )
    for product_id, title in rows:
        names[product_id] = f"{names.get(product_id, '')} {title}"
    return names
