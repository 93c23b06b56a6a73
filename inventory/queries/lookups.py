"""Small reads that the apps above ask by id or code."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from inventory.models import Barcode, Channel, Sku


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a barcode stands for: so many units of a SKU."""

    sku_id: int
    quantity: int


def channel_named(code: str) -> Channel:
    """The channel with a code. Raises InvalidInput for an unknown or a closed one."""
    channel = Channel.objects.filter(code=code, active=True).first()
    if channel is None:
        raise InvalidInput(_("There is no open channel “%(code)s”.") % {"code": code})
    return channel


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """What a door needs to put a SKU into a draft."""

    sku_id: int
    stockrecord_id: int
    product_id: int
    code: str
    tax_rate: Decimal
    track_stock: bool
    performed: str

    @property
    def service(self) -> str:
        """How it is performed; empty for goods."""
        return "" if self.track_stock else self.performed


def skus_by_code(codes: Collection[str]) -> dict[str, SkuFacts]:
    """The SKUs of these codes; what is missing does not exist."""
    rows = Sku.objects.filter(code__in=codes).values_list(
        "pk", "stockrecord_id", "stockrecord__product_id", "code", "tax_rate", "track_stock", "performed"
    )
    return {row[3]: SkuFacts(*row) for row in rows}


def find_barcode(code: str) -> Scanned | None:
    """What was scanned: a packaging's or piece's barcode, or a SKU's own code. None when unknown."""
    text = code.strip()
    row = Barcode.objects.filter(code=text).values_list("sku_id", "quantity").first()
    if row:
        return Scanned(*row)
    sku_id = Sku.objects.filter(code=text).values_list("pk", flat=True).first()
    return Scanned(sku_id, 1) if sku_id else None


def sku_titles(sku_ids: Collection[int]) -> dict[int, str]:
    """What people in the warehouse call each SKU; its code stands beside it wherever it is shown.

    The titles of the shop, in the language of the moment, without reading whole products.
    """
    language = get_language() or settings.LANGUAGE_CODE
    with connection.cursor() as cursor:
        cursor.execute(_TITLES, {"skus": list(sku_ids), "language": language})
        return {sku: _title(own, family) for sku, own, family in cursor.fetchall()}


def _title(own: str, family: str | None) -> str:
    """A variant says which one of its family it is."""
    if family is None:
        return own
    return f"{family} · {own}" if own and own != family else family


_TITLE = """
    coalesce((SELECT text.title FROM catalogue_producttext text WHERE text.product_id = {0}.id
               ORDER BY text.language <> %(language)s, text.id LIMIT 1), {0}.title)"""
_TITLES = f"""
    SELECT sku.id, {_TITLE.format("product")}, {_TITLE.format("parent")}
      FROM inventory_sku sku
      JOIN partner_stockrecord record ON record.id = sku.stockrecord_id
      JOIN catalogue_product product ON product.id = record.product_id
      LEFT JOIN catalogue_product parent ON parent.id = product.parent_id AND product.structure = 'child'
     WHERE sku.id = ANY(%(skus)s)
"""  # noqa: S608 - only our own words are put in


def sku_weights(sku_ids: Collection[int]) -> dict[int, int]:
    """Grams of one unit of each SKU; 0 where nobody has weighed it."""
    rows = Sku.objects.filter(pk__in=sku_ids).values_list("pk", "weight_g")
    return {pk: weight or 0 for pk, weight in rows}


def basket_strategy(*, channel: Channel | None = None, user: Any = None, region: str | None = None) -> Any:
    """The strategy that a basket without a request needs: prices and promises of this channel."""
    # Oscar's part of it wants all apps loaded.
    from inventory.queries.strategy import Selector

    return Selector().strategy(user=user, channel=channel, region=region)
