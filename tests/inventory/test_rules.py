"""Properties of the pure rules: promise, fences, sourcing, cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.costing import cost_of, value_of
from inventory.rules.promise import Fence, LastUnits, Shelf, fund, promised
from inventory.rules.regions import FAR, NEAR, SAME, distance
from inventory.rules.sourcing import NONE, PART, SPLIT, WHOLE, Place, choose

units = st.integers(0, 60)
WEB, STORE, KEY = (30, 3), (20, 2), (10, 1)


@pytest.mark.parametrize(
    ("shelf", "rank", "cap_left", "expected"),
    [
        (Shelf(80 - 18 - 2, safety=9), WEB, None, 51),  # F11's figures
        (Shelf(100, (Fence(STORE, 30),)), WEB, None, 70),
        (Shelf(100, (Fence(STORE, 30),)), STORE, None, 100),
        (Shelf(5, (Fence(STORE, 5),), safety=10), STORE, None, 5),  # safety does not eat a channel's own
        (Shelf(8, (Fence(KEY, 6), Fence(STORE, 5))), STORE, None, 2),
        (Shelf(100), WEB, 7, 7),
        (Shelf(12, last_units=LastUnits(10, 20)), WEB, None, 3),
        (Shelf(9, last_units=LastUnits(10, 20)), WEB, None, 0),
        (Shelf(9, last_units=LastUnits(10, 20)), STORE, None, 9),
        (Shelf(9, (Fence(WEB, 4),), last_units=LastUnits(10, 20)), WEB, None, 4),
    ],
)
def test_the_promise_is_own_plus_shared_then_cap_then_last_units(shelf, rank, cap_left, expected):
    assert promised(shelf, rank=rank, cap_left=cap_left).units == expected


shelves = st.builds(
    Shelf,
    free=units,
    fences=st.lists(units, max_size=3).map(
        lambda lefts: tuple(Fence(rank, left) for rank, left in zip((KEY, STORE, WEB), lefts, strict=False))
    ),
    safety=units,
    last_units=st.none() | st.builds(LastUnits, units, st.sampled_from([10, 20, 30])),
)


@given(shelves, st.sampled_from([KEY, STORE, WEB]), st.none() | units)
def test_a_promise_is_never_negative_nor_more_than_is_free(shelf, rank, cap_left):
    figures = promised(shelf, rank=rank, cap_left=cap_left)
    assert 0 <= figures.units <= max(0, shelf.free)
    assert cap_left is None or figures.units <= cap_left


@given(units, st.lists(units, max_size=3), st.sampled_from([KEY, STORE, WEB]))
def test_what_a_channel_takes_never_touches_a_funded_fence_of_another(free, wishes, rank):
    ranks = (KEY, STORE, WEB)[: len(wishes)]
    fences = tuple(Fence(each, left) for each, left in zip(ranks, fund(free, wishes), strict=True))
    taken = promised(Shelf(free, fences), rank=rank).units
    assert free - taken >= sum(fence.left for fence in fences if fence.rank != rank)


@given(shelves, st.sampled_from([KEY, STORE, WEB]))
def test_a_large_order_gets_no_more_than_the_same_pieces_one_by_one(shelf, rank):
    """The last-units rule cannot be outwitted by asking for all at once."""
    at_once, one_by_one = promised(shelf, rank=rank).units, 0
    while promised(shelf, rank=rank).units:
        mine = [fence.left for fence in shelf.fences if fence.rank == rank]
        fences = tuple(
            Fence(fence.rank, fence.left - (fence.rank == rank and mine[0] > 0)) for fence in shelf.fences
        )
        shelf = Shelf(shelf.free - 1, fences, shelf.safety, shelf.last_units)
        one_by_one += 1
    assert one_by_one == at_once


@given(units, st.lists(st.integers(-5, 60)))
def test_fences_hold_no_more_than_there_is_and_the_first_is_filled_first(free, wishes):
    held = fund(free, wishes)
    assert sum(held) <= free
    for wish, got in zip(wishes, held, strict=True):
        assert got == min(max(0, wish), free)
        free -= got


places = st.lists(
    st.tuples(
        st.dictionaries(st.integers(1, 3), units, max_size=3),
        st.integers(1, 2),
        st.sampled_from(["上海", "江苏", "新疆", ""]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
).map(
    lambda rows: [
        Place(i, f"w{i}", group, province, own, store, 100, free)
        for i, (free, group, province, own, store) in enumerate(rows)
    ]
)
demands = st.dictionaries(st.integers(1, 3), st.integers(1, 60), min_size=1)
limits = st.fixed_dictionaries({(group, sku): units for group in (1, 2) for sku in (1, 2, 3)})


@given(demands, places, limits, st.booleans())
def test_a_plan_takes_exactly_what_is_asked_and_nobody_gives_more_than_they_have(
    demand, places, limits, split
):
    """F10: the parts and what is missing add up, no part is empty or larger than its shelf."""
    plan = choose(demand, places, limits, region="上海", split=split)
    by_id = {place.warehouse: place for place in places}
    for sku, asked in demand.items():
        assert sum(take.units for take in plan.takes if take.sku == sku) + plan.missing.get(sku, 0) == asked
    for take in plan.takes:
        assert 0 < take.units <= by_id[take.warehouse].has(take.sku)
    for (group, sku), limit in limits.items():
        mine = [t.units for t in plan.takes if t.sku == sku and by_id[t.warehouse].group == group]
        assert sum(mine) <= limit
    assert len({(take.warehouse, take.sku) for take in plan.takes}) == len(plan.takes)
    used = {take.warehouse for take in plan.takes}
    assert split or len(used) <= 1
    assert {by_id[pk].code for pk in by_id.keys() - used} == {each.code for each in plan.rejected}
    assert all(each.reason for each in plan.rejected)


@given(demands, places, limits)
def test_nothing_is_missing_that_all_places_together_have(demand, places, limits):
    plan = choose(demand, places, limits)
    for sku, asked in demand.items():
        could = sum(
            min(limit, sum(p.has(sku) for p in places if p.group == group))
            for (group, which), limit in limits.items()
            if which == sku
        )
        assert plan.missing.get(sku, 0) == max(0, asked - could)


def a_place(code: str, free: int, **more) -> Place:
    return Place(int(code), code, 1, free={1: free}, **more)


@pytest.mark.parametrize(
    ("places", "used", "rule"),
    [
        ([a_place("1", 3, province="上海"), a_place("2", 5, province="新疆")], {2}, WHOLE),
        ([a_place("1", 5, province="新疆"), a_place("2", 5, province="江苏")], {2}, WHOLE),
        ([a_place("1", 5), a_place("2", 5, own=True)], {2}, WHOLE),
        ([a_place("1", 5, store=True), a_place("2", 5)], {2}, WHOLE),
        ([a_place("1", 5, priority=9), a_place("2", 5, priority=1)], {2}, WHOLE),
        ([a_place("1", 2, province="上海"), a_place("2", 1), a_place("3", 4)], {1, 3}, SPLIT),
        ([a_place("1", 1), a_place("2", 1)], {1, 2}, PART),
        ([a_place("1", 0)], set(), NONE),
    ],
)
def test_the_first_rule_that_is_no_tie_decides(places, used, rule):
    plan = choose({1: 5}, places, {(1, 1): 100}, region="上海市")
    assert ({take.warehouse for take in plan.takes}, plan.rule) == (used, rule)


def test_provinces_are_near_or_far():
    assert distance("广西壮族自治区", "广西") == SAME
    assert distance("上海市", "江苏省") == NEAR
    assert distance("上海市", "新疆") == FAR
    assert distance("", "") == FAR


@given(st.integers(1, 500), st.decimals(0, 100_000, places=2), st.lists(st.integers(1, 40), max_size=30))
def test_any_sequence_of_issues_costs_in_the_end_exactly_the_value(quantity, value, issues):
    rest, left = value, quantity
    for wanted in [*issues, quantity]:
        taken = min(wanted, left)
        if not left:
            break
        cost = cost_of(quantity=left, value=rest, units=taken)
        assert 0 <= cost <= rest
        rest, left = rest - cost, left - taken
    assert rest == 0 or left


def test_a_unit_cost_may_be_finer_than_a_cent():
    assert value_of(units=3, unit_cost=Decimal("0.335")) == Decimal("1.01")
