"""Promotions: made in one transaction with all that Oscar keeps apart, paused, ended, extended.

What a promotion gives and on which goods never changes: who wants another one copies it.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, faults
from core.errors import InvalidInput
from core.events import announce
from core.locks import lock, lock_one, retried
from core.origins import Origin
from core.states import move, record
from inventory.queries import skus_by_code
from orders.errors import BadPromotion
from orders.events import PromotionChanged
from orders.offer.models import Benefit, Condition, ConditionalOffer, Range, RangeProduct
from orders.rules.promotions import (
    ALPHABET,
    CODE_LENGTH,
    MOST_CODES,
    Door,
    Goods,
    Kind,
    Threshold,
    Wish,
    problems_of,
)
from orders.voucher.models import Voucher

BENEFITS: Final = {
    Kind.AMOUNT: Benefit.FIXED,
    Kind.PERCENT: Benefit.PERCENTAGE,
    Kind.EACH: Benefit.FIXED_UNIT,
    Kind.BUNDLE: Benefit.FIXED_PRICE,
}
WORDS: Final[dict[str, Any]] = {
    "value_missing": gettext_lazy("Say how much: more than 0."),
    "percent_over": gettext_lazy("A percentage is at most 100. For an amount choose “amount off”."),
    "bundle_pieces": gettext_lazy("A fixed price needs a number of pieces: choose “pieces”, 2 or more."),
    "threshold_missing": gettext_lazy("Say from how much on, or choose “from the first piece”."),
    "threshold_pieces": gettext_lazy("Pieces are counted in whole numbers."),
    "threshold_under_gain": gettext_lazy("Ask for at least what is taken off, or small orders cost nothing."),
    "categories_missing": gettext_lazy("Tick at least one category, or choose all goods."),
    "products_missing": gettext_lazy("Write at least one SKU, one a line, or choose all goods."),
    "all_excluded": gettext_lazy("Every chosen product is excluded again. Leave at least one."),
    "code_format": gettext_lazy("A code has 4 to 32 capital letters, digits or hyphens, such as SPRING-26."),
    "batch_size": gettext_lazy("Say how many codes: 1 to 10,000."),
    "limit_of_batch": gettext_lazy("Each code counts once: leave this empty, the codes are the limit."),
    "limit_small": gettext_lazy("At least 1; leave it empty for as many as like."),
    "customer_of_batch": gettext_lazy("A single-use code belongs to whoever has it: leave this empty."),
    "customer_of_code": gettext_lazy("A code can be held to once per customer: write 1 or nothing."),
    "budget_under_gain": gettext_lazy("The budget does not pay for one order. Raise it, or leave it empty."),
    "end_before_start": gettext_lazy("It would end before it starts. Move the end."),
    "end_past": gettext_lazy("This end has passed. Choose a later one."),
}


@retried()
def make_promotion(*, wish: Wish, submit_token: str, by: Any) -> ConditionalOffer:
    """Write offer, condition, gain, goods and codes. The same token makes one promotion, however often.

    Raises BadPromotion with what to do, by column; nothing is kept then.
    """
    made = ConditionalOffer.objects.filter(submit_token=submit_token).first()
    if made is not None:
        return made
    check_promotion(wish=wish)
    faults.race_window("F13")
    try:
        with transaction.atomic():
            offer = write_promotion(wish, submit_token)
            record(offer, old="", new=offer.status, actor=by)
            return offer
    except IntegrityError:
        # The same form, or one with this name or code, was faster by an instant.
        made = ConditionalOffer.objects.filter(submit_token=submit_token).first()
        if made is None:
            check_promotion(wish=wish)
            raise
        return made


def check_promotion(*, wish: Wish) -> None:
    """Raise BadPromotion unless this could be made now."""
    problems: dict[str, Any] = {
        column: WORDS[fault] for column, fault in problems_of(wish, now=clock.now()).items()
    }
    problems |= strange_skus(products=wish.products, excluded=wish.excluded)
    if ConditionalOffer.objects.filter(name=wish.name).exists():
        problems["name"] = _("There is a promotion of this name. Give this one another name.")
    if wish.door == Door.CODE:
        taken = Voucher.objects.filter(code=wish.code).first()
        if taken is not None:
            owner = taken.offers.order_by("pk").first()
            problems["code"] = _("This code belongs to “%(name)s” already. Choose another one.") % {
                "name": owner or taken.name
            }
    if problems:
        raise BadPromotion(problems)


def strange_skus(**codes: Collection[str]) -> dict[str, str]:
    """By column, what to say of SKUs that do not exist."""
    known = skus_by_code({code for wanted in codes.values() for code in wanted})
    strange = {column: [code for code in wanted if code not in known] for column, wanted in codes.items()}
    return {
        column: _("No such SKU: %(codes)s. Correct or remove it.") % {"codes": ", ".join(found[:5])}
        for column, found in strange.items()
        if found
    }


def write_promotion(wish: Wish, token: str) -> ConditionalOffer:
    """The rows of a promotion that has been checked. The caller holds the transaction."""
    goods = _write_goods(wish, token)
    condition = Condition.objects.create(
        range=goods,
        type=Condition.VALUE if wish.threshold_kind == Threshold.AMOUNT else Condition.COUNT,
        value=1 if wish.threshold_kind == Threshold.NONE else wish.threshold,
    )
    benefit = Benefit.objects.create(range=goods, type=BENEFITS[wish.kind], value=wish.value)
    offer = ConditionalOffer.objects.create(
        name=wish.name,
        slug=f"promotion-{token}",
        submit_token=token,
        offer_type=ConditionalOffer.SITE if wish.door == Door.ALL else ConditionalOffer.VOUCHER,
        condition=condition,
        benefit=benefit,
        exclusive=not wish.combines,
        start_datetime=wish.starts_at,
        end_datetime=wish.ends_at,
        max_basket_applications=1,  # so that a limit counts orders
        max_global_applications=wish.most_orders,
        max_user_applications=wish.per_customer if wish.door == Door.ALL else None,
        max_discount=wish.budget,
    )
    if wish.door == Door.CODE:
        usage = Voucher.ONCE_PER_CUSTOMER if wish.per_customer else Voucher.MULTI_USE
        _write_codes(offer, [wish.code], usage, wish.limit)
    elif wish.door == Door.BATCH:
        _write_codes(offer, new_codes(wish.batch or 0), Voucher.SINGLE_USE, None)
    return offer


def new_codes(count: int) -> list[str]:
    """Codes that nobody can guess and that no promotion has yet."""
    found: set[str] = set()
    while len(found) < count:
        drawn = {
            "".join(secrets.choice(ALPHABET) for _sign in range(CODE_LENGTH))
            for _code in range(count - len(found))
        }
        found |= drawn - set(Voucher.objects.filter(code__in=drawn).values_list("code", flat=True))
    return sorted(found)


def pause_promotion(*, promotion_id: int, by: Any, reason: str = "") -> ConditionalOffer:
    """Stop it at once, also for baskets that are open: whoever has seen the lower total is asked again."""
    return _turn(promotion_id, ConditionalOffer.SUSPENDED, by, reason)


def resume_promotion(*, promotion_id: int, by: Any) -> ConditionalOffer:
    """Let a paused one go on, within its dates and limits."""
    return _turn(promotion_id, ConditionalOffer.OPEN, by, "")


@retried()
def end_promotion(*, promotion_id: int, by: Any) -> ConditionalOffer:
    """End it now. What has ended stays as it is."""
    with transaction.atomic():
        codes, offer = _hold(promotion_id)
        now = clock.now()
        if offer.end_datetime is not None and offer.end_datetime <= now:
            return offer
        changes = _move_end(offer, codes, now)
        announce(PromotionChanged(offer.pk, changes), about=Origin("promotion", offer.pk))
        return offer


@retried()
def change_promotion(
    *, promotion_id: int, by: Any, ends_at: datetime, limit: int | None, budget: Decimal | None
) -> ConditionalOffer:
    """Move the end; raise what orders and budget are held to (None: no limit). For a batch, `limit` is how
    many codes there shall be; new ones are drawn. Asking for what is there already does nothing.

    Raises BadPromotion when a limit would sink or the end lies in the past.
    """
    with transaction.atomic():
        codes, offer = _hold(promotion_id)
        batch = bool(codes) and codes[0].usage == Voucher.SINGLE_USE
        _check_change(offer, ends_at, limit, budget, batch=batch)
        changes = []
        if ends_at != offer.end_datetime:
            changes.append(_move_end(offer, codes, ends_at))
        if limit != (offer.max_global_applications or None):
            changes.append(
                _("Orders: %(old)s → %(new)s")
                % {"old": offer.max_global_applications or "∞", "new": limit or "∞"}
            )
            if batch:
                _write_codes(offer, new_codes((limit or 0) - len(codes)), Voucher.SINGLE_USE, None)
            elif codes:
                Voucher.objects.filter(pk__in=[code.pk for code in codes]).update(limit=limit)
            offer.max_global_applications = limit
        if budget != (offer.max_discount or None):
            changes.append(
                _("Budget: %(old)s → %(new)s") % {"old": _figure(offer.max_discount), "new": _figure(budget)}
            )
            offer.max_discount = budget
        if changes:
            offer.save(update_fields=["max_global_applications", "max_discount"])
            announce(PromotionChanged(offer.pk, "; ".join(changes)), about=Origin("promotion", offer.pk))
        return offer


def _check_change(
    offer: ConditionalOffer, ends_at: datetime, limit: int | None, budget: Decimal | None, *, batch: bool
) -> None:
    problems: dict[str, Any] = {}
    if ends_at != offer.end_datetime and ends_at <= clock.now():
        problems["ends_at"] = _("This end has passed. Choose a later one, or use “End now”.")
    elif offer.start_datetime is not None and ends_at <= offer.start_datetime:
        problems["ends_at"] = WORDS["end_before_start"]
    if batch and limit is None:
        problems["limit"] = _("Say how many codes there shall be.")
    for column, new, least in (
        ("limit", limit, offer.max_global_applications or offer.num_orders),
        ("budget", budget, offer.max_discount or offer.total_discount),
    ):
        if new is not None and new < least:
            problems[column] = _(
                "At least %(least)s: limits are raised, not lowered. Pause or end the promotion instead."
            ) % {"least": least}
    if batch and limit is not None and limit > MOST_CODES:
        problems["limit"] = WORDS["batch_size"]
    if problems:
        raise BadPromotion(problems)


def _hold(promotion_id: int) -> tuple[list[Voucher], ConditionalOffer]:
    """Codes before the offer, as placement takes them."""
    codes = lock(Voucher.objects.filter(offers=promotion_id))
    return codes, lock_one(ConditionalOffer, pk=promotion_id)


def _move_end(offer: ConditionalOffer, codes: list[Voucher], to: datetime) -> str:
    """One that has not begun ends before it begins. Returns the words for it."""
    old = offer.end_datetime
    offer.end_datetime = to
    if offer.start_datetime is not None:
        offer.start_datetime = min(offer.start_datetime, to)
    offer.save(update_fields=["start_datetime", "end_datetime"])
    dates = {"end_datetime": to}
    if offer.start_datetime is not None:
        dates["start_datetime"] = offer.start_datetime
    Voucher.objects.filter(pk__in=[code.pk for code in codes]).update(**dates)
    return _("Until: %(old)s → %(new)s") % {"old": _moment(old), "new": _moment(to)}


def _figure(amount: Decimal | None) -> str:
    return f"{amount:.2f}" if amount else "∞"


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "Y-m-d H:i") if at else "∞"


def _turn(promotion_id: int, to: str, by: Any, reason: str) -> ConditionalOffer:
    with transaction.atomic():
        offer = lock_one(ConditionalOffer, pk=promotion_id)
        paused = offer.status == ConditionalOffer.SUSPENDED
        if paused != (to == ConditionalOffer.SUSPENDED):
            move(offer, to, transitions=ConditionalOffer.TRANSITIONS, reason=reason, actor=by)
        return offer


def _write_goods(wish: Wish, token: str) -> Range:
    """A range of its own: whoever changes another promotion's goods does not change this one's."""
    goods = Range.objects.create(
        name=f"promotion {token}", slug=f"promotion-{token}", includes_all_products=wish.goods == Goods.ALL
    )
    if wish.goods == Goods.CATEGORIES:
        goods.included_categories.set(wish.categories)
    facts = skus_by_code({*wish.products, *wish.excluded})
    if wish.goods == Goods.PRODUCTS:
        chosen = dict.fromkeys(facts[code].product_id for code in wish.products)
        RangeProduct.objects.bulk_create(RangeProduct(range=goods, product_id=pk) for pk in chosen)
    goods.excluded_products.set({facts[code].product_id for code in wish.excluded})
    return goods


def _write_codes(offer: ConditionalOffer, codes: list[str], usage: str, limit: int | None) -> None:
    if offer.start_datetime is None or offer.end_datetime is None:
        raise InvalidInput(_("A promotion with codes needs a start and an end."))
    made = Voucher.objects.bulk_create(
        Voucher(
            name=code,
            code=code,
            usage=usage,
            limit=limit,
            start_datetime=offer.start_datetime,
            end_datetime=offer.end_datetime,
        )
        for code in codes
    )
    through = Voucher.offers.through
    through.objects.bulk_create(
        through(voucher_id=voucher.pk, conditionaloffer_id=offer.pk) for voucher in made
    )
