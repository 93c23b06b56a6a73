"""A promotion in words: what it gives, to whom, when, how often. Form, list and page say the same."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orders.rules.promotions import Door, Goods, Kind, Threshold, Wish

_SIGNS: Final = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£"}
_SENTENCES: Final[dict[tuple[Kind, Threshold], Any]] = {
    (Kind.AMOUNT, Threshold.NONE): _("%(value)s off %(goods)s"),
    (Kind.AMOUNT, Threshold.AMOUNT): _("%(value)s off from %(from)s on %(goods)s"),
    (Kind.AMOUNT, Threshold.PIECES): _("%(value)s off from %(from)s pieces of %(goods)s"),
    (Kind.PERCENT, Threshold.NONE): _("%(value)s%% off %(goods)s"),
    (Kind.PERCENT, Threshold.AMOUNT): _("%(value)s%% off from %(from)s on %(goods)s"),
    (Kind.PERCENT, Threshold.PIECES): _("%(value)s%% off from %(from)s pieces of %(goods)s"),
    (Kind.EACH, Threshold.NONE): _("%(value)s off each piece of %(goods)s"),
    (Kind.EACH, Threshold.AMOUNT): _("%(value)s off each piece from %(from)s on %(goods)s"),
    (Kind.EACH, Threshold.PIECES): _("%(value)s off each piece from %(from)s pieces of %(goods)s"),
    (Kind.BUNDLE, Threshold.PIECES): _("%(from)s pieces of %(goods)s for %(value)s"),
}


@dataclass(frozen=True, slots=True)
class Gain:
    """What is given, from how much on."""

    kind: Kind
    value: Decimal
    threshold_kind: Threshold
    threshold: Decimal


def money_words(amount: Decimal) -> str:
    """`¥20`, `¥1,299.50`: as posters write it."""
    sign = _SIGNS.get(settings.OSCAR_DEFAULT_CURRENCY, f"{settings.OSCAR_DEFAULT_CURRENCY} ")
    return f"{sign}{amount:,.2f}".removesuffix(".00")


def gain_words(gain: Gain, goods: str) -> str:
    """`¥20 off from ¥200 on Kitchen`. Terms that fit no sentence have no words."""
    sentence = _SENTENCES.get((gain.kind, gain.threshold_kind))
    if sentence is None:
        return ""
    by_amount = gain.threshold_kind == Threshold.AMOUNT
    return str(sentence) % {
        "value": _plain(gain.value) if gain.kind == Kind.PERCENT else money_words(gain.value),
        "from": money_words(gain.threshold) if by_amount else _plain(gain.threshold),
        "goods": goods,
    }


def goods_words(*, everything: bool, titles: Collection[str], chosen: int, excluded: int) -> str:
    """`all goods`, `Kitchen, Tea`, `3 chosen products`, each perhaps with exceptions."""
    if everything:
        words = gettext("all goods")
    else:
        parts = list(titles)
        if chosen:
            parts.append(ngettext("%(n)s chosen product", "%(n)s chosen products", chosen) % {"n": chosen})
        words = gettext(", ").join(parts)
    if not excluded:
        return words
    return ngettext("%(goods)s except %(n)s product", "%(goods)s except %(n)s products", excluded) % {
        "goods": words,
        "n": excluded,
    }


def category_titles(ids: Collection[int]) -> list[str]:
    """The titles of categories in the reader's language, in the tree's order."""
    if not ids:
        return []
    rows = apps.get_model("catalogue", "Category")._base_manager.filter(pk__in=ids)
    return [title_of(row) for row in rows.prefetch_related("texts").order_by("path")]


def title_of(category: Any) -> str:
    """A category's title in the reader's language, from the texts that were read with it."""
    titles: Mapping[str, str] = {text.language: text.title for text in category.texts.all()}
    return titles.get(get_language() or "") or next(iter(titles.values()), category.name)


def wish_words(wish: Wish) -> str:
    """What a wish would give; empty while its terms fit no sentence."""
    excluded = len(set(wish.excluded))
    goods = goods_words(
        everything=wish.goods == Goods.ALL,
        titles=category_titles(wish.categories) if wish.goods == Goods.CATEGORIES else (),
        chosen=len(set(wish.products)) if wish.goods == Goods.PRODUCTS else 0,
        excluded=excluded,
    )
    gain = Gain(wish.kind, wish.value, wish.threshold_kind, wish.threshold or Decimal(0))
    return gain_words(gain, goods)


def sentences(wish: Wish) -> list[str]:
    """What a wish will do once it is made, for whoever is about to save it."""
    found = [wish_words(wish)]
    if wish.kind == Kind.BUNDLE:
        found.append(gettext("The cheapest of these pieces count; if they cost less, they keep their price."))
    if wish.door == Door.ALL:
        found.append(gettext("Everybody gets it, without a code."))
    elif wish.door == Door.CODE:
        found.append(gettext("Whoever enters %(code)s gets it.") % {"code": wish.code or "…"})
    else:
        found.append(
            ngettext(
                "%(n)s code is made; it is good for one order.",
                "%(n)s codes are made; each is good for one order.",
                wish.batch or 0,
            )
            % {"n": wish.batch or 0}
        )
    found.append(
        gettext("From %(start)s to %(end)s (%(zone)s).")
        % {"start": _moment(wish.starts_at), "end": _moment(wish.ends_at), "zone": settings.TIME_ZONE}
    )
    found += _limits(wish)
    if wish.combines:
        found.append(gettext("On the same pieces together with other promotions that allow it."))
    else:
        found.append(gettext("Not on pieces that another promotion has made cheaper."))
    return [words for words in found if words]


def _limits(wish: Wish) -> list[str]:
    found = [gettext("Once per order.")]
    if wish.door != Door.BATCH and wish.limit:
        found.append(
            ngettext("For %(n)s order in all.", "For the first %(n)s orders in all.", wish.limit)
            % {"n": wish.limit}
        )
    if wish.per_customer and wish.door == Door.CODE:
        found.append(gettext("Once per customer, who has to sign in."))
    elif wish.per_customer:
        found.append(
            ngettext(
                "%(n)s order per account; guests are not counted.",
                "%(n)s orders per account; guests are not counted.",
                wish.per_customer,
            )
            % {"n": wish.per_customer}
        )
    if wish.budget:
        found.append(
            gettext("It gives %(budget)s at most; an order that needs more than is left gets nothing.")
            % {"budget": money_words(wish.budget)}
        )
    return found


def _plain(number: Decimal) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "Y-m-d H:i")
