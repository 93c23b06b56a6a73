"""The customers: invented names, numbers of a range that nobody has, streets that every town has."""

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Final

from crm.models import Customer, User
from crm.rules.areas import provinces
from crm.services import find_or_create_customer
from orders.rules.draft import Address

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
    "于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛"
)
GIVEN: Final = (
    "子涵", "雨桐", "浩然", "欣怡", "宇轩", "诗涵", "梓萱", "俊杰", "思远", "佳琪", "志远", "雅婷", "文轩",
    "晓彤", "天宇", "静怡", "明哲", "若曦", "家豪", "梦瑶", "建军", "秀英", "国栋", "丽娟", "海燕", "春梅",
    "永强", "婷婷", "鹏飞", "素芬",
)  # fmt: skip
FIRMS: Final = (
    ("云山茶馆连锁", "浙江省"), ("半山民宿管理", "云南省"), ("南岸酒店用品", "广东省"),
    ("知味餐饮集团", "四川省"), ("朝阳家居买手店", "北京市"), ("锦里文创礼品", "四川省"),
)  # fmt: skip
STREETS: Final = [
    "人民路",
    "解放路",
    "中山路",
    "建设路",
    "和平街",
    "文化路",
    "新华路",
    "学府路",
    "滨江大道",
    "湖滨路",
    "迎宾路",
    "朝阳街",
]
# Where people live: the coast orders most, but the far west orders too.
WEIGHTS: Final = {
    "广东": 14, "浙江": 12, "江苏": 12, "上海": 9, "北京": 8, "山东": 6, "四川": 6, "湖北": 5, "福建": 5,
    "湖南": 4, "河南": 4, "安徽": 4, "江西": 5, "陕西": 3, "重庆": 3, "辽宁": 2, "天津": 2, "河北": 2,
    "云南": 2, "广西": 2, "新疆": 1, "内蒙古": 1, "西藏": 0.4, "黑龙江": 1, "海南": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    phone: str
    email: str
    language: str
    address: Address


@cache
def person(seed: int, number: int) -> Person:
    """The customer of a number; negative numbers are the key accounts."""
    dice = Random(f"{seed}/person/{number}")  # noqa: S311 - a story, no secret
    by_short = {province.short: province for province in provinces()}
    if number < 0:
        name, province_name = FIRMS[-1 - number]
        province = next(p for p in by_short.values() if p.name == province_name)
    else:
        name = dice.choice(SURNAMES) + dice.choice(GIVEN)
        province = by_short[dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]]
    city = dice.choice(list(province.cities))
    districts = province.cities[city]
    phone = f"+86199{number % 10000:04d}{dice.randrange(10000):04d}"
    street = (
        f"{dice.choice(STREETS)}{dice.randint(1, 480)}号{dice.randint(1, 30)}栋{dice.randint(101, 2804)}室"
    )
    address = Address(name, phone, province.name, city, dice.choice(districts) if districts else "", street)
    foreign = number >= 0 and dice.random() < 0.05
    email = f"guest{number % 10000:04d}@example.com" if dice.random() < 0.6 or number < 0 else ""
    return Person(name, phone, email, "en" if foreign else "zh-hans", address)


def customer_of(seed: int, number: int, *, member: bool) -> Customer:
    """The row of a person, made when they first order."""
    who = person(seed, number)
    return find_or_create_customer(
        name=who.name,
        phone=who.phone,
        email=who.email,
        language=who.language,
        user=_account(number, who) if member else None,
        kind=Customer.Kind.FIRM if number < 0 else Customer.Kind.PERSON,
    )


def _account(number: int, who: Person) -> Any:
    user = User.objects.filter(username=f"member{number:04d}").first()
    if user is None:
        user = User(
            username=f"member{number:04d}", first_name=who.name, phone=who.phone, language=who.language
        )
        user.set_unusable_password()
        user.save()
    return user
