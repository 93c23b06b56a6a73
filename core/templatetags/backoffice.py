"""What templates of the back office need to show money, ages, states and documents."""

import re
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
_AMOUNT = re.compile(r"-?\d+\.\d\d")


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


@register.simple_tag
def figure(value: Any) -> SafeString | str:
    """A figure as a job or file stored it: text of an amount is shown as money, a count as it is."""
    text = "" if value is None else str(value)
    return money(Decimal(text)) if _AMOUNT.fullmatch(text) else text


@register.filter
def job_tone(state: str) -> str:
    """Colour of a job's state; the word beside it says the same."""
    return {"queued": "info", "running": "warning", "done": "success", "failed": "danger"}.get(state, "")


@register.filter
def svg(number: float) -> str:
    """A coordinate: with a point in every language."""
    return f"{number:g}"


@register.filter
def day_of(label: str) -> str:
    """A day of a chart in as little room as its axis has."""
    return label[5:] if len(label) == 10 and label[4] == "-" else label


@register.filter
def beside(cells: list[str], columns: list[Any]) -> list[tuple[Any, str]]:
    """Each cell of a row with its column."""
    return list(zip(columns, cells, strict=True))


@register.filter
def line_tone(state: str) -> str:
    """Colour of a row of a remittance; the word beside it says the same."""
    return {"ready": "warning", "applied": "success"}.get(state, "")


@register.filter
def outcome_tone(outcome: str) -> str:
    """Colour of what a row of a statement came to; the word beside it says the same."""
    return {"agrees": "success", "differs": "danger", "unknown": "danger", "proposed": "warning"}.get(
        outcome, ""
    )
