"""Masks for what the eye of a stranger must not see whole (FAILURES S40, F102).

Pure functions on text. Staff lists show a surname and four digits; waybills and guest pages show a
surname, the phone without its middle and the address without unit and room.
"""

import re
from typing import Final

COMPOUND_SURNAMES: Final = frozenset(
    [
        "欧阳",
        "上官",
        "司马",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "令狐",
        "慕容",
        "司徒",
        "夏侯",
        "端木",
        "轩辕",
        "宇文",
        "长孙",
        "独孤",
        "南宫",
        "闻人",
        "呼延",
    ]
)
HIDDEN: Final = "*"
# What follows street and house number: building, unit, floor, room. The first of them ends what is shown.
_INSIDE = re.compile(
    r"""
      \d+\s*(?:号楼|栋|幢|座|单元|楼|层|室|房|户)      # 3号楼, 2单元, 1502室
    | [A-Za-z]\s*(?:栋|幢|座|单元|区\d)               # B座
    | [一二三四五六七八九十]+\s*(?:单元|楼|层|室)
    | ,?\s*\b(?:apt|apartment|unit|room|rm|flat|floor|suite|ste|building|bldg)\b\.?
    | \#\s*\d+
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HOUSE = re.compile(r"\d+\s*(?:号|弄|巷)(?!楼)")


def mask_name(name: str) -> str:
    """Surname and `*`: 欧阳娜娜 becomes 欧阳*, Li Wei becomes Li *."""
    name = name.strip()
    if not name:
        return ""
    if " " in name:
        return f"{name.split()[0]} {HIDDEN}"
    if name[:2] in COMPOUND_SURNAMES and len(name) > 2:
        return name[:2] + HIDDEN
    return name[0] + HIDDEN


def mask_phone(phone: object) -> str:
    """The number without its middle: 138******34. At least six digits are hidden, whatever its length."""
    digits = _national(phone)
    if len(digits) < 6:
        return HIDDEN * len(digits)
    hidden = max(6, len(digits) - 5)
    tail = min(2, len(digits) - hidden)
    head = len(digits) - hidden - tail
    return digits[:head] + HIDDEN * hidden + digits[len(digits) - tail :]


def phone_tail(phone: object, length: int = 4) -> str:
    """The last digits, as staff lists show them: ****5678."""
    digits = _national(phone)
    return HIDDEN * 4 + digits[-length:] if len(digits) > length else HIDDEN * len(digits)


def mask_address(address: str) -> str:
    """The address down to street and house number; unit, floor and room become `***`."""
    address = address.strip()
    ends = [match.start() for match in [_INSIDE.search(address)] if match]
    house = list(_HOUSE.finditer(address[: ends[0]] if ends else address))
    if house and house[-1].end() < len(address):
        ends = [house[-1].end()]
    if not ends:
        return address
    return address[: ends[0]].rstrip(" ,，") + HIDDEN * 3


def mask_email(email: str) -> str:
    """First letter and domain: z***@example.com."""
    local, at, domain = email.partition("@")
    return f"{local[:1]}{HIDDEN * 3}{at}{domain}" if at else HIDDEN * 3 * bool(email)


def _national(phone: object) -> str:
    """Digits only, without the country code of mainland China; what is too short for a number stays whole."""
    text = str(phone or "")
    digits = re.sub(r"\D", "", text)
    return digits[2:] if text.startswith("+86") and len(digits) > 8 else digits
