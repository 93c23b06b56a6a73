"""What waybills of a courier look like (FORMATS 8.6). A mismatch warns and never rejects: the patterns
overlap, so the courier comes from our shipment and never from the number."""

import re
from collections.abc import Callable
from functools import cache

PATTERNS: dict[str, tuple[str, ...]] = {
    "sf": (r"SF\d{13}", r"\d{12}"),
    "yto": (r"YT\d{13}",),
    "zto": (r"7[38]\d{12}", r"\d{12,13}"),
    "sto": (r"77\d{13}", r"\d{12,13}"),
    "yunda": (r"[34]\d{14}", r"\d{13}"),
    "jt": (r"JT\d{13}",),
    "deppon": (r"DP[KL]\d{12}",),
    "jd": (r"JD[0-9A-Z]{11,14}(?:-\d+-\d+-?)?",),
    "ems": (r"[A-Z]{2}\d{9}[A-Z]{2}", r"9\d{12}", r"1[0-3]\d{11}"),
    "ups": (r"1Z[0-9A-Z]{16}",),
    "fedex": (r"\d{12}", r"\d{15}", r"\d{20}", r"\d{22}", r"\d{34}"),
    "dhl": (r"\d{10}",),
    "usps": (r"\d{20,22}",),
}


def _s10_is_right(number: str) -> bool:
    weighted = sum(
        int(digit) * weight for digit, weight in zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)
    )
    check = 11 - weighted % 11
    return int(number[10]) == {10: 0, 11: 5}.get(check, check)


def _ups_is_right(number: str) -> bool:
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in number[2:17]]
    total = sum(values[0::2]) + 2 * sum(values[1::2])
    return number[17].isdigit() and int(number[17]) == -total % 10


def _dhl_is_right(number: str) -> bool:
    return int(number[:9]) % 7 == int(number[9])


CHECKS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "ems": (r"[A-Z]{2}\d{9}[A-Z]{2}", _s10_is_right),
    "ups": (r"1Z[0-9A-Z]{16}", _ups_is_right),
    "dhl": (r"\d{10}", _dhl_is_right),
}


@cache
def _shape(courier: str) -> re.Pattern[str] | None:
    patterns = PATTERNS.get(courier.lower())
    return None if patterns is None else re.compile("|".join(patterns))


def looks_like_waybill(courier: str, number: str) -> bool | None:
    """Whether a normalised number fits what is known of the courier; None for a courier not known here."""
    known = _shape(courier)
    if known is None:
        return None
    if not known.fullmatch(number):
        return False
    shape, is_right = CHECKS.get(courier.lower(), ("", None))
    return is_right(number) if is_right and re.fullmatch(shape, number) else True
