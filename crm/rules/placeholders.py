"""The placeholder language of message texts: `{name}` out of a fixed list per kind, replaced as text (F70).

Nothing is looked up, called or included: braces around anything else are refused when a text is saved
and stay as they are when one is filled in. Values are put in once, never read as text again.
"""

import re
from collections.abc import Mapping
from typing import Final

_ORDER: Final = frozenset({"name", "number", "link"})

PLACEHOLDERS: Final[dict[str, frozenset[str]]] = {
    "order_placed": _ORDER | {"total", "pay_by"},
    "payment_received": _ORDER | {"amount"},
    "payment_reminder": _ORDER | {"total", "pay_by"},
    "order_confirmed": _ORDER,
    "order_shipped": _ORDER | {"courier", "waybill"},
    "order_delivered": _ORDER,
    "order_cancelled": _ORDER | {"reason"},
    "return_approved": _ORDER | {"return_number", "address"},
    "refund_done": _ORDER | {"amount"},
    "parcel_refused": _ORDER | {"waybill"},
}
_NAMED: Final = re.compile(r"\{([a-z_]+)\}")
_ANY: Final = re.compile(r"\{[^{}]*\}|\{|\}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def unknown_placeholders(kind: str, text: str) -> list[str]:
    """Everything in braces that this kind does not offer, as written."""
    known = PLACEHOLDERS[kind]
    found = []
    for match in _ANY.finditer(text):
        named = _NAMED.fullmatch(match.group())
        if not named or named.group(1) not in known:
            found.append(match.group())
    return found


def fill(kind: str, text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; one without a value becomes empty."""
    known = PLACEHOLDERS[kind]

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        return _CONTROL.sub(" ", str(values.get(name, ""))) if name in known else match.group()

    return _NAMED.sub(value, text)


def one_line(text: str) -> str:
    """A text for a header line: no line break gets in."""
    return " ".join(text.split())
