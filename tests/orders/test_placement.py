"""One corridor into the pipeline: once per token, whole or not at all, never beyond what stock promises."""

import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.db import IntegrityError, connection
from oscar.apps.partner.models import StockRecord

from core import faults
from core.errors import InvalidInput
from core.models import Event
from core.money import ZERO
from finance.models import PaymentIntent
from inventory.errors import SoldOut
from inventory.models import Reservation, StockLevel
from orders.errors import BadOrder
from orders.order.models import Line, Order, ShippingAddress
from orders.rules.draft import spread_charges
from orders.services import place_order
from tests.scenarios.company import a_company, a_draft
from tests.threads import at_once

HOUSE = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("RACE_SEEDS", "3"))


def nothing_is_left() -> bool:
    models = (Order, Line, ShippingAddress, PaymentIntent, Reservation)
    return not (
        any(model.objects.exists() for model in models)
        or Event.objects.filter(about_kind="order").exists()
        or StockLevel.objects.exclude(reserved=0).exists()
    )


@pytest.mark.django_db
def test_order_reservation_and_intent_are_written_together():
    company = a_company()
    order = place_order(draft=a_draft(company, {company.cup: 3, company.pot: 1}))
    assert (order.status, order.total_incl_tax, order.total_excl_tax) == (
        "awaiting_payment",
        D("577.00"),
        D("510.62"),
    )
    assert (order.shipping_incl_tax, order.shipping_excl_tax) == (D("12.00"), D("10.62"))
    intent = PaymentIntent.objects.get(order=order)
    assert (intent.amount, intent.expires_at) == (D("577.00"), order.expires_at)
    held = Reservation.objects.filter(line__order=order).order_by("line_id")
    assert [(row.quantity, row.expires_at) for row in held] == [(3, order.expires_at), (1, order.expires_at)]


@pytest.mark.django_db
def test_a_cod_order_asks_for_no_payment_and_goes_to_review():
    company = a_company()
    order = place_order(draft=a_draft(company, {company.cup: 1}, term="cod"))
    assert (order.status, order.payment_state) == ("in_review", "due_on_delivery")
    assert not PaymentIntent.objects.exists()
    assert order.expires_at is not None
    assert Reservation.objects.get().expires_at == order.expires_at


@pytest.mark.django_db
def test_an_order_of_nothing_needs_no_gateway():
    """F23: a total of zero is paid as it stands."""
    company = a_company()
    free = replace(a_draft(company, {company.cup: 1}, freight="0"), submit_token="free")
    free = replace(free, lines=tuple(replace(line, price=ZERO) for line in free.lines))
    order = place_order(draft=free)
    assert (order.status, order.payment_state, order.total_incl_tax) == ("in_review", "paid", ZERO)
    assert not PaymentIntent.objects.exists()


@pytest.mark.django_db
def test_more_than_stock_promises_is_refused_whole():
    company = a_company()
    with pytest.raises(SoldOut) as refusal:
        place_order(draft=a_draft(company, {company.cup: 2, company.pot: 6}))
    assert [(row.sku_id, row.asked, row.promise) for row in refusal.value.shortages] == [
        (company.pot.pk, 6, 5)
    ]
    assert nothing_is_left()


@pytest.mark.django_db
def test_an_import_is_a_fact_and_queues_what_is_not_there():
    from inventory.queries import waiting_units

    company = a_company()
    order = place_order(
        draft=a_draft(company, {company.pot: 7}, is_fact=True, external_number="A-1", submit_token=None)
    )
    assert order.status == "in_review"
    assert sum(waiting_units(order_id=order.pk).values()) == 2
    again = place_order(
        draft=a_draft(company, {company.pot: 7}, is_fact=True, external_number="A-1", submit_token=None)
    )
    assert again.pk == order.pk
    assert Order.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spoil",
    [
        lambda draft: replace(draft, lines=()),
        lambda draft: replace(draft, lines=(replace(draft.lines[0], quantity=0),)),
        lambda draft: replace(draft, lines=(replace(draft.lines[0], quantity=-1),)),
        lambda draft: replace(draft, lines=(replace(draft.lines[0], price=D("-1.00")),)),
        lambda draft: replace(draft, lines=(replace(draft.lines[0], price=D("999.00")),)),
        lambda draft: replace(draft, charges=()),
    ],
)
def test_a_draft_that_no_door_may_hand_over_is_refused(spoil):
    company = a_company()
    with pytest.raises(BadOrder):
        place_order(draft=spoil(a_draft(company, {company.cup: 2})))
    assert nothing_is_left()


