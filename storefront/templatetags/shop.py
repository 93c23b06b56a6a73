"""The few things that templates of the shop cannot say themselves."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from storefront.rules.prices import price_text
from storefront.views.browse import page_link

register = template.Library()
register.simple_tag(page_link, name="page_link")


@lru_cache(maxsize=64)
def _drawing(name: str) -> SafeString:
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        name,
        static("shop/icons.svg"),
        name,
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of the drawings of icons.svg; decoration, so it is hidden from screen readers."""
    return _drawing(name)


@register.simple_tag
def picture(
    stem: str, width: int, height: int, alt: str = "", sizes: str = "50vw", eager: bool = False
) -> SafeString:
    """A product picture in three formats and widths, with its place kept before it has come."""
    if not stem:
        return _drawing("vase")
    base = f"{settings.MEDIA_URL}products/{stem}"

    def sources(ending: str) -> str:
        return ", ".join(f"{base}-{each}.{ending} {each}w" for each in (400, 800, 1200))

    return format_html(
        '<picture><source type="image/avif" srcset="{}" sizes="{}">'
        '<source type="image/webp" srcset="{}" sizes="{}">'
        '<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" {}></picture>',
        sources("avif"),
        sizes,
        sources("webp"),
        sizes,
        f"{base}-800.jpg",
        sources("jpg"),
        sizes,
        width,
        height,
        alt,
        SafeString('fetchpriority="high"' if eager else 'loading="lazy" decoding="async"'),
    )


@register.filter
def money(amount: Decimal | None, currency: str = "CNY") -> str:
    """An amount as the shop writes it."""
    return "" if amount is None else price_text(amount, currency)


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key, "") if mapping else ""
