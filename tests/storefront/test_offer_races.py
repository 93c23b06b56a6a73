"""Fifty shoppers with one code, sixty with an offer for ten, all at once through the live server."""

import os
from collections import Counter
from decimal import Decimal as D

import pytest
from django.core.cache import cache
from django.db import connection

from core.faults import guard_off, widened
from orders.offer.models import ConditionalOffer
from orders.order.models import Order, OrderDiscount
from orders.voucher.models import Voucher, VoucherApplication
from tests.storefront.builders import a_code, a_piece, a_shop, an_offer
from tests.storefront.shoppers import shoppers
from tests.storefront.test_races import first_together
from tests.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = max(3, int(os.environ.get("RACE_SEEDS", "3")))


def rush(server, crowd, *, code="", guard="F43", wait=0):
    """Everybody has seen the total with the discount, and presses the button together."""
    cache.clear()  # tries of codes are counted there
    people = shoppers(crowd, a_piece(price="100.00", stock=500), code=code)
    with widened(guard, first_together(wait) if wait else lambda: None):
        return at_once(crowd, lambda index: people[index].ask(server))


@pytest.mark.parametrize("limit", [1, 3])
def test_a_limited_code_is_used_exactly_so_often_by_fifty_shoppers(live_server, limit):
    """F43: the losers are told, see the total without the code, and have ordered nothing."""
    a_shop()
    for turn in range(ROUNDS):
        code = a_code(f"CODE{turn}OFTEN{limit}", limit=limit)
        answers = rush(live_server.url, 50, code=code.code)
        assert Counter(answer[0] for answer in answers) == {302: limit, 409: 50 - limit}, answers
        for _status, _place, page in (answer for answer in answers if answer[0] == 409):
            assert f"The code {code.code}" in page
            assert "Order for ¥115.00" in page
        code.refresh_from_db()
        assert (code.num_orders, code.total_discount) == (limit, limit * D("10.00"))
        slots = VoucherApplication.objects.filter(voucher=code).values_list("slot", flat=True)
        assert sorted(slots) == list(range(1, limit + 1))
        assert OrderDiscount.objects.filter(voucher_id=code.pk).count() == limit
    assert Order.objects.count() == ROUNDS * limit


def test_an_offer_for_ten_is_given_ten_times_to_sixty_shoppers(live_server):
    """F44: by number; the sum of the discounts is the budget column."""
    a_shop()
    offer = an_offer(off="10.00", max_global_applications=10)
    answers = rush(live_server.url, 60, guard="F44")
    assert Counter(answer[0] for answer in answers) == {302: 10, 409: 50}
    offer.refresh_from_db()
    assert (offer.num_applications, offer.num_orders, offer.total_discount) == (10, 10, D("100.00"))
    assert sum(OrderDiscount.objects.values_list("amount", flat=True)) == D("100.00")
    for _status, _place, page in (answer for answer in answers if answer[0] == 409):
        assert "Order for ¥115.00" in page


@pytest.mark.breach
def test_without_the_guard_a_code_for_one_is_used_by_several(live_server):
    """The control of F43: no look under the lock, and the nets of the database taken away."""
    a_shop()
    code = a_code(limit=1)
    run(
        "ALTER TABLE voucher_voucher DROP CONSTRAINT voucher_within_its_limit",
        "DROP INDEX voucher_slot_taken_once",
    )
    try:
        with guard_off("F43"):
            rush(live_server.url, 12, code=code.code, wait=2)
        assert OrderDiscount.objects.filter(voucher_id=code.pk).count() > 1
    finally:
        run(
            "SET session_replication_role = replica",
            "DELETE FROM voucher_voucherapplication",
            "UPDATE voucher_voucher SET num_orders = 0",
            "SET session_replication_role = DEFAULT",
            "ALTER TABLE voucher_voucher ADD CONSTRAINT voucher_within_its_limit"
            ' CHECK ("limit" IS NULL OR num_orders <= "limit")',
            "CREATE UNIQUE INDEX voucher_slot_taken_once"
            " ON voucher_voucherapplication (voucher_id, slot) WHERE released_at IS NULL",
        )
        assert Voucher.objects.filter(num_orders=0).exists()


@pytest.mark.breach
def test_without_the_guard_an_offer_for_one_is_given_several_times(live_server):
    """The control of F44."""
    a_shop()
    offer = an_offer(max_global_applications=1)
    run("ALTER TABLE offer_conditionaloffer DROP CONSTRAINT offer_within_its_number")
    try:
        with guard_off("F44"):
            rush(live_server.url, 12, guard="F44", wait=2)
        assert OrderDiscount.objects.filter(offer_id=offer.pk).count() > 1
    finally:
        ConditionalOffer.objects.update(num_applications=0)
        run(
            "ALTER TABLE offer_conditionaloffer ADD CONSTRAINT offer_within_its_number CHECK"
            " (max_global_applications IS NULL OR max_global_applications = 0"
            " OR num_applications <= max_global_applications)"
        )


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
