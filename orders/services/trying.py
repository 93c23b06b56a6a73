"""A promotion that does not exist yet, tried on a basket that nobody has: priced as an order would be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.money import ZERO
from inventory.queries import skus_by_code
from orders.basket.models import Basket
from orders.errors import BadPromotion, NothingToOrder
from orders.rules.draft import DraftLine
from orders.rules.promotions import Door, Wish, problems_of
from orders.services.checkout import price_lines
from orders.services.promotions import WORDS, strange_skus, write_promotion
from orders.voucher.models import Voucher


@dataclass(frozen=True, slots=True)
class TriedLine:
    """One line: what this promotion takes off it, and what others do that run now."""

    code: str
    title: str
    quantity: int
    before: Decimal
    off: Decimal
    others: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Trial:
    lines: tuple[TriedLine, ...]

    @property
    def before(self) -> Decimal:
        return sum((line.before for line in self.lines), ZERO)

    @property
    def off(self) -> Decimal:
        return sum((line.off for line in self.lines), ZERO)

    @property
    def others(self) -> Decimal:
        return sum((line.others for line in self.lines), ZERO)

    @property
    def price(self) -> Decimal:
        return sum((line.price for line in self.lines), ZERO)


def try_promotion(*, wish: Wish, basket: Sequence[tuple[str, int]], channel: str = "web") -> Trial:
    """Price SKUs and quantities with the promotion, as if it ran now. Nothing of it is kept.

    Raises BadPromotion, by column, for terms that cannot be or SKUs that cannot be bought.
    """
    token = uuid4().hex
    now = clock.now()
    code = Door.CODE if wish.door != Door.ALL else Door.ALL
    wish = replace(
        wish,
        name=token,
        starts_at=now - timedelta(minutes=1),
        ends_at=now + timedelta(days=1),
        door=code,
        code=token[:32].upper(),
        batch=None,
        limit=None,
        per_customer=None,
    )
    problems: dict[str, Any] = {column: WORDS[fault] for column, fault in problems_of(wish, now=now).items()}
    skus = [each for each, _units in basket]
    problems |= strange_skus(products=wish.products, excluded=wish.excluded, basket=skus)
    if not basket:
        problems["basket"] = _("Paste a basket first: a SKU and a quantity a line.")
    if problems:
        raise BadPromotion(problems)
    known = skus_by_code(skus)
    with transaction.atomic():
        offer = write_promotion(wish, token)
        tried = Basket.objects.create(owner=None)
        tried.vouchers.set(Voucher.objects.filter(offers=offer))
        for sku_code, units in basket:
            facts = known[sku_code]
            tried.lines.create(
                product_id=facts.product_id,
                stockrecord_id=facts.stockrecord_id,
                quantity=units,
                line_reference=f"{facts.product_id}_{facts.stockrecord_id}",
            )
        without = [line.stockrecord.sku.code for line in tried.all_lines() if line.stockrecord.price is None]
        if without:
            raise BadPromotion({"basket": _("%(code)s has no price. Leave it out.") % {"code": without[0]}})
        try:
            lines = price_lines(tried, channel, None)
        except NothingToOrder as error:
            raise BadPromotion({"basket": error.message}) from error
        transaction.set_rollback(True)
    return Trial(tuple(_tried(line, offer.pk) for line in lines))


def _tried(line: DraftLine, offer_id: int) -> TriedLine:
    off = sum((each.amount for each in line.discounts if each.offer_id == offer_id), ZERO)
    return TriedLine(
        code=line.code,
        title=line.title,
        quantity=line.quantity,
        before=line.before_discounts,
        off=off,
        others=line.before_discounts - line.price - off,
        price=line.price,
    )
