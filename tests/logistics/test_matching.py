"""A statement's waybill beside our parcel: every outcome, two faults at once, the COD table."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.rules import cod
from logistics.rules.expectation import expect
from logistics.rules.grouping import BilledRow, Term, group_rows
from logistics.rules.matching import ParcelFacts, classify, missing, summarise
from logistics.rules.outcomes import FeeKind, Outcome, Tolerance
from logistics.rules.rate_cards import CodTariff, Extras, RateCard, RateLine, Service, StepPrice
from logistics.rules.rating import Shipment

K = FeeKind
DAY = date(2026, 3, 1)
EXTRAS = Extras(waybill_fee=D("1.00"), cod=CodTariff(D("1"), D("2"), D("50")))
CARD = RateCard(
    "sf",
    [
        RateLine("", service, zone, StepPrice(1000, D(first), 1000, D(step)), date(2026, 1, 1), extras=EXTRAS)
        for service, zone, first, step in [
            (Service.FORWARD, "1", "8.00", "3.50"),
            (Service.FORWARD, "2", "10.00", "5.00"),
            (Service.RETURN, "1", "6.00", "2.00"),
            (Service.RETURN, "2", "7.00", "3.00"),
        ]
    ],
)


def a_case(
    *rows,
    state=cod.Parcel.DELIVERED,
    weight_g=2200,
    zone="1",
    services=(Service.FORWARD,),
    cod_amount=D("0.00"),
    settled=None,
    tolerance=None,
    folded=frozenset(),
    states_cod=False,
):
    """The classification of these billed rows for one parcel: 15.00 freight and 1.00 surcharge expected."""
    told = expect(CARD, Shipment(zone, weight_g, DAY, services[0], cod_amount=cod_amount), services)
    parcel = ParcelFacts(
        "W1", state, zone, weight_g, told.expected, services, cod_amount, settled or {}, DAY, told.no_rate
    )
    (billed,) = group_rows(rows, folded=folded, states_cod=states_cod)
    return classify(parcel, billed, told.rerate, tolerance)


def freight(amount, row="r1", **more):
    return BilledRow(row, "W1", K.FREIGHT, D(amount), **more)


def codes(result):
    return [finding.code for finding in result.findings]


def test_a_right_bill_on_several_rows_is_agreed():
    result = a_case(
        freight("15.00", item="standard"),
        BilledRow("r2", "W1", K.SURCHARGE, D("1.00"), "waybill"),
        BilledRow("r3", "W1", K.COD_FEE, D("2.00"), "COD"),
        BilledRow("r3", "W1", K.COD, D("100.00")),
        cod_amount=D("100.00"),
    )
    assert (result.outcome, result.findings) == (Outcome.AGREED, ())
    assert (result.billed, result.expected) == (D("18.00"), D("18.00"))


def test_parts_of_one_fee_are_summed_before_comparing():
    assert a_case(freight("7.50", "r1"), freight("7.50", "r2")).outcome == Outcome.AGREED
    assert a_case(freight("12.00", "r1"), freight("3.00", "r2")).outcome == Outcome.AGREED


def test_another_raw_weight_that_bills_the_same_is_no_difference():
    assert a_case(freight("15.00", weight_g=2360)).outcome == Outcome.AGREED


@pytest.mark.parametrize(
    ("row", "outcome", "money"),
    [
        (freight("18.50", weight_g=3100), Outcome.WEIGHT, ["3.50"]),
        (freight("20.00", zone="2", weight_g=2200), Outcome.ZONE, ["5.00"]),
        (freight("25.00", zone="2", weight_g=3100), Outcome.WEIGHT, ["3.50", "6.50"]),
        (freight("17.77", zone="1", weight_g=2300), Outcome.RATE, ["2.77"]),
        (freight("19.77", weight_g=3100), Outcome.RATE, ["1.27", "3.50"]),
        (freight("19.77", zone="2"), Outcome.RATE, ["-0.23", "5.00"]),
        (freight("12.00"), Outcome.RATE, ["-3.00"]),
        (freight("15.00", term=Term.COLLECT), Outcome.RATE, ["15.00"]),
        (freight("10.00", is_return=True), Outcome.WRONG_RETURN_PRICE, ["-5.00"]),
    ],
)
def test_the_substitution_that_gives_their_fee_names_the_outcome(row, outcome, money):
    result = a_case(row)
    assert result.outcome == outcome
    assert [finding.money for finding in result.findings] == [D(part) for part in money]


def test_a_return_that_the_receiver_pays_is_ours_to_pay():
    back = {"services": (Service.RETURN,), "state": cod.Parcel.CAME_BACK}
    assert a_case(freight("10.00", term=Term.COLLECT), **back).outcome == Outcome.AGREED
    collect = a_case(freight("15.00", term=Term.COLLECT))
    assert (collect.expected, collect.difference) == (D("0.00"), D("15.00"))


def test_a_return_at_the_forward_price_or_any_other_is_a_wrong_return_price():
    back = {"services": (Service.RETURN,), "state": cod.Parcel.CAME_BACK}
    assert a_case(freight("10.00"), **back).outcome == Outcome.AGREED
    assert a_case(freight("12.00", weight_g=3100), **back).outcome == Outcome.WEIGHT
    for fee in ("15.00", "11.11"):
        result = a_case(freight(fee, weight_g=2200), **back)
        assert (result.outcome, result.difference) == (Outcome.WRONG_RETURN_PRICE, D(fee) - 10)


def test_forward_and_return_under_one_number_are_rated_together():
    both = {"services": (Service.FORWARD, Service.RETURN), "state": cod.Parcel.CAME_BACK}
    assert a_case(freight("25.00"), **both).outcome == Outcome.AGREED
    assert a_case(freight("30.00"), **both).outcome == Outcome.WRONG_RETURN_PRICE


def test_a_row_twice_in_the_file_keeps_one_and_claims_the_other():
    result = a_case(freight("15.00", "r1"), freight("15.00", "r9"))
    assert (result.outcome, codes(result)) == (Outcome.DUPLICATE_IN_FILE, [Outcome.DUPLICATE_IN_FILE])
    assert (result.findings[0].money, result.difference) == (D("15.00"), D("15.00"))
    assert "r1, r9" in result.findings[0].note


def test_a_repeat_does_not_hide_a_wrong_weight():
    result = a_case(freight("18.50", "r1", weight_g=3100), freight("18.50", "r2", weight_g=3100))
    assert codes(result) == [Outcome.DUPLICATE_IN_FILE, Outcome.WEIGHT]
    assert sum(finding.money for finding in result.findings) == result.difference


def test_what_an_earlier_statement_settled_is_billed_before_and_another_fee_kind_is_not():
    settled = {K.FREIGHT: D("15.00")}
    again = a_case(freight("15.00"), settled=settled)
    assert (again.outcome, again.findings[0].money) == (Outcome.BILLED_BEFORE, D("15.00"))
    late_fee = a_case(BilledRow("r1", "W1", K.SURCHARGE, D("1.00")), settled=settled)
    assert (late_fee.outcome, late_fee.expected) == (Outcome.AGREED, D("1.00"))


def test_surcharge_and_cod_fee_are_compared_on_their_own():
    assert a_case(BilledRow("r", "W1", K.SURCHARGE, D("4.00"))).outcome == Outcome.SURCHARGE
    fee = a_case(freight("15.00"), BilledRow("r", "W1", K.COD_FEE, D("3.00")), cod_amount=D("100.00"))
    assert (fee.outcome, fee.findings[0].money) == (Outcome.COD_FEE, D("1.00"))


def test_a_statement_with_one_amount_is_compared_with_the_whole_fee():
    folded = frozenset({K.SURCHARGE, K.COD_FEE})
    assert a_case(freight("18.00"), cod_amount=D("100.00"), folded=folded).outcome == Outcome.AGREED
    heavy = a_case(freight("21.50", weight_g=3100), cod_amount=D("100.00"), folded=folded)
    assert heavy.outcome == Outcome.WEIGHT


def test_cash_paid_short_paid_for_a_refused_parcel_or_not_at_all():
    def pays(amount):
        return BilledRow("r1", "W1", K.COD, D(amount))

    cash = {"cod_amount": D("100.00"), "states_cod": True}
    assert a_case(pays("100.00"), **cash).outcome == Outcome.AGREED
    assert a_case(pays("60.00"), BilledRow("r2", "W1", K.COD, D("40.00")), **cash).outcome == Outcome.AGREED
    short = a_case(pays("90.00"), **cash)
    assert (short.outcome, short.findings[0].money) == (Outcome.COD_AMOUNT, D("-10.00"))
    refused = a_case(pays("100.00"), state=cod.Parcel.CAME_BACK, **cash)
    assert (refused.outcome, refused.findings[0].note) == (
        Outcome.COD_AMOUNT,
        "paid, but refused or returned here",
    )
    silent = a_case(freight("15.00"), **cash)
    assert (silent.outcome, silent.findings[0].money) == (Outcome.COD_AMOUNT, D("-100.00"))
    twice = a_case(pays("100.00"), BilledRow("r2", "W1", K.COD, D("100.00")), **cash)
    assert (twice.outcome, len(twice.findings)) == (Outcome.DUPLICATE_IN_FILE, 1)
    again = a_case(pays("100.00"), settled={K.COD: D("100.00")}, **cash)
    assert again.outcome == Outcome.BILLED_BEFORE


def test_tolerance_needs_money_and_percent_and_covers_the_waybill_as_a_whole():
    near = Tolerance(D("0.50"), D("5"))
    inside = a_case(freight("15.40"), tolerance=near)
    assert (inside.outcome, inside.tolerated) == (Outcome.WITHIN_TOLERANCE, D("0.40"))
    assert a_case(freight("15.60"), tolerance=near).outcome == Outcome.RATE
    assert a_case(freight("15.40"), tolerance=Tolerance(D("0.50"), D("2"))).outcome == Outcome.RATE
    surcharge = BilledRow("r2", "W1", K.SURCHARGE, D("1.40"))
    parts = a_case(freight("15.40"), surcharge, tolerance=near)
    assert (parts.outcome, parts.tolerated) == (Outcome.RATE, D("0.00"))


def test_what_is_unreadable_unknown_or_unpriced_is_said_so():
    damaged = a_case(
        freight("15.00"), BilledRow("r2", "W1", K.FREIGHT, D("0"), problem="12..34 is no amount")
    )
    assert (damaged.outcome, damaged.billed) == (Outcome.NEEDS_REVIEW, D("15.00"))
    unpriced = a_case(freight("15.00"), zone="9")
    assert unpriced.outcome == Outcome.NEEDS_REVIEW
    assert "no line on the rate card" in unpriced.findings[0].note
    (account_charge,) = group_rows([BilledRow("r1", "", K.FREIGHT, D("30.00"))])
    result = classify(None, account_charge, lambda *_: None)
    assert (result.outcome, result.billed) == (Outcome.NEEDS_REVIEW, D("30.00"))
    (foreign,) = group_rows([BilledRow("r1", "X9", K.FREIGHT, D("30.00"))])
    result = classify(None, foreign, lambda *_: None)
    assert (result.outcome, result.findings[0].money) == (Outcome.NOT_OURS, D("30.00"))
    credit = a_case(BilledRow("r1", "W1", K.ADJUSTMENT, D("-3.00"), "correction"))
    assert (credit.outcome, credit.billed) == (Outcome.NEEDS_REVIEW, D("-3.00"))


def test_children_belong_to_their_mother():
    rows = [
        BilledRow("r1", "W1", K.FREIGHT, D("15.00"), weight_g=2200),
        BilledRow("r2", "W1-1", K.FREIGHT, D("0.00")),
        BilledRow("r3", "W1-2", K.FREIGHT, D("0.00")),
    ]
    (billed,) = group_rows(rows, mother_of=lambda waybill: waybill.split("-")[0])
    told = expect(CARD, Shipment("1", 2200, DAY))
    parcel = ParcelFacts("W1", cod.Parcel.DELIVERED, "1", 2200, told.expected)
    assert classify(parcel, billed, told.rerate).outcome == Outcome.AGREED
    assert billed.rows == ("r1", "r2", "r3")
    rows[0] = BilledRow("r1", "W1", K.FREIGHT, D("16.66"))
    (billed,) = group_rows(rows, mother_of=lambda waybill: waybill.split("-")[0])
    assert codes(classify(parcel, billed, told.rerate)) == [Outcome.RATE]


def test_ours_but_missing_counts_from_the_hand_over():
    def a_parcel(waybill, **more):
        return ParcelFacts(
            waybill, cod.Parcel.DELIVERED, "1", 2200, {K.FREIGHT: D("15.00")}, handed_over_on=DAY, **more
        )

    parcels = [a_parcel("A"), a_parcel("B"), a_parcel("C", settled={K.FREIGHT: D("15.00")})]
    found = missing(parcels, billed={"B"}, on=date(2026, 3, 31), after_days=30)
    assert [(row.waybill, row.outcome, row.difference) for row in found] == [
        ("A", Outcome.MISSING, D("-15.00"))
    ]
    assert missing(parcels, billed={"B"}, on=date(2026, 3, 30), after_days=30) == []


def test_a_summary_counts_outcomes_and_caps_what_tolerance_swallows():
    near = Tolerance(D("0.50"), D("5"))
    rows = [a_case(freight(amount), tolerance=near) for amount in ("15.00", "15.40", "15.40", "18.00")]
    summary = summarise(rows)
    assert summary.outcomes == {Outcome.AGREED: 1, Outcome.WITHIN_TOLERANCE: 2, Outcome.RATE: 1}
    assert (summary.billed, summary.expected, summary.difference) == (D("63.80"), D("60.00"), D("3.80"))
    assert summary.tolerates_more_than(D("0.79"))
    assert not summary.tolerates_more_than(D("0.80"))


FULL = {"same": "100.00", "other": "70.00"}
VERDICTS = """
under_way  pays        unknown     difference
under_way  pays_again  difference  difference
under_way  takes_back  matched     difference
delivered  pays        matched     difference
delivered  pays_again  difference  difference
delivered  takes_back  difference  difference
came_back  pays        difference  difference
came_back  pays_again  difference  difference
came_back  takes_back  matched     difference
lost       pays        unknown     difference
lost       pays_again  difference  difference
lost       takes_back  matched     difference
"""


@pytest.mark.parametrize(
    ("state", "line", "relation", "verdict"),
    [
        (state, line, relation, verdict)
        for state, line, same, other in map(str.split, VERDICTS.strip().splitlines())
        for relation, verdict in (("same", same), ("other", other))
    ],
)
def test_each_of_the_24_cod_cases(state, line, relation, verdict):
    """F37: our parcel x what the line does x its amount."""
    before = D("0.00") if line == "pays" else D("100.00")
    stated = D(FULL[relation]) * (-1 if line == "takes_back" else 1)
    found, reason = cod.judge(cod.Parcel(state), to_collect=D("100.00"), paid_before=before, stated=stated)
    assert found == verdict
    assert reason
    assert cod.read_line(to_collect=D("100.00"), paid_before=before, stated=stated) == (line, relation)


def test_a_cod_line_without_a_parcel_of_ours_is_unknown():
    assert cod.judge(None, to_collect=D(0), paid_before=D(0), stated=D(5))[0] == cod.Verdict.UNKNOWN


amounts = st.sampled_from(
    ["0.00", "1.00", "2.00", "3.50", "6.00", "8.00", "10.00", "15.00", "20.00", "100.00"]
)
billed_rows = st.builds(
    lambda kind, amount, sign, item, weight, zone, term, back, problem: BilledRow(
        "r", "W1", kind, D(amount) * sign, item, weight, zone, term, back, problem
    ),
    st.sampled_from(FeeKind),
    amounts,
    st.sampled_from([1, 1, 1, -1]),
    st.sampled_from(["", "base", "extra"]),
    st.sampled_from([None, 500, 2200, 2360, 5000]),
    st.sampled_from(["", "1", "2", "9"]),
    st.sampled_from([None, *Term]),
    st.booleans(),
    st.sampled_from(["", "", "", "damaged"]),
)


@given(
    st.lists(billed_rows, min_size=1, max_size=5),
    st.sampled_from(cod.Parcel),
    st.sampled_from(["1", "2", "9"]),
    st.sampled_from([(Service.FORWARD,), (Service.RETURN,), (Service.FORWARD, Service.RETURN)]),
    amounts,
    st.dictionaries(st.sampled_from([K.FREIGHT, K.SURCHARGE, K.COD_FEE, K.COD]), amounts.map(D)),
    st.booleans(),
)
def test_every_input_ends_in_one_outcome_and_every_cent_of_difference_has_a_finding(
    rows, state, zone, services, cash, settled, states_cod
):
    result = a_case(
        *rows,
        state=state,
        zone=zone,
        services=services,
        cod_amount=D(cash),
        settled=settled,
        states_cod=states_cod,
    )
    assert result.outcome in Outcome
    assert (result.outcome == Outcome.AGREED) == (not result.findings)
    assert result.outcome == Outcome.AGREED or result.outcome == result.findings[0].code
    explained = sum(f.money for f in result.findings if f.kind in (K.FREIGHT, K.SURCHARGE, K.COD_FEE))
    corrections = sum(row.amount for row in rows if row.kind == K.ADJUSTMENT and not row.problem)
    if zone != "9":
        assert explained + corrections == result.difference


FAULTS = {
    Outcome.COD_AMOUNT: {"cash": "90.00"},
    Outcome.COD_FEE: {"cod_fee": "3.00"},
    Outcome.WEIGHT: {"freight": "18.50", "weight": 3100},
    Outcome.ZONE: {"freight": "20.00", "zone": "2"},
    Outcome.RATE: {"freight": "16.66"},
    Outcome.SURCHARGE: {"surcharge": "5.00"},
    Outcome.NEEDS_REVIEW: {"problem": "damaged"},
}


@given(st.sampled_from(sorted(FAULTS)), st.sampled_from(sorted(FAULTS)))
def test_two_faults_never_lose_the_second(one, other):
    told = {
        "freight": "15.00",
        "weight": 2200,
        "zone": "1",
        "surcharge": "1.00",
        "cod_fee": "2.00",
        "cash": "100.00",
    }
    faults = {one, other}
    if len(faults & {Outcome.WEIGHT, Outcome.ZONE, Outcome.RATE}) == 2:
        return  # both live in the freight; covered by the table of substitutions
    for fault in faults:
        told |= FAULTS[fault]
    rows = [
        freight(told["freight"], weight_g=told["weight"], zone=told["zone"]),
        BilledRow("r2", "W1", K.SURCHARGE, D(told["surcharge"])),
        BilledRow("r3", "W1", K.COD_FEE, D(told["cod_fee"])),
        BilledRow("r4", "W1", K.COD, D(told["cash"])),
    ]
    if "problem" in told:
        rows.append(BilledRow("r5", "W1", K.SURCHARGE, D("0.00"), problem="damaged"))
    result = a_case(*rows, cod_amount=D("100.00"))
    assert set(codes(result)) == faults
    assert result.outcome == min(faults, key=list(Outcome).index)
