"""What Oscar asks per product, answered from our own promise and tax: price and availability.

A strategy lives as long as one request, and promises are looked up once per SKU. A page of products
calls `prime` first, so that it costs one look-up and not one per card.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from oscar.apps.partner import availability, prices
from oscar.apps.partner import strategy as oscar_strategy
from oscar.apps.partner.strategy import PurchaseInfo

from core.money import tax_in
from inventory.models import Channel, Sku
from inventory.queries.promises import promise

FEW = 10  # from here on down the shopper is told how many are left


class Promised(availability.Base):
    """As many as the channel is promised now. `num_available` is what basket code reads.

    Asked for only when somebody reads it: pricing an order that is being placed needs no advice,
    because the reservation decides. What is not `counted`, a service, is never said to lie in stock.
    """

    def __init__(self, units: int | Callable[[], int], *, counted: bool = True) -> None:
        self._units, self._counted = units, counted

    @cached_property
    def num_available(self) -> int:
        return self._units if isinstance(self._units, int) else self._units()

    @property
    def code(self) -> str:
        if self.num_available <= 0:
            return "outofstock"
        if not self._counted:
            return "available"
        return "lowstock" if self.num_available <= FEW else "instock"

    @property
    def message(self) -> str:
        words = {
            "outofstock": _("Sold out"),
            "lowstock": _("Only %(units)s left") % {"units": self.num_available},
            "instock": _("In stock"),
            "available": pgettext("a service", "Available"),
        }
        return words[self.code]

    def is_purchase_permitted(self, quantity: int) -> tuple[bool, str]:
        if self.num_available <= 0:
            return False, _("This item is sold out.")
        if quantity > self.num_available:
            return False, _("Only %(units)s of this item can be bought.") % {"units": self.num_available}
        return True, ""


class ShopStrategy(oscar_strategy.UseFirstStockRecord, oscar_strategy.Structured):
    """Prices and promises of one channel. Stock-record prices are what the shopper pays, tax included."""

    def __init__(
        self, request: Any = None, *, channel: Channel | None = None, region: str | None = None
    ) -> None:
        super().__init__(request)
        self.region = region
        self._channel = channel
        self._skus: dict[int, Sku | None] = {}
        self._promised: dict[int, int] = {}

    @property
    def channel(self) -> Channel:
        """The channel that is served; the web shop unless told otherwise."""
        if self._channel is None:
            self._channel = Channel.objects.get(code="web")
        return self._channel

    def prime(self, products: Iterable[Any]) -> None:
        """Look up the SKUs and promises of all these products, and of their variants, at once.

        Prefetch `stockrecords` (and `children__stockrecords` for parents): they are read here.
        """
        records = []
        for product in products:
            for each in product.children.all() if product.is_parent else [product]:
                records += [record.pk for record in each.stockrecords.all()]
        self._look_up(records)

    def prime_lines(self, lines: Iterable[Any]) -> None:
        """The same for a basket's lines, whose stock records and SKUs are loaded already."""
        self._remember({line.stockrecord_id: line.stockrecord.sku for line in lines if line.stockrecord})

    def fetch_for_line(self, line: Any, stockrecord: Any = None) -> PurchaseInfo:
        """Reuse the line's stock record; Oscar would look it up again (5 to 15 queries a page)."""
        return self.fetch_for_product(line.product, stockrecord or line.stockrecord)

    def pricing_policy(self, product: Any, stockrecord: Any) -> prices.Base:
        sku = self._sku(stockrecord)
        if sku is None or stockrecord.price is None:
            return prices.Unavailable()
        tax = tax_in(stockrecord.price, sku.tax_rate)
        return prices.TaxInclusiveFixedPrice(
            currency=stockrecord.price_currency, excl_tax=stockrecord.price - tax, tax=tax
        )

    def availability_policy(self, product: Any, stockrecord: Any) -> availability.Base:
        sku = self._sku(stockrecord)
        if sku is None:
            return availability.Unavailable()
        return Promised(lambda: self._units(sku.pk), counted=sku.track_stock)

    def parent_pricing_policy(self, product: Any, children_stock: Any) -> prices.Base:
        """The lowest price among the variants."""
        self._look_up(record.pk for _child, record in children_stock if record)
        known = [self.pricing_policy(child, record) for child, record in children_stock if record]
        known = [price for price in known if price.exists]
        return min(known, key=lambda price: price.incl_tax) if known else prices.Unavailable()

    def parent_availability_policy(self, product: Any, children_stock: Any) -> availability.Base:
        """Available while one variant is; how many is the variants' matter."""
        self._look_up(record.pk for _child, record in children_stock if record)
        policies = [self.availability_policy(child, record) for child, record in children_stock]
        return max(policies, key=lambda policy: getattr(policy, "num_available", 0), default=Promised(0))

    def _sku(self, stockrecord: Any) -> Sku | None:
        if stockrecord is None:
            return None
        self._look_up([stockrecord.pk])
        return self._skus[stockrecord.pk]

    def _look_up(self, stockrecord_ids: Iterable[int]) -> None:
        new = [pk for pk in stockrecord_ids if pk not in self._skus]
        if not new:
            return
        found = {sku.stockrecord_id: sku for sku in Sku.objects.filter(stockrecord__in=new)}
        self._remember({pk: found.get(pk) for pk in new})

    def _remember(self, skus: dict[int, Sku | None]) -> None:
        self._skus |= skus

    def _units(self, sku_id: int) -> int:
        """The promise, looked up at once for every SKU that this strategy has met so far."""
        if sku_id not in self._promised:
            met = {sku.pk for sku in self._skus.values() if sku is not None} - self._promised.keys()
            promises = promise(sku_ids=met, channel=self.channel, region=self.region)
            self._promised |= {sku: each.units for sku, each in promises.items()}
        return self._promised[sku_id]


class Selector:
    """Oscar's door to the strategy of a request."""

    def strategy(
        self,
        request: Any = None,
        user: Any = None,
        *,
        channel: Channel | None = None,
        region: str | None = None,
        **kwargs: Any,
    ) -> ShopStrategy:
        return ShopStrategy(request, channel=channel, region=region)
