"""Words against figures: what a promotion says, worked out by hand, is what the price function takes."""

from decimal import ROUND_HALF_UP
from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from orders.errors import BadPromotion
from orders.rules.promotions import Goods, Kind, Threshold, problems_of
from orders.services import try_promotion
from tests.storefront.builders import a_piece, a_shop
from tests.storefront.test_promotions import a_wish

pytestmark = pytest.mark.django_db
PRICES = ["0.01", "3.33", "19.90", "66.67", "128.00"]
cents = st.integers(1, 30_000).map(lambda number: D(number) / 100)
terms = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(Kind),
        "value": cents,
        "threshold_kind": st.sampled_from(Threshold),
        "goods": st.sampled_from([Goods.ALL, Goods.PRODUCTS]),
    }
)
baskets = st.dictionaries(st.integers(0, len(PRICES) - 1), st.integers(1, 6), min_size=1)


def cent(amount: D) -> D:
    return amount.quantize(D("0.01"), ROUND_HALF_UP)


def by_hand(wish, pieces: dict[D, int]) -> D | None:
    """What the words promise on these fitting pieces (price to count)."""
    worth = sum(price * count for price, count in pieces.items())
    count = sum(pieces.values())
    reached = {
        Threshold.NONE: count >= 1,
        Threshold.AMOUNT: worth >= (wish.threshold or 0),
        Threshold.PIECES: count >= (wish.threshold or 0),
    }[wish.threshold_kind]
    if not reached or not count:
        return D(0)
    if wish.kind == Kind.AMOUNT:
        return min(wish.value, worth)
    if wish.kind == Kind.PERCENT:
        return sum(cent(price * n * wish.value / 100) for price, n in pieces.items())
    if wish.kind == Kind.EACH:
        return sum(min(price, wish.value) * n for price, n in pieces.items())
    cheapest = sorted(price for price, n in pieces.items() for _piece in range(n))[: int(wish.threshold)]
    return max(sum(cheapest) - wish.value, D(0))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(terms=terms, basket=baskets, size=st.integers(1, 400), fitting=st.integers(1, 2 ** len(PRICES) - 1))
def test_what_the_words_say_is_what_comes_off(terms, basket, size, fitting, skus):
    size = D(size % 8 + 1) if terms["threshold_kind"] == Threshold.PIECES else D(size)
    chosen = tuple(sku.code for number, sku in enumerate(skus) if fitting >> number & 1)
    wish = a_wish(**terms, threshold=size, products=chosen if terms["goods"] == Goods.PRODUCTS else ())
    wanted = [(skus[n].code, units) for n, units in basket.items()]
    if problems_of(wish, now=clock.now()):
        with pytest.raises(BadPromotion):
            try_promotion(wish=wish, basket=wanted)
        return
    trial = try_promotion(wish=wish, basket=wanted)
    fits = {
        D(PRICES[n]): units
        for n, units in basket.items()
        if terms["goods"] == Goods.ALL or skus[n].code in chosen
    }
    assert trial.off == by_hand(wish, fits)
    assert trial.price == trial.before - trial.off
    assert all(D(0) <= line.off <= line.before for line in trial.lines)
    assert all(
        line.off == 0 for line in trial.lines if terms["goods"] != Goods.ALL and line.code not in chosen
    )


@pytest.fixture
def skus(db):
    a_shop()
    return [a_piece(price=price, stock=50) for price in PRICES]
