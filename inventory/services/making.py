"""SKUs and channels that an import may make. Nobody has written their pages yet, so no shop shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.apps import apps
from django.db import transaction
from django.utils.text import slugify

from inventory.models import Channel, Sku
from inventory.models.skus import default_tax_rate
from inventory.partner.models import Partner, StockRecord  # type: ignore[attr-defined]  # Oscar declares them at run time

PARTNER = "us"


@dataclass(frozen=True, slots=True)
class NewSku:
    """What is known of it. A service (`track_stock` False) is never out of stock."""

    code: str
    title: str
    price: Decimal
    track_stock: bool = True
    tax_rate: Decimal | None = None


@transaction.atomic
def create_skus(*, items: Sequence[NewSku], currency: str) -> int:
    """Make those SKUs that do not exist, with a product that is not public; how many were made."""
    there = set(Sku.objects.filter(code__in=[item.code for item in items]).values_list("code", flat=True))
    wanted = {item.code: item for item in items if item.code not in there}
    if not wanted:
        return 0
    product = apps.get_model("catalogue", "Product")
    kind, _made = apps.get_model("catalogue", "ProductClass").objects.get_or_create(
        slug="imported", defaults={"name": "Imported", "requires_shipping": True, "track_stock": False}
    )
    partner, _made = Partner.objects.get_or_create(code=PARTNER, defaults={"name": PARTNER})
    products = product.objects.bulk_create(
        product(
            title=(item.title or item.code)[:255],
            slug=slugify(item.title or item.code)[:255] or "sku",
            product_class=kind,
            is_public=False,
        )
        for item in wanted.values()
    )
    records = StockRecord.objects.bulk_create(
        StockRecord(
            product=made,
            partner=partner,
            partner_sku=item.code,
            price=item.price,
            price_currency=currency,
        )
        for made, item in zip(products, wanted.values(), strict=True)
    )
    Sku.objects.bulk_create(
        Sku(
            stockrecord=record,
            code=item.code,
            track_stock=item.track_stock,
            tax_rate=default_tax_rate() if item.tax_rate is None else item.tax_rate,
        )
        for record, item in zip(records, wanted.values(), strict=True)
    )
    return len(wanted)


def create_channel(*, code: str) -> Channel:
    """The channel of this code, made where there is none; it is served last until somebody ranks it."""
    channel, _made = Channel.objects.get_or_create(code=code, defaults={"name": code, "priority": 90})
    return channel
