"""Who will order what, when, and what becomes of it: all of it follows from the seed.

Every decision about an order comes from dice of its own, so that nothing depends on what ran before and a
history that was interrupted goes on to the same end.
"""

from bisect import bisect
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from shopsite.demo_company.goods import ITEMS

# door: weight, share of cash on delivery
DOORS: Final = {"guest": (36, 0.16), "member": (40, 0.10), "phone": (17, 0.62), "key-account": (7, 0.0)}
CHANNEL: Final = {"guest": "web", "member": "web", "phone": "phone", "key-account": "key-account"}
NOTES: Final = (
    "请在周末送货，平时家里没人。", "送人的，请不要放价格单。", "杯子麻烦多裹一层气泡纸。",
    "楼下有门禁，到了打电话。",
    "Please leave it with the concierge.", "开发票，抬头另发。",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """One order as its customer wants it, and its fate."""

    number: int
    day: int
    minute: int
    door: str
    customer: int
    lines: tuple[tuple[str, int], ...]
    term: str
    note: str
    pays: bool
    pay_after: int  # minutes
    cancels: bool
    fate: str  # what the courier does with the parcel: deliver, refuse, lose
    short: bool
    returns: int  # days after delivery, 0 is never
    heavy: bool  # the courier's scale says more than ours
    stuck: bool  # nobody looks at its holds

    @property
    def channel(self) -> str:
        return CHANNEL[self.door]

    @property
    def paid_at(self) -> timedelta:
        """How long after midnight its money is sent, if it is."""
        return timedelta(minutes=self.minute + self.pay_after)

    def token(self, seed: int) -> str:
        """What makes its order one order, however often it is placed."""
        return f"demo-{seed}-{self.number:06d}"


def make_plan(*, seed: int, orders: int, days: int, first: date) -> list[Wish]:
    """All wishes in the order in which they come."""
    dice = Random(f"{seed}/days")  # noqa: S311 - a story, no secret
    weights = list(accumulate(_demand(first + timedelta(days=day), day, days) for day in range(days)))
    moments = sorted(
        (bisect(weights, dice.random() * weights[-1]), int(dice.triangular(8.6, 22.8, 20.2) * 60), place)
        for place in range(orders)
    )
    return [
        _wish(seed, number, day, minute, orders, late=day >= days - 2)
        for number, (day, minute, _place) in enumerate(moments)
    ]


def pool_size(orders: int) -> int:
    """How many different customers there are."""
    return max(8, orders * 11 // 20)


def _demand(day: date, number: int, days: int) -> float:
    """A young shop grows; weekends and the big days of the trade are better than others."""
    demand = 0.55 + 0.9 * number / days
    if day.weekday() >= 5:
        demand *= 1.3
    if (day.month, day.day) in {(6, 18), (11, 11), (12, 12)}:
        demand *= 4.0
    elif (day.month, day.day) in {(6, 17), (11, 10), (11, 1), (9, 9)}:
        demand *= 2.0
    if day.month == 10 and day.day <= 7:
        demand *= 0.7
    return demand


def _wish(seed: int, number: int, day: int, minute: int, orders: int, *, late: bool) -> Wish:
    """`late` are the last days, on which somebody shall still have questions to answer."""
    dice = Random(f"{seed}/order/{number}")  # noqa: S311
    door = dice.choices(list(DOORS), [weight for weight, _cod in DOORS.values()])[0]
    term = "cod" if dice.random() < DOORS[door][1] else "prepaid"
    refuses = 0.13 if term == "cod" else 0.015
    fate = dice.choices(["deliver", "refuse", "lose"], [1 - refuses - 0.014, refuses, 0.014])[0]
    if number % 61 == 37:
        fate = "lose"
    asks = dice.random() < 0.06 or (late and number % 4 == 1)
    return Wish(
        number=number,
        day=day,
        minute=minute,
        door=door,
        customer=_customer(dice, door, orders),
        lines=_lines(dice, door) + _services(seed, number, door),
        term=term,
        note=dice.choice(NOTES) if asks else "",
        pays=dice.random() > 0.075,
        pay_after=dice.choices([1, 2, 3, 6, 14, 26], [20, 30, 20, 15, 10, 5])[0],
        cancels=dice.random() < 0.05,
        fate=fate,
        short=dice.random() < 0.02,
        returns=dice.randint(1, 5) if dice.random() < 0.075 else 0,
        heavy=dice.random() < 0.03,
        stuck=late or dice.random() < 0.5,
    )


def _customer(dice: Random, door: str, orders: int) -> int:
    """Few customers order often. Key accounts are six firms, members the first third of the pool."""
    size = pool_size(orders)
    if door == "key-account":
        return -1 - dice.randrange(6)
    third = size // 3
    if door == "member":
        return int(third * dice.random() ** 1.7)
    return third + int((size - third) * dice.random() ** 1.25)


def _services(seed: int, number: int, door: str) -> tuple[tuple[str, int], ...]:
    """Private people have things wrapped or set up; dice of their own leave every other wish as it is."""
    if door == "key-account":
        return ()
    dice = Random(f"{seed}/services/{number}")  # noqa: S311
    shares = {"SV-WRAP": 0.07, "SV-SETUP": 0.03}
    return tuple((code, 1) for code, part in shares.items() if dice.random() < part)


def _lines(dice: Random, door: str) -> tuple[tuple[str, int], ...]:
    weights = [item.popularity for item in ITEMS]
    kinds = dice.choices([1, 2, 3, 4], [56, 29, 11, 4])[0]
    wanted: dict[str, int] = {}
    for item in dice.choices(ITEMS, weights, k=kinds):
        units = (
            item.carton * dice.choice([1, 1, 2])
            if door == "key-account"
            else dice.choice([1, 1, 1, 1, 2, 2, 3])
        )
        wanted[item.code] = min(units, 24)
    return tuple(sorted(wanted.items()))
