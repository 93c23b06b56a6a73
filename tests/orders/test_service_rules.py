from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.rules.delivery_state import Whereabouts
from orders.rules.services import carried_services, worth_of_services
from orders.rules.terms import Refusal, TermTerms, offer_terms

CENTS = st.decimals(min_value=0, max_value=99999, places=2)


@given(services=CENTS, goods=st.lists(CENTS, min_size=1, max_size=8))
def test_what_goods_carry_of_services_is_all_of_it(services, goods):
    parts = carried_services(services=services, goods=goods)
    assert sum(parts) == services
    assert min(parts) >= 0


def test_without_goods_nothing_is_carried():
    assert carried_services(services=D("5.00"), goods=[]) == []


@given(grosses=st.lists(CENTS, max_size=8), held=st.none() | CENTS)
def test_services_sell_for_what_came_and_never_for_more_than_their_price(grosses, held):
    worths = worth_of_services(grosses=grosses, held=held)
    assert sum(worths) == (sum(grosses) if held is None else min(held, sum(grosses)))
    assert all(0 <= worth <= gross for worth, gross in zip(worths, grosses, strict=True))


def test_of_a_debt_nothing_is_worth_anything():
    assert worth_of_services(grosses=[D("5.00")], held=D("-1.00")) == [D("0.00")]


@pytest.mark.parametrize(
    ("units", "goods", "everything"),
    [
        (Whereabouts(2, delivered=2, services=1), True, False),  # cancelled units are not ordered any more
        (Whereabouts(2, delivered=1, services=1), False, False),
        (Whereabouts(2, delivered=1, moving=1), False, False),
        (Whereabouts(2, delivered=1, lost=1, services=1, performed=1), True, True),
        (Whereabouts(0, services=1), True, False),
        (Whereabouts(0, services=1, performed=1), True, True),
        (Whereabouts(0), True, False),
    ],
)
def test_when_goods_and_the_whole_order_are_settled(units, goods, everything):
    assert (units.goods_settled, units.is_settled) == (goods, everything)


def test_no_courier_collects_for_services_alone():
    rules = [TermTerms(term, True, D("0.00"), None, (), 30) for term in ("prepaid", "cod")]
    offers = offer_terms(rules, total=D(10), province="", ships=False)
    assert [offer.refusal for offer in offers] == [None, Refusal.NO_GOODS]