@pytest.mark.django_db
def test_a_closed_channel_takes_no_orders():
    company = a_company()
    with pytest.raises(InvalidInput, match="channel"):
        place_order(draft=a_draft(company, {company.cup: 1}, channel="fax"))
    assert nothing_is_left()


@pytest.mark.django_db
def test_discounts_are_kept_per_offer_and_line():
    from orders.order.models import OrderDiscount
    from orders.rules.draft import Discount
    from tests.storefront.builders import an_offer

    company = a_company()
    spring = an_offer("Spring").pk
    draft = a_draft(company, {company.cup: 2, company.pot: 1}, freight="0")
    cup, pot = draft.lines
    lines = (
        replace(cup, price=cup.price - D("10.00"), discounts=(Discount(spring, None, "Spring", D("10.00")),)),
        replace(pot, price=pot.price - D("5.55"), discounts=(Discount(spring, None, "Spring", D("5.55")),)),
    )
    order = place_order(draft=replace(draft, lines=spread_charges(lines, ())))
    discount = OrderDiscount.objects.get(order=order)
    assert (discount.offer_id, discount.amount, order.total_incl_tax) == (spring, D("15.55"), D("436.45"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_twenty_posts_of_one_form_make_one_order(round_):
    """F13: every submit leads to the order that exists."""
    company = a_company()
    draft = a_draft(company, {company.cup: 1})
    answers = at_once(8, lambda _index: place_order(draft=draft))
    assert {getattr(answer, "pk", answer) for answer in answers} == {Order.objects.get().pk}
    assert StockLevel.objects.get(sku=company.cup).reserved == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_looking_first_a_second_post_ends_in_an_error():
    company = a_company()
    draft = a_draft(company, {company.cup: 1})
    place_order(draft=draft)
    with faults.guard_off("F13"), pytest.raises(IntegrityError):
        place_order(draft=draft)
    connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
def test_fifty_buyers_for_five_pots_make_five_orders():
    company = a_company()
    drafts = [a_draft(company, {company.pot: 1}) for _buyer in range(24)]
    answers = at_once(24, lambda index: place_order(draft=drafts[index]))
    won = [answer for answer in answers if isinstance(answer, Order)]
    assert len(won) == 5
    assert all(isinstance(answer, Order | SoldOut) for answer in answers)
    level = StockLevel.objects.get(sku=company.pot)
    assert (level.on_hand, level.reserved) == (5, 5)


@pytest.mark.parametrize("point", ["order.before_stock", "order.after_commit"])
@pytest.mark.django_db(transaction=True)
def test_a_process_killed_while_placing_leaves_all_or_nothing(point, settings):
    """F16, F17: what the shopper was not told exists whole or not at all, and the retry finds it."""
    company = a_company()
    draft = a_draft(company, {company.cup: 1})
    script = (
        "import django; django.setup()\n"
        "from tests.scenarios.company import replay_draft\n"
        f"replay_draft({company.cup.pk}, {company.customer.pk}, {draft.submit_token!r})\n"
    )
    database = connection.settings_dict
    address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    env = os.environ | {"SHOPSITE_CRASH_AT": point, "DATABASE_URL": address}
    done = subprocess.run([sys.executable, "-c", script], cwd=HOUSE, env=env, check=False)
    assert done.returncode == faults.CRASH_CODE
    if point == "order.before_stock":
        assert nothing_is_left()
    else:
        assert Order.objects.count() == 1
    order = place_order(draft=draft)
    assert Order.objects.get().pk == order.pk
    assert StockLevel.objects.get(sku=company.cup).reserved == 1


@pytest.mark.django_db
def test_five_lines_from_one_warehouse_are_placed_in_few_queries(django_assert_max_num_queries):
    from tests.builders import a_sku, stocked

    company = a_company()
    wanted = {stocked(a_sku(), company.warehouse, 9): 1 for _line in range(5)}
    draft = a_draft(company, wanted)
    with django_assert_max_num_queries(29):
        place_order(draft=draft)
    assert StockRecord.objects.count() == 7
