"""Waybill numbers: one spelling, and a soft opinion on whether a number looks right (FORMATS 8.6).

Patterns of couriers overlap, so a mismatch warns and never rejects, and nobody guesses a courier
from a number: the courier comes from our own shipment.
"""

from __future__ import annotations

import re
import unicodedata

_DROPPED = re.compile(r"[\s\u200b\ufeff'`]+")
_FORMULA = re.compile(r'^="?(.*?)"?$', re.DOTALL)

PATTERNS: dict[str, tuple[str, ...]] = {
    "sf": (r"SF\d{13}", r"\d{12}"),
    "yto": (r"YT\d{13}",),
    "zto": (r"7[38]\d{12}", r"\d{12,13}"),
    "sto": (r"77\d{13}", r"\d{12,13}"),
    "yunda": (r"[34]\d{14}", r"\d{13}"),
    "jt": (r"JT\d{13}",),
    "deppon": (r"DP[KL]\d{12}",),
    "jd": (r"JD[0-9A-Z]{11,14}(-\d+-\d+-?)?",),
    "ems": (r"[A-Z]{2}\d{9}[A-Z]{2}", r"(9\d|1[0-3])\d{11}"),
    "ups": (r"1Z[0-9A-Z]{16}",),
    "fedex": (r"\d{12}|\d{15}|\d{20}|\d{22}|\d{34}",),
    "dhl": (r"\d{10}",),
}


def normalise(waybill: object) -> str:
    """NFKC, without blanks, quotes and the ="…" of spreadsheet exports, in upper case."""
    text = unicodedata.normalize("NFKC", str(waybill)).strip()
    if text.startswith("="):
        text = _FORMULA.sub(r"\1", text)
    return _DROPPED.sub("", text).upper()


def warning(courier: str, waybill: str) -> str:
    """Why this number looks unusual for this courier; empty when it looks right or nothing is known."""
    patterns = PATTERNS.get(courier.lower())
    if not patterns:
        return ""
    if not any(re.fullmatch(pattern, waybill) for pattern in patterns):
        return f"{waybill} does not look like a number of {courier}: check the courier"
    if re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", waybill) and not s10_is_valid(waybill):
        return f"{waybill} has a wrong check digit: check for a typing error"
    return ""


def s10_is_valid(waybill: str) -> bool:
    """The check digit of a postal S10 number such as RB123456785GB."""
    digits = waybill[2:11]
    weighted = sum(
        int(digit) * weight for digit, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=False)
    )
    return int(digits[8]) == {10: 0, 11: 5}.get(11 - weighted % 11, 11 - weighted % 11)
