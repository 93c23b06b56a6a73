"""Rate cards and rating: boundaries, volume, extras, COD tariffs, validity."""

import json
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.rules.rate_cards import (
    BracketPrice,
    CodStep,
    CodTariff,
    Extras,
    NoRate,
    OverlappingRates,
    PerKgPrice,
    PerPiecePrice,
    RateCard,
    RateLine,
    RatingError,
    Service,
    StepPrice,
)
from logistics.rules.rate_rows import extras_from_json, extras_to_json, price_from_json, price_to_json
from logistics.rules.rating import Shipment, chargeable_weight, cod_fee, expected_fee

DAY = date(2026, 3, 1)
STEPS = StepPrice(1000, D("8.00"), 1000, D("3.50"))


def a_line(price=STEPS, zone="1", service=Service.FORWARD, product="", start=date(2026, 1, 1), **more):
    return RateLine(product, service, zone, price, start, **more)


def a_fee(line, weight_g=1000, **more):
    return expected_fee(RateCard("sf", [line]), Shipment("1", weight_g, DAY, **more))


@pytest.mark.parametrize(
    ("grams", "freight", "billable"),
    [
        (1, "8.00", 1000),
        (1000, "8.00", 1000),
        (1001, "11.50", 2000),
        (2000, "11.50", 2000),
        (2200, "15.00", 3000),
        (3000, "15.00", 3000),
        (3001, "18.50", 4000),
    ],
)
def test_first_weight_and_steps_bill_the_boundary_to_the_lower_bracket(grams, freight, billable):
    fee = a_fee(a_line(), grams)
    assert (fee.freight, fee.billable_g, fee.total) == (D(freight), billable, D(freight))


@pytest.mark.parametrize("step_g", [100, 500, 1000])
def test_weights_in_one_step_have_one_price(step_g):
    """F58: 2.20 and 2.36 kg are both billed as 2.5 kg on half-kilo steps."""
    line = a_line(StepPrice(500, D("5.00"), step_g, D("1.20")))
    one, other = a_fee(line, 2200), a_fee(line, 2360)
    assert (one.billable_g == other.billable_g) == (one.freight == other.freight) == (step_g != 100)


@pytest.mark.parametrize(
    ("grams", "fee"),
    [
        (500, "3.00"),
        (501, "3.60"),
        (1000, "3.60"),
        (1001, "4.80"),
        (2000, "4.80"),
        (2001, "6.00"),
        (4000, "7.20"),
    ],
)
def test_brackets_are_fixed_and_then_step(grams, fee):
    brackets = ((500, D("3.00")), (1000, D("3.60")), (2000, D("4.80")))
    assert a_fee(a_line(BracketPrice(brackets, 1000, D("1.20"))), grams).freight == D(fee)


def test_a_weight_above_the_last_bracket_without_a_step_has_no_price():
    with pytest.raises(NoRate, match="add a bracket or a step"):
        a_fee(a_line(BracketPrice(((500, D("3.00")),))), 501)


def test_per_kg_and_per_piece_prices():
    assert a_fee(a_line(PerKgPrice(D("2.35"), 500)), 3200).freight == D("8.23")
    assert a_fee(a_line(PerPiecePrice(D("12.00"))), 9000, pieces=3).freight == D("36.00")


def test_volume_counts_when_it_is_heavier_and_only_with_a_divisor():
    box = (D(40), D(30), D(30))
    assert a_fee(a_line(divisor=6000), 2000, dims_cm=box).billable_g == 6000
    assert a_fee(a_line(divisor=12000), 2000, dims_cm=box).billable_g == 3000
    assert a_fee(a_line(divisor=0), 2000, dims_cm=box).billable_g == 2000
    assert chargeable_weight(2000, box, 6000, 1000) == 6000
    assert chargeable_weight(2200, None, 0, 500) == 2500
    assert chargeable_weight(300, None, 0, 500, first_g=1000) == 1000


def test_extras_are_rounded_one_by_one_and_explained():
    extras = Extras(
        fuel_pct=D("7.5"),
        remote_fee=D("12"),
        waybill_fee=D("0.80"),
        insurance_pct=D("0.5"),
        insurance_minimum=D("1.00"),
        cod=CodTariff(rate_pct=D("1.5"), minimum=D("5"), maximum=D("150")),
    )
    fee = a_fee(a_line(extras=extras), 2200, remote=True, declared_value=D("150"), cod_amount=D("200"))
    assert fee.surcharges == {
        "fuel": D("1.13"),
        "remote": D("12.00"),
        "waybill": D("0.80"),
        "insurance": D("1.00"),
    }
    assert (fee.cod_fee, fee.total) == (D("5.00"), D("34.93"))
    assert fee.explanation[0] == "zone 1, forward, 2.2 kg by scale billed as 3 kg"
    assert "COD fee 5.00 for 200" in fee.explanation


