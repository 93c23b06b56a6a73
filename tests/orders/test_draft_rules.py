"""What an order costs: shares are spread once and always add up (F40, F63)."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import ZERO
from orders.rules.draft import SHIPPING, Address, Charge, DraftLine, OrderDraft, spread_charges

HOME = Address("Li Na", "+8613800000000", "江西省", "景德镇市", "珠山区", "瓷都大道1号")


def a_line(price="10.00", quantity=1, rate="0.13", **more):
    return DraftLine(
        sku_id=more.pop("sku_id", 1),
        stockrecord_id=1,
        product_id=1,
        code="CUP",
        title="Cup",
        quantity=quantity,
        unit_price=D(price),
        price=more.pop("after_discounts", D(price) * quantity),
        tax_rate=D(rate),
        **more,
    )


def a_draft(lines, charges=()):
    return OrderDraft(
        channel="web",
        customer_id=1,
        term="prepaid",
        currency="CNY",
        lines=spread_charges(lines, charges),
        charges=tuple(charges),
        address=HOME,
        language="zh-hans",
    )


prices = st.decimals("0.01", "9999", places=2)


@given(
    st.lists(
        st.tuples(prices, st.integers(1, 40), st.sampled_from(["0", "0.06", "0.09", "0.13"])), min_size=1
    ),
    st.lists(st.decimals("0", "200", places=2), max_size=3),
)
def test_the_total_is_the_sum_of_goods_and_charges_and_of_the_lines(lines, charges):
    draft = a_draft(
        [a_line(str(price), quantity, rate) for price, quantity, rate in lines],
        [Charge(SHIPPING, "Shipping", amount) for amount in charges],
    )
    assert draft.total == draft.goods + sum(charges, ZERO)
    assert draft.total == sum(line.gross for line in draft.lines)
    assert all(0 <= line.tax <= line.gross and line.charge_share >= 0 for line in draft.lines)
    assert (
        sum(draft.charge_taxes(), ZERO) == draft.tax - sum(line.price_tax for line in draft.lines)
        or not charges
    )


def test_freight_of_ten_over_three_equal_lines_is_3_34_3_33_3_33():
    draft = a_draft([a_line(), a_line(), a_line()], [Charge(SHIPPING, "Shipping", D("10.00"))])
    assert [line.charge_share for line in draft.lines] == [D("3.34"), D("3.33"), D("3.33")]


def test_freight_of_free_goods_is_spread_by_quantity():
    free = replace(a_line(), price=ZERO)
    draft = a_draft([free, replace(free, quantity=3)], [Charge(SHIPPING, "Shipping", D("8.00"))])
    assert [line.charge_share for line in draft.lines] == [D("2.00"), D("6.00")]


def test_a_negative_charge_is_refused():
    with pytest.raises(ValueError, match="negative"):
        a_draft([a_line()], [Charge(SHIPPING, "Shipping", D("-1.00"))])


@pytest.mark.parametrize(
    "change",
    [
        {"term": "cod"},
        {"currency": "EUR"},
        {"address": replace(HOME, province="广东省")},
        {"lines": (a_line(quantity=2),)},
        {"lines": (a_line("10.01"),)},
        {"lines": (a_line(sku_id=2),)},
        {"charges": (Charge(SHIPPING, "Shipping", D("0.01")),)},
    ],
)
def test_the_fingerprint_changes_with_every_figure_that_was_shown(change):
    draft = a_draft([a_line()])
    assert replace(draft, **change).fingerprint != draft.fingerprint
    assert replace(draft, buyer_note="hello").fingerprint == draft.fingerprint
