"""Review: rules hold, people clear, nothing else stands between an order and its confirmation."""

from dataclasses import replace

import pytest

from core import faults
from core.errors import NotAllowed
from core.events import drain_all
from core.rights import grant_role
from orders.errors import HoldNotClearable
from orders.models import Hold, HoldRule
from orders.order.models import Order
from orders.services import clear_hold, place_order, review_order
from tests.crm.builders import a_customer, a_user
from tests.scenarios.company import HOME, a_company, a_draft
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def a_cod_order(company, quantity=1, **changes):
    order = place_order(draft=a_draft(company, {company.cup: quantity}, term="cod", **changes))
    drain_all()
    order.refresh_from_db()
    return order


def a_clerk(role):
    user = a_user(is_staff=True)
    grant_role(user=user, role=role)
    return user


def test_an_ordinary_order_is_confirmed_untouched_by_hand():
    order = a_cod_order(a_company())
    assert order.status == "confirmed"
    assert not order.holds.exists()
    assert order.deliveries.count() == 1
    assert order.expires_at is None


def test_each_rule_holds_for_its_department_with_a_deadline():
    company = a_company()
    order = a_cod_order(company, 9, buyer_note="please ring twice")
    assert order.status == "in_review"
    holds = {hold.rule: hold for hold in order.holds.all()}
    assert {rule: hold.department for rule, hold in holds.items()} == {
        "first-cod": "customer_service",
        "buyer-note": "customer_service",
    }
    assert all(hold.due_at > hold.raised_at for hold in holds.values())
    assert not order.deliveries.exists()


def test_an_incomplete_address_is_held():
    company = a_company()
    order = a_cod_order(company, address=replace(HOME, city=""))
    assert [(hold.rule, hold.detail) for hold in order.holds.all()] == [("address", {"missing": ["city"]})]


def test_a_customer_like_another_one_is_held():
    company = a_company()
    a_customer(name="Wang X", phone=str(company.customer.phone))
    order = a_cod_order(company)
    assert [(hold.rule, hold.detail) for hold in order.holds.all()] == [
        ("duplicate-customer", {"like": ["Wang X"]})
    ]


def test_what_no_rule_in_force_asks_for_is_not_looked_up(monkeypatch):
    def asked(**_about):
        raise AssertionError("nobody asks for this")

    for look_up in ("possible_duplicates", "waiting_units"):
        monkeypatch.setattr(f"orders.services.review.{look_up}", asked)
    HoldRule.objects.filter(kind__in=["possible_duplicate", "stock_short"]).update(active=False)
    assert a_cod_order(a_company()).status == "confirmed"


def test_the_last_signature_confirms_the_order():
    company = a_company()
    order = a_cod_order(company, 9, buyer_note="ring twice")
    clerk = a_clerk("customer_service")
    first, second = order.holds.order_by("pk")
    clear_hold(hold_id=first.pk, by=clerk, note="called, is real", order_version=order.version)
    order.refresh_from_db()
    assert order.status == "in_review"
    clear_hold(hold_id=second.pk, by=clerk, note="courier told", order_version=order.version)
    order.refresh_from_db()
    assert order.status == "confirmed"
    first.refresh_from_db()
    assert (first.cleared_by, first.note) == (clerk, "called, is real")


def test_reviewing_again_raises_nothing_twice():
    order = a_cod_order(a_company(), 9)
    review_order(order_id=order.pk)
    review_order(order_id=order.pk)
    assert order.holds.count() == 1


@pytest.mark.parametrize(
    ("role", "note", "version", "error"),
    [
        ("warehouse", "ok", 1, NotAllowed),
        ("customer_service", "  ", 1, HoldNotClearable),
        ("customer_service", "ok", 2, HoldNotClearable),
    ],
)
def test_a_signature_that_does_not_count_changes_nothing(role, note, version, error):
    order = a_cod_order(a_company(), 9)
    hold = order.holds.get()
    with pytest.raises(error):
        clear_hold(hold_id=hold.pk, by=a_clerk(role), note=note, order_version=version)
    hold.refresh_from_db()
    order.refresh_from_db()
    assert (hold.cleared_at, order.status) == (None, "in_review")


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
def test_one_of_many_signatures_at_once_counts():
    order = a_cod_order(a_company(), 9)
    hold, clerk = order.holds.get(), a_clerk("customer_service")
    answers = at_once(
        6, lambda index: clear_hold(hold_id=hold.pk, by=clerk, note=f"n{index}", order_version=1)
    )
    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, HoldNotClearable) for answer in answers) == 5
    drain_all()
    assert Order.objects.get().status == "confirmed"
    assert Order.objects.get().deliveries.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_second_look_a_signature_is_overwritten():
    order = a_cod_order(a_company(), 9, buyer_note="ring")
    first, clerk = order.holds.order_by("pk").first(), a_clerk("customer_service")
    clear_hold(hold_id=first.pk, by=clerk, note="mine", order_version=1)
    with faults.guard_off("F19"):
        clear_hold(hold_id=first.pk, by=clerk, note="overwritten", order_version=1)
    assert Hold.objects.get(pk=first.pk).note == "overwritten"
