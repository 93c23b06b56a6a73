"""A basket as its page shows it, priced by the same rules as the order will be."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.money import ZERO, quantize
from inventory.queries import basket_strategy, channel_named
from orders.offer.applicator import Applicator


@dataclass(frozen=True, slots=True)
class BasketLine:
    pk: int
    path: str
    title: str
    picture: str
    width: int
    height: int
    quantity: int
    unit_price: Decimal
    price: Decimal
    units: int  # promised
    label: str
    stock: str

    @property
    def before(self) -> Decimal:
        """As it stands on the label; what is taken off the whole basket is a row of the sum."""
        return self.unit_price * self.quantity

    @property
    def short(self) -> bool:
        """More is asked for than can be promised now."""
        return self.quantity > self.units


@dataclass(frozen=True, slots=True)
class BasketCode:
    """A code that lies in the basket, and what it takes off now; zero when it does not fit or is used up."""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BasketPage:
    lines: list[BasketLine]
    before: Decimal
    discount: Decimal
    goods: Decimal
    currency: str
    code: BasketCode | None = None

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def can_order(self) -> bool:
        return bool(self.lines) and not any(line.short for line in self.lines)


def read_basket(basket: Any, *, user: Any = None) -> BasketPage:
    """Lines with prices, discounts and promises; an empty page for no basket."""
    if basket is None:
        return BasketPage([], ZERO, ZERO, ZERO, "")
    strategy = basket_strategy(channel=channel_named("web"), user=user)
    basket.strategy = strategy
    rows = list(basket.all_lines())
    strategy.prime_lines(rows)
    if rows:
        basket.reset_offer_applications()  # it may have been priced in this request already
        Applicator().apply(basket, user)
    lines = [_line(row, strategy) for row in rows if row.quantity]
    before = sum((line.unit_price * line.quantity for line in lines), ZERO)
    goods = sum((line.price for line in lines), ZERO)
    code = _code(basket) if lines else None
    return BasketPage(lines, before, before - goods, goods, basket.currency if rows else "", code)


def _code(basket: Any) -> BasketCode | None:
    voucher = basket.vouchers.first()
    if voucher is None:
        return None
    taken = (each["discount"] for each in basket.offer_applications if each["voucher"] == voucher)
    return BasketCode(voucher.code, sum(taken, ZERO))


def _line(row: Any, strategy: Any) -> BasketLine:
    policy = strategy.availability_policy(row.product, row.stockrecord)
    unit_price = quantize(row.unit_price_incl_tax)
    shown = row.product.parent if row.product.is_child and not row.product.picture else row.product
    return BasketLine(
        pk=row.pk,
        path=row.product.get_absolute_url(),
        title=row.product.get_title(),
        picture=shown.picture,
        width=shown.picture_width,
        height=shown.picture_height,
        quantity=row.quantity,
        unit_price=unit_price,
        price=quantize(unit_price * row.quantity - row.discounts.total),
        units=getattr(policy, "num_available", 0),
        label=policy.message,
        stock=policy.code,
    )
