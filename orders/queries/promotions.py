"""Promotions as lists and pages show them: a fixed number of questions whatever their number."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from core.entities import default_entity
from core.money import ZERO, quantize, tax_in
from inventory.queries import unit_costs
from orders.offer.models import Benefit, Condition, ConditionalOffer, Range
from orders.order.models import Line, Order, OrderDiscount  # type: ignore[attr-defined]  # declared at run time
from orders.queries.promotion_words import Gain, gain_words, goods_words, title_of
from orders.rules.promotions import Door as WishDoor
from orders.rules.promotions import Goods, Kind, Threshold, Wish
from orders.voucher.models import Voucher

KINDS: Final = {
    Benefit.FIXED: Kind.AMOUNT,
    Benefit.PERCENTAGE: Kind.PERCENT,
    Benefit.FIXED_UNIT: Kind.EACH,
    Benefit.FIXED_PRICE: Kind.BUNDLE,
}


class State(TextChoices):
    """How far a promotion is, from its dates, its limits and whether somebody has paused it."""

    PLANNED = "planned", pgettext_lazy("promotion", "planned")
    RUNNING = "running", pgettext_lazy("promotion", "running")
    PAUSED = "paused", _("paused")
    USED_UP = "used_up", _("used up")
    ENDED = "ended", _("ended")


class Door(TextChoices):
    ALL = "all", _("for everybody")
    CODE = "code", _("one code")
    BATCH = "batch", _("single-use codes")


def list_promotions(*, at: datetime | None = None) -> QuerySet[ConditionalOffer]:
    """Every promotion with `state`, `door`, `code` (its first), `codes`, `chosen` and `excluded` products."""
    now = at or clock.now()
    codes = Voucher.offers.through.objects.filter(conditionaloffer=OuterRef("pk"))
    first = Voucher.objects.filter(offers=OuterRef("pk")).order_by("pk")
    rest = F("max_discount") - F("total_discount")
    spent = Q(max_discount__gt=0) & (
        Q(rest__lte=0)
        # From a threshold above the gain on every order gets all of it, so less than that is left for nobody.
        | Q(
            benefit__type=Benefit.FIXED,
            condition__type=Condition.VALUE,
            condition__value__gte=F("benefit__value"),
            rest__lt=F("benefit__value"),
        )
    )
    used_up = Q(max_global_applications__gt=0, num_applications__gte=F("max_global_applications")) | spent
    return (
        ConditionalOffer.objects.annotate(
            rest=rest,
            codes=_counted(codes, "conditionaloffer"),
            code=Subquery(first.values("code")[:1]),
            chosen=_counted(
                Range.included_products.through.objects.filter(range=OuterRef("benefit__range")), "range"
            ),
            excluded=_counted(
                Range.excluded_products.through.objects.filter(range=OuterRef("benefit__range")), "range"
            ),
            usage=Subquery(first.values("usage")[:1]),
        )
        .annotate(
            door=Case(
                When(offer_type=ConditionalOffer.SITE, then=Value("all")),
                When(usage=Voucher.SINGLE_USE, then=Value("batch")),
                default=Value("code"),
                output_field=CharField(),
            ),
            state=Case(
                When(end_datetime__lte=now, then=Value("ended")),
                When(status=ConditionalOffer.SUSPENDED, then=Value("paused")),
                When(used_up, then=Value("used_up")),
                When(start_datetime__gt=now, then=Value("planned")),
                default=Value("running"),
                output_field=CharField(),
            ),
        )
        .select_related("benefit__range", "condition__range")
        .prefetch_related("benefit__range__included_categories__texts")
    )


def _counted(rows: QuerySet[Any], by: str) -> Any:
    counted = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def gain_of(offer: ConditionalOffer) -> Gain | None:
    """What a promotion gives; None for kinds that staff cannot make here."""
    kind = KINDS.get(offer.benefit.type)
    if kind is None or offer.benefit.value is None:
        return None
    size = Decimal(offer.condition.value or 0)
    by_amount = offer.condition.type == Condition.VALUE
    alone = offer.condition.type == Condition.COUNT and size <= 1
    threshold = Threshold.AMOUNT if by_amount else Threshold.NONE if alone else Threshold.PIECES
    return Gain(kind, offer.benefit.value, threshold, size)


def words_of(offer: Any) -> str:
    """What a row of `list_promotions` gives, in the reader's language."""
    gain, goods = gain_of(offer), offer.benefit.range
    if gain is None:
        return str(offer.benefit.get_type_display())
    return gain_words(
        gain,
        goods_words(
            everything=goods is None or goods.includes_all_products,
            titles=[title_of(row) for row in goods.included_categories.all()] if goods else [],
            chosen=offer.chosen,
            excluded=offer.excluded,
        ),
    )


