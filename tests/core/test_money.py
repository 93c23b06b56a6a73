from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import CENT, share, slice_of, tax_in

amounts = st.decimals("-100000", "100000", places=2)


@given(amounts, st.lists(st.integers(0, 10_000), min_size=1, max_size=20))
def test_parts_always_sum_to_the_whole(total, weights):
    parts = share(total, weights)
    assert sum(parts) == total
    assert all(
        abs(part - (total * w / max(sum(weights), 1))) <= CENT or sum(weights) == 0
        for part, w in zip(parts, weights, strict=True)
    )


@given(st.decimals("0", "100000", places=2), st.integers(1, 50), st.data())
def test_any_sequence_of_partial_slices_ends_at_exactly_the_total(total, quantity, data):
    taken, refunded = 0, D(0)
    while taken < quantity:
        units = data.draw(st.integers(1, quantity - taken))
        part = slice_of(total, quantity, taken, units)
        assert 0 <= part <= total
        refunded += part
        taken += units
    assert refunded == total


def test_three_times_a_third_of_ten_is_ten():
    assert share(D("10.00"), [1, 1, 1]) == [D("3.34"), D("3.33"), D("3.33")]
    assert [slice_of(D("10.00"), 3, k, 1) for k in range(3)] == [D("3.33"), D("3.34"), D("3.33")]


def test_a_slice_beyond_the_quantity_is_refused():
    with pytest.raises(ValueError, match="not within"):
        slice_of(D("10.00"), 3, 2, 2)


def test_tax_is_carved_out_of_the_price():
    assert tax_in(D("113.00"), D("0.13")) == D("13.00")
    assert tax_in(D("0.01"), D("0.13")) == D("0.00")