def test_the_minimum_charge_holds_and_says_so():
    fee = a_fee(a_line(extras=Extras(minimum=D("9.90"))), 500)
    assert fee.freight == D("9.90")
    assert fee.explanation[1] == "freight 9.90 (minimum charge; the card gives 8.00)"


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        ("0", "0.00"),
        ("200", "2.00"),
        ("200.01", "4.00"),
        ("3000", "4.00"),
        ("3000.01", "4.50"),
        ("90000", "40.00"),
    ],
)
def test_cod_fee_by_steps_of_the_amount(amount, fee):
    tariff = CodTariff(
        steps=(
            CodStep(D("200"), fixed=D("2")),
            CodStep(D("3000"), fixed=D("4")),
            CodStep(None, rate_pct=D("0.15"), cap=D("40")),
        )
    )
    assert cod_fee(D(amount), tariff) == D(fee)


@pytest.mark.parametrize(("amount", "fee"), [("100", "15.00"), ("2000", "24.00"), ("99999", "200.00")])
def test_cod_fee_by_rate_stays_within_its_bounds(amount, fee):
    assert cod_fee(D(amount), CodTariff(D("1.2"), D("15"), D("200"))) == D(fee)


def test_cod_steps_that_end_too_early_are_an_error_and_not_free():
    with pytest.raises(RatingError, match="add a last step"):
        cod_fee(D("201"), CodTariff(steps=(CodStep(D("200"), fixed=D("2")),)))


def test_the_price_of_the_hand_over_date_holds():
    old = a_line(valid_to=date(2026, 3, 1))
    new = a_line(StepPrice(1000, D("9.00"), 1000, D("4.00")), start=date(2026, 3, 1))
    card = RateCard("sf", [new, old])
    prices = [
        expected_fee(card, Shipment("1", 1000, day)).freight
        for day in (date(2026, 2, 28), date(2026, 3, 1), date(2027, 1, 1))
    ]
    assert prices == [D("8.00"), D("9.00"), D("9.00")]
    with pytest.raises(NoRate, match="zone 1 on 2025-12-31"):
        expected_fee(card, Shipment("1", 1000, date(2025, 12, 31)))


@pytest.mark.parametrize("end", [None, date(2026, 3, 2)])
def test_prices_that_overlap_are_refused(end):
    with pytest.raises(OverlappingRates, match="end it before 2026-03-01"):
        RateCard("sf", [a_line(valid_to=end), a_line(start=date(2026, 3, 1))])


def test_an_open_product_needs_a_single_line_and_a_named_one_falls_back_to_the_general():
    card = RateCard("sf", [a_line(product="fast"), a_line(product="slow"), a_line(zone="2")])
    with pytest.raises(NoRate, match="several products fit"):
        expected_fee(card, Shipment("1", 1000, DAY))
    assert expected_fee(card, Shipment("1", 1000, DAY, product="slow")).freight == D("8.00")
    assert expected_fee(card, Shipment("2", 1000, DAY, product="slow")).freight == D("8.00")


grams = st.integers(1, 200_000)
prices = st.one_of(
    st.builds(
        StepPrice,
        st.integers(1, 3000),
        st.decimals(0, 50, places=2),
        st.integers(1, 2000),
        st.decimals(0, 20, places=2),
    ),
    st.builds(PerKgPrice, st.decimals(0, 20, places=2), st.integers(1, 2000)),
    st.builds(
        lambda first, second, step, fee: BracketPrice(((500, first), (1000, first + second)), step, fee),
        st.decimals(0, 20, places=2),
        st.decimals(0, 20, places=2),
        st.integers(1, 2000),
        st.decimals(0, 20, places=2),
    ),
)


@given(prices, grams, grams)
def test_a_heavier_parcel_is_never_cheaper_and_rating_the_billable_weight_changes_nothing(price, one, other):
    light, heavy = sorted((one, other))
    assert price.freight(light) <= price.freight(heavy)
    assert price.billable(light) >= light
    assert price.freight(price.billable(heavy)) == price.freight(heavy)
    assert price.billable(price.billable(heavy)) == price.billable(heavy)


@given(grams, st.integers(1, 3000))
def test_chargeable_weight_is_the_least_multiple_of_the_step_that_covers(weight, step):
    charged = chargeable_weight(weight, None, 0, step)
    assert charged % step == 0
    assert charged - step < weight <= charged


amount = st.decimals(0, 500, places=2)
tariffs = st.builds(
    CodTariff,
    amount,
    st.none() | amount,
    st.none() | amount,
    st.lists(st.builds(CodStep, *[st.none() | amount] * 4), max_size=3).map(tuple),
)


@given(prices | st.builds(PerPiecePrice, amount))
def test_a_price_comes_back_from_json_as_it_went(price):
    kind, values = price_to_json(price)
    assert price_from_json(kind, json.loads(json.dumps(values))) == price


@given(st.builds(Extras, *[amount] * 6, cod=st.none() | tariffs))
def test_extras_come_back_from_json_as_they_went(extras):
    assert extras_from_json(json.loads(json.dumps(extras_to_json(extras)))) == extras


def test_an_unknown_kind_of_price_is_refused():
    with pytest.raises(RatingError, match="no kind of price is called gift"):
        price_from_json("gift", {})
