"""How an amount is written in the shop, the same in every language."""

from decimal import Decimal
from typing import Final

_SIGNS: Final = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£"}


def price_text(amount: Decimal, currency: str) -> str:
    """`¥1,280.00`; a currency without a sign of its own leads with its code."""
    sign = _SIGNS.get(currency, f"{currency} ")
    return f"{'−' if amount < 0 else ''}{sign}{abs(amount):,.2f}"
