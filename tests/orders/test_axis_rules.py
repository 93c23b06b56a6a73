from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.rules.delivery_state import Whereabouts, delivery_state
from orders.rules.holds import ReviewFacts, RuleTerms, find_holds
from orders.rules.payment_state import payment_state
from orders.rules.terms import Refusal, TermTerms, offer_terms


@pytest.mark.parametrize(
    ("term", "received", "refunded", "collected", "handled", "state"),
    [
        ("prepaid", "0", "0", "0", False, "unpaid"),
        ("prepaid", "40", "0", "0", False, "part_paid"),
        ("prepaid", "100", "0", "0", False, "paid"),
        ("prepaid", "100.01", "0", "0", False, "overpaid"),
        ("prepaid", "100", "30", "0", True, "part_refunded"),
        ("prepaid", "100", "100", "0", True, "refunded"),
        ("cod", "0", "0", "0", False, "due_on_delivery"),
        ("cod", "0", "0", "60", False, "part_paid"),
        ("cod", "0", "0", "100", True, "paid"),
        ("cod", "0", "0", "0", True, "unpaid"),
    ],
)
def test_payment_axis(term, received, refunded, collected, handled, state):
    assert (
        payment_state(
            term=term,
            total=D(100),
            received=D(received),
            refunded=D(refunded),
            collected=D(collected),
            handled=handled,
        )
        == state
    )


@pytest.mark.parametrize(
    ("units", "state"),
    [
        (Whereabouts(5), "none"),
        (Whereabouts(5, moving=2), "part_shipped"),
        (Whereabouts(5, moving=5), "shipped"),
        (Whereabouts(5, moving=3, delivered=2), "part_delivered"),
        (Whereabouts(5, delivered=5), "delivered"),
        (Whereabouts(5, delivered=2, refused=3), "part_refused"),
        (Whereabouts(5, refused=5), "refused"),
        (Whereabouts(5, returning=5), "returning"),
        (Whereabouts(5, returned=5), "returned"),
        (Whereabouts(5, lost=5), "lost"),
        (Whereabouts(5, moving=1, refused=4), "shipped"),
        (Whereabouts(5, moving=5, services=1), "shipped"),
        (Whereabouts(5, delivered=5, services=2, performed=1), "part_delivered"),
        (Whereabouts(5, delivered=5, services=2, performed=2), "delivered"),
        (Whereabouts(5, delivered=2, lost=3, services=1, performed=1), "part_refused"),
        (Whereabouts(5, refused=5, services=1), "refused"),
        (Whereabouts(0, services=1), "none"),
        (Whereabouts(0, services=2, performed=1), "part_delivered"),
        (Whereabouts(0, services=1, performed=1), "delivered"),
    ],
)
def test_delivery_axis(units, state):
    assert delivery_state(units) == state


counts = st.integers(0, 5)


@given(counts, counts, counts, counts, counts, counts)
def test_every_whereabouts_has_a_state(moving, delivered, refused, returning, returned, lost):
    units = Whereabouts(
        moving + delivered + refused + returning + returned + lost + 1,
        moving,
        delivered,
        refused,
        returning,
        returned,
        lost,
    )
    assert delivery_state(units)
    assert not units.is_settled


FACTS = ReviewFacts(
    total=D("500.00"),
    term="cod",
    province="江西省",
    address_missing=(),
    buyer_note="",
    earlier_orders_delivered=0,
    back_ordered=0,
)
RULES = [
    RuleTerms("big", "amount_above", "finance", amount=D("3000")),
    RuleTerms("first-cod", "first_cod", "customer_service", amount=D("300")),
    RuleTerms("region", "blocked_region", "customer_service", regions=("西藏自治区",)),
    RuleTerms("note", "buyer_note", "customer_service"),
    RuleTerms("address", "incomplete_address", "customer_service"),
    RuleTerms("short", "stock_short", "warehouse"),
]


def found(**facts):
    from dataclasses import replace

    return [finding.rule.code for finding in find_holds(RULES, replace(FACTS, **facts))]


def test_an_ordinary_order_is_untouched_by_hand():
    assert found(term="prepaid") == []
    assert found(earlier_orders_delivered=1) == []


def test_each_rule_speaks_at_its_boundary_and_many_may_speak_at_once():
    assert found(total=D("300.00")) == []
    assert found(total=D("300.01")) == ["first-cod"]
    assert found(term="prepaid", total=D("3000.00")) == []
    assert found(total=D("3000.01"), buyer_note="ring twice", back_ordered=2) == [
        "big",
        "first-cod",
        "note",
        "short",
    ]
    assert found(term="prepaid", province="西藏自治区", address_missing=("phone",)) == ["region", "address"]
    assert found(term="prepaid", buyer_note="  \n") == []


def test_a_term_says_why_it_is_not_offered():
    rules = [
        TermTerms("prepaid", True, D(0), None, (), 30),
        TermTerms("cod", True, D(5), D(2000), ("西藏自治区",), 4320),
    ]
    at = {t.term: t for t in offer_terms(rules, total=D(1995), province="江西省")}
    assert at["cod"].refusal is None
    assert at["cod"].surcharge == 5
    assert {t.term: t.refusal for t in offer_terms(rules, total=D("1995.01"), province="江西省")} == {
        "prepaid": None,
        "cod": Refusal.TOTAL,
    }
    assert offer_terms(rules, total=D(10), province="西藏自治区")[1].refusal is Refusal.REGION
