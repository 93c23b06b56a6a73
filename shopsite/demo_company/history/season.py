"""Three promotions of the demo's history, and which orders have had them: the same for one seed, always."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from core import clock
from core.money import ZERO, quantize, share
from orders.queries import codes_of
from orders.rules.draft import Discount, DraftLine
from orders.rules.promotions import Door, Kind, Threshold, Wish
from orders.services import make_promotion
from shopsite.demo_company.history.plan import Wish as Basket

DOORS: Final = {"guest", "member"}  # codes and offers of the shop; who calls has a price from a person
Times = tuple[tuple[int, int], ...]
LONG: Final = timedelta(days=21)  # they go on for a while after the history
OFF, FROM = Decimal(30), Decimal(399)
PERCENT: Final = Decimal(10)
CARD: Final = Decimal(20)


class Season:
    """The promotions as the history's shoppers meet them. They may be combined, so each stands for itself."""

    def __init__(self, seed: int, orders: int, days: int, first: date) -> None:
        start, end = clock.day_bounds(first)[0], clock.day_bounds(first + timedelta(days=days))[0] + LONG
        self.offer_from = clock.day_bounds(first + timedelta(days=days // 2))[0]

        def made(key: str, name: str, **terms: Any) -> int:
            wish = Wish(name=name, ends_at=end, combines=True, **({"starts_at": start} | terms))
            with clock.virtual(start):
                return make_promotion(wish=wish, submit_token=f"demo-{seed}-{key}", by=None).pk

        reached = {"threshold_kind": Threshold.AMOUNT}
        self.offer = made(
            "offer",
            "满399减30",
            kind=Kind.AMOUNT,
            value=OFF,
            threshold=FROM,
            starts_at=self.offer_from,
            **reached,
        )
        self.shared = made(
            "code", "老客回购", kind=Kind.PERCENT, value=PERCENT, door=Door.CODE, code="HUANYING10",
            limit=orders // 8 + 10, budget=Decimal(100 * orders + 1000),
        )  # fmt: skip
        self.cards = made(
            "cards", "生日卡", kind=Kind.AMOUNT, value=CARD, threshold=Decimal(99), door=Door.BATCH,
            batch=orders // 13 + 20, **reached,
        )  # fmt: skip
        self.code = codes_of(self.shared).get()
        self.card_codes = list(codes_of(self.cards).order_by("pk"))

    def price(
        self, wish: Basket, lines: list[DraftLine]
    ) -> tuple[list[DraftLine], tuple[tuple[int, int], ...]]:
        """The lines with what the promotions take off, and how often each was applied."""
        goods = sum((line.price for line in lines), ZERO)
        weights = [line.price for line in lines]
        given: list[tuple[Discount, list[Decimal]]] = []
        if wish.door not in DOORS:
            return lines, ()
        if clock.now() >= self.offer_from and goods >= FROM:
            given.append((Discount(self.offer, None, "满399减30", ZERO), share(OFF, weights)))
        if wish.number % 17 == 5:
            parts = [quantize(weight * PERCENT / 100) for weight in weights]
            given.append((Discount(self.shared, self.code.pk, "老客回购", ZERO, self.code.code), parts))
        elif wish.number % 13 == 7 and goods >= 99:
            card = self.card_codes[wish.number // 13]
            given.append((Discount(self.cards, card.pk, "生日卡", ZERO, card.code), share(CARD, weights)))
        for discount, parts in given:
            lines = [
                replace(
                    line,
                    price=line.price - part,
                    discounts=(*line.discounts, replace(discount, amount=part)) if part else line.discounts,
                )
                for line, part in zip(lines, parts, strict=True)
            ]
        return lines, tuple((discount.offer_id, 1) for discount, _parts in given)
