"""How near two provinces are: the same, the same part of the country, or neither."""

PARTS: dict[str, tuple[str, ...]] = {
    "north": ("北京", "天津", "河北", "山西", "内蒙古"),
    "north-east": ("辽宁", "吉林", "黑龙江"),
    "east": ("上海", "江苏", "浙江", "安徽", "福建", "江西", "山东", "台湾"),
    "middle": ("河南", "湖北", "湖南"),
    "south": ("广东", "广西", "海南", "香港", "澳门"),
    "south-west": ("重庆", "四川", "贵州", "云南", "西藏"),
    "north-west": ("陕西", "甘肃", "青海", "宁夏", "新疆"),
}
_part_of = {province: part for part, provinces in PARTS.items() for province in provinces}

SAME, NEAR, FAR = 0, 1, 2


def province_of(text: str) -> str:
    """The short name of the province that an address begins with; any other text stays as it is."""
    text = text.strip()
    for province in _part_of:
        if text.startswith(province):
            return province
    return text


def distance(a: str, b: str) -> int:
    """SAME, NEAR or FAR. What is not known is far."""
    a, b = province_of(a), province_of(b)
    if a and a == b:
        return SAME
    if a in _part_of and _part_of.get(a) == _part_of.get(b):
        return NEAR
    return FAR
