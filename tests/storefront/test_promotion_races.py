"""One form posted eight times in the same instant makes one promotion."""

import threading
from uuid import uuid4

import pytest
from django.db import connection

from core.faults import widened
from orders.offer.models import ConditionalOffer
from orders.rules.promotions import Door
from orders.services import make_promotion
from orders.voucher.models import Voucher
from tests.storefront.test_promotions import a_wish
from tests.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
CROWD = 8


def post_together():
    """Everybody has looked for the promotion, and found none, before anybody writes it."""
    wish, token, gate = a_wish(door=Door.BATCH, batch=3), uuid4().hex, threading.Barrier(CROWD, timeout=30)
    with widened("F13", gate.wait):
        return at_once(CROWD, lambda _index: make_promotion(wish=wish, submit_token=token, by=None).pk)


def test_a_form_posted_by_eight_at_once_makes_one_promotion():
    """F13."""
    assert len(set(post_together())) == 1
    assert (ConditionalOffer.objects.count(), Voucher.objects.count()) == (1, 3)


@pytest.mark.breach
def test_without_the_unique_columns_it_makes_several():
    """The control: token and name are what the database holds; slugs are made from the token."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'u'"
            " AND conrelid IN ('offer_conditionaloffer'::regclass, 'offer_range'::regclass)"
        )
        nets = cursor.fetchall()
        for table, name, _words in nets:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    try:
        assert len(set(post_together())) == CROWD
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE offer_conditionaloffer, offer_range CASCADE")
            for table, name, words in nets:
                cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {words}')
