"""Columns that every app uses: money, currency, the origin of a row (kind and id), reasons."""

from typing import Any

from django.conf import settings
from django.db import models


def default_currency() -> str:
    """The currency of this installation, e.g. CNY."""
    return settings.OSCAR_DEFAULT_CURRENCY


class MoneyField(models.DecimalField):
    """A column of two places (I24). The currency is a column of its own beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class CurrencyField(models.CharField):
    """An ISO 4217 code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 3)
        kwargs.setdefault("default", default_currency)
        super().__init__(*args, **kwargs)


class OriginKindField(models.CharField):
    """The kind of a document of a higher app, see core.origins."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        super().__init__(*args, **kwargs)


class OriginIdField(models.BigIntegerField):
    """The primary key of that document."""


class ReasonField(models.JSONField):
    """How the text beside it was made, see core.reasons; empty where that is not known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)
