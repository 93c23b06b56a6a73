"""Waybill numbers: one spelling for what people scan, type and couriers print (FORMATS 8.6).

What a number looks like per courier is known to `core.tabular.looks_like_waybill`: a mismatch warns
and never rejects, and nobody guesses a courier from a number, because it comes from our own shipment.
"""

from __future__ import annotations

import re
import unicodedata

from core.tabular import looks_like_waybill

_DROPPED = re.compile(r"[\s\u200b\ufeff'`]+")
_FORMULA = re.compile(r'="?(.*?)"?', re.DOTALL)


def normalise(waybill: str) -> str:
    """NFKC, without blanks, quotes and the ="…" of spreadsheet exports, in upper case."""
    text = unicodedata.normalize("NFKC", waybill).strip()
    if formula := _FORMULA.fullmatch(text):
        text = formula[1]
    return _DROPPED.sub("", text).upper()


def warning(courier: str, waybill: str) -> str:
    """Why this number looks unusual for this courier; empty when it looks right or nothing is known."""
    if looks_like_waybill(courier, waybill) is False:
        return f"{waybill} does not look like a number of {courier}: check the courier and the digits"
    return ""