def wish_of(offer: Any) -> Wish | None:
    """The wish that a row of `list_promotions` was made of; None for kinds that staff cannot make here."""
    gain = gain_of(offer)
    if gain is None or offer.start_datetime is None or offer.end_datetime is None:
        return None
    goods = offer.benefit.range
    code = Voucher.objects.filter(offers=offer.pk).order_by("pk").first() if offer.door == "code" else None
    once = code is not None and code.usage == Voucher.ONCE_PER_CUSTOMER
    return Wish(
        name=offer.name,
        kind=gain.kind,
        value=gain.value,
        starts_at=offer.start_datetime,
        ends_at=offer.end_datetime,
        threshold_kind=gain.threshold_kind,
        threshold=None if gain.threshold_kind == Threshold.NONE else gain.threshold,
        goods=Goods.ALL
        if goods.includes_all_products
        else Goods.PRODUCTS
        if offer.chosen
        else Goods.CATEGORIES,
        categories=tuple(row.pk for row in goods.included_categories.all()),
        products=_sku_codes(goods.included_products),
        excluded=_sku_codes(goods.excluded_products),
        door=WishDoor(offer.door),
        code=code.code if code else "",
        batch=offer.codes if offer.door == "batch" else None,
        limit=None if offer.door == "batch" else offer.max_global_applications,
        per_customer=1 if once else offer.max_user_applications,
        budget=offer.max_discount,
        combines=not offer.exclusive,
    )


def _sku_codes(products: Any) -> tuple[str, ...]:
    return tuple(products.order_by("pk").values_list("stockrecords__sku__code", flat=True))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a promotion has come to, in orders that are in force. `margin` is None where a cost is unknown."""

    orders: int
    discount: Decimal
    revenue: Decimal
    margin: Decimal | None


def promotion_figures(promotion_id: int, *, costs: bool) -> Figures:
    """Orders with it, what it took off, what was ordered with it (with tax and freight), and what is left of
    the goods' net price after their present moving-average cost."""
    given = OrderDiscount.objects.filter(offer_id=promotion_id).exclude(order__status=Order.Status.CANCELLED)
    sums = given.aggregate(orders=Count("pk"), off=Sum("amount"), revenue=Sum("order__total_incl_tax"))
    orders = given.values("order")
    return Figures(
        orders=sums["orders"],
        discount=sums["off"] or ZERO,
        revenue=sums["revenue"] or ZERO,
        margin=_margin(orders) if costs and sums["orders"] else None,
    )


def _margin(orders: Any) -> Decimal | None:
    rows = list(
        Line.objects.filter(order__in=orders)
        .values("sku", "tax_rate")
        .annotate(units=Sum("quantity"), price=Sum("line_price_incl_tax"))
        .order_by("sku")
    )
    known = unit_costs(sku_ids={row["sku"] for row in rows}, entity_id=default_entity().pk)
    margin = ZERO
    for row in rows:
        if row["sku"] not in known:
            return None
        net = row["price"] - tax_in(row["price"], row["tax_rate"])
        margin += net - quantize(known[row["sku"]] * row["units"])
    return margin


def daily_discounts(promotion_id: int) -> list[tuple[str, Decimal]]:
    """Business day and what was taken off on it."""
    rows = (
        OrderDiscount.objects.filter(offer_id=promotion_id)
        .exclude(order__status=Order.Status.CANCELLED)
        .annotate(day=TruncDate("order__date_placed", tzinfo=clock.zone()))
        .values("day")
        .annotate(sum=Sum("amount"))
        .order_by("day")
    )
    return [(row["day"].isoformat(), row["sum"]) for row in rows]


def promotion_uses(promotion_id: int, *, limit: int = 50) -> list[OrderDiscount]:
    """The latest orders that have had it, cancelled ones among them."""
    rows = OrderDiscount.objects.filter(offer_id=promotion_id).select_related("order__customer")
    return list(rows.order_by("-pk")[:limit])


def codes_of(promotion_id: int) -> QuerySet[Voucher]:
    """Its codes, used ones first."""
    return Voucher.objects.filter(offers=promotion_id).order_by("-num_orders", "pk")


def code_uses(promotion_id: int) -> dict[int, tuple[str, datetime]]:
    """By voucher: number and moment of the latest order in force that uses it."""
    rows = (
        OrderDiscount.objects.filter(offer_id=promotion_id, voucher_id__isnull=False)
        .exclude(order__status=Order.Status.CANCELLED)
        .order_by("pk")
    )
    return {
        voucher: (number, at)
        for voucher, number, at in rows.values_list("voucher_id", "order__number", "order__date_placed")
    }
