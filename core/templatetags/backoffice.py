"""What templates of the back office need to show money, ages, states and documents."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from core import clock, desk

register = template.Library()


@register.simple_tag
def money(amount: Decimal | None, currency: str = "") -> SafeString | str:
    """An amount as figures: aligned by its class, a negative one signed and red."""
    if amount is None:
        return "–"
    text = number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)
    tone = "money negative" if amount < 0 else "money"
    return format_html('<span class="{}">{}{}</span>', tone, text, f" {currency}" if currency else "")


@register.simple_tag
def pill(text: Any, tone: str = "") -> SafeString:
    """A state as a word on a coloured ground: never colour alone."""
    return format_html('<span class="pill pill-{}">{}</span>', tone or "plain", text)


@register.filter
def age(at: datetime | None) -> str:
    """How long ago, in its largest unit."""
    return timesince(at, clock.now(), depth=1) if at else ""


@register.filter
def is_late(figure: desk.QueueFigure) -> bool:
    """Whether the oldest of a queue has waited longer than it should."""
    limit = figure.queue.late_after
    return bool(limit and figure.oldest and clock.now() - figure.oldest > limit)


@register.filter
def fact_name(event: str) -> str:
    return desk.fact_name(event)


@register.filter
def get(values: dict[str, Any], key: str) -> Any:
    """A value whose key is no identifier."""
    return values.get(key)


@register.filter
def overdue(row: Any) -> bool:
    """Whether a row's deadline has passed."""
    return row.due_at < clock.now()


@register.filter
def kilograms(grams: int | None) -> str:
    """A weight as scales show it: 1680 g is 1.68."""
    return f"{(grams or 0) / 1000:.3f}".rstrip("0").rstrip(".")


@register.filter
def negated(amount: Decimal) -> Decimal:
    return -amount


@register.filter
def parcel_tone(state: str) -> str:
    """Colour of a parcel's state; the word beside it says the same."""
    if state == "delivered":
        return "success"
    return "danger" if state in ("refused", "lost", "exception") else "info"
