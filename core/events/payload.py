"""An event as JSON and back: ids, text, Decimals, instants, days, enums, and collections of them."""

import dataclasses
import types
import typing
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


def encode(value: Any) -> Any:
    """Plain JSON values. Unlike Django's encoder it keeps the microseconds of an instant."""
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return encode(value.value)
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, list | tuple | frozenset | set):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {str(key): encode(item) for key, item in value.items()}
    raise TypeError(f"an event cannot carry {type(value).__name__}: {value!r}")


def decode(kind: Any, value: Any) -> Any:
    """The value of the annotated type that `encode` wrote down.

    Fields that the payload does not have keep their default: an event of the last release is still
    understood (C19).
    """
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if value is None or kind is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return decode(next(arg for arg in args if arg is not type(None)), value)
    if origin in (list, frozenset, set):
        return origin(decode(args[0], item) for item in value)
    if origin is tuple:
        kinds = [args[0]] * len(value) if args[-1] is Ellipsis else args
        return tuple(decode(k, item) for k, item in zip(kinds, value, strict=True))
    if origin is dict:
        return {decode(args[0], key): decode(args[1], item) for key, item in value.items()}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        known = {field.name for field in dataclasses.fields(kind)}
        return kind(**{key: decode(hints[key], item) for key, item in value.items() if key in known})
    return _scalar(kind, value)


def _scalar(kind: Any, value: Any) -> Any:
    if not isinstance(kind, type):
        return value
    make: Any = kind
    if issubclass(kind, datetime | date):
        return make.fromisoformat(value)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        hints = typing.get_type_hints(kind)
        fields = zip(make._fields, value, strict=True)
        return make(*(decode(hints[name], item) for name, item in fields))
    return make(value)
