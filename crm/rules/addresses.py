"""Reading an address that was pasted as one block: who, which phone, where.

People copy what they have: `收货人: 李娜 13800138000 江西省景德镇市珠山区瓷都大道1号`, fields in any order,
with or without labels, commas, line breaks, the word 省, or the province altogether.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from crm.rules.areas import Province, provinces, short_name

_PHONE: Final = re.compile(r"(?<!\d)(?:\+?86[-\s]?)?(1[3-9]\d(?:[-\s]?\d{4}){2})(?!\d)")
_FIXED: Final = re.compile(r"(?<!\d)(0\d{2,3}-\d{7,8})(?!\d)")
_POSTCODE: Final = re.compile(r"(?<!\d)(\d{6})(?!\d)")
_LABELS: Final = re.compile(
    r"(?:收货人姓名|收货人|收件人|联系人|姓名|联系电话|手机号码|手机号|手机|电话号码|电话|所在地区|所在区域|地区"
    r"|详细地址|收货地址|收件地址|地址|邮政编码|邮编|name|phone|mobile|tel|address)\s*[:：]",
    re.IGNORECASE,
)
_SPLIT: Final = re.compile(r"[\s,，;；。、|/]+")
_STREETLIKE: Final = re.compile(r"\d|[省市区县镇乡村路街道巷弄号楼栋幢室苑园]")
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class ReadAddress:
    """What could be read; empty where nothing was found. Province, city, district by their full names."""

    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postcode: str = ""


def parse_address(text: str) -> ReadAddress:
    """Take a pasted block apart. What is not understood stays in the street: nothing is lost."""
    text = unicodedata.normalize("NFKC", text[:_LONGEST])
    text = _LABELS.sub(" ", text)
    phone, text = _take(_PHONE, text)
    if not phone:
        phone, text = _take(_FIXED, text)
    postcode, text = _take(_POSTCODE, text)
    parts = [part for part in _SPLIT.split(text) if part]
    name, rest = _take_name(parts)
    place = "".join(rest) if _is_chinese("".join(rest)) else " ".join(rest)
    province, city, district, street = _take_area(place)
    return ReadAddress(
        name,
        re.sub(r"[-\s]", "", phone) if phone[:1] == "1" else phone,
        province,
        city,
        district,
        street,
        postcode,
    )


def _take(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    match = pattern.search(text)
    if match is None:
        return "", text
    return match.group(1), f"{text[: match.start()]} {text[match.end() :]}"


def _take_name(parts: list[str]) -> tuple[str, list[str]]:
    """The shortest part that looks like a name: no digit, nothing of a street, no place."""
    likely = [
        part
        for part in parts
        if 2 <= len(part) <= 12 and not _STREETLIKE.search(part) and not _begins_with_area(part)
    ]
    if not likely:
        return "", parts
    edges = [part for part in (parts[0], parts[-1]) if part in likely]
    name = edges[0] if edges else min(likely, key=len)
    at = parts.index(name)
    return name, parts[:at] + parts[at + 1 :]


def _take_area(place: str) -> tuple[str, str, str, str]:
    found, rest = _leading_province(place)
    candidates = [found] if found else list(provinces())
    for province in candidates:
        for city, districts in province.cities.items():
            after = _after(rest, city)
            if after is None and city == province.name and found:
                after = rest  # a municipality is named once
            if after is None:
                continue
            district, street = _leading(after, districts)
            return province.name, city, district, street
    for province in candidates if found else []:
        for city, districts in province.cities.items():
            district, street = _leading(rest, districts)
            if district:
                return province.name, city, district, street
    return (found.name if found else "", "", "", rest)


def _leading_province(place: str) -> tuple[Province | None, str]:
    for province in provinces():
        after = _after(place, province.name)
        if after is not None:
            return province, after
    return None, place


def _after(text: str, name: str) -> str | None:
    """What follows a place's full or short name at the beginning of the text; None if it isn't there."""
    for form in (name, short_name(name)):
        if len(form) >= 2 and text.startswith(form):
            rest = text[len(form) :]
            return rest[1:] if form != name and rest[:1] in ("省", "市") else rest
    return None


def _leading(text: str, names: tuple[str, ...]) -> tuple[str, str]:
    for name in sorted(names, key=len, reverse=True):
        if text.startswith(name):
            return name, text[len(name) :].strip()
    return "", text.strip()


def _begins_with_area(part: str) -> bool:
    return any(part.startswith((province.name, province.short)) for province in provinces()) or any(
        part == city or part == short_name(city) for province in provinces() for city in province.cities
    )


def _is_chinese(text: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", text))
