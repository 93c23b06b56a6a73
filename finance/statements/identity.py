"""De-duplication keys of statement rows (FORMATS 0.3, F50, F51).

A row with a provider's serial is known by it; a row without one by its day, direction, amount and text.
The text keeps every script: a key that dropped Chinese characters would make two payers one. Clock
seconds and, beside a serial, remarks stay out, because spreadsheets and re-exports change them.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from .rows import Direction

# Separates parts of a key; cannot occur in a cleaned cell, so ("ab", "c") and ("a", "bc") differ.
_UNIT = "\x1f"
SERIAL, TEXT = "serial", "text"

Key = tuple[str, ...]


def _clean(text: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).replace(_UNIT, " ").strip()


def serial_key(*parts: str) -> Key:
    """The provider's serial with whatever makes it unique (its year, kind, request number)."""
    return (SERIAL, *(_clean(part) for part in parts))


def text_key(
    *, booked_on: date, direction: Direction, amount: Decimal, currency: str, texts: Iterable[str]
) -> Key:
    """The key of a row without serial. `texts` are its free-text cells in column order."""
    return (TEXT, booked_on.isoformat(), direction, f"{amount:.2f}", currency, *(_clean(t) for t in texts))


def identity(key: Key, occurrence: int) -> str:
    """`serial:` or `text:` and the hash of the key with its occurrence number within the file."""
    body = _UNIT.join((*key[1:], str(occurrence)))
    return f"{key[0]}:{hashlib.sha256(body.encode('utf-8', 'surrogatepass')).hexdigest()}"
