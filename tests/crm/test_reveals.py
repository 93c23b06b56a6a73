from datetime import UTC, datetime, timedelta

import pytest

from core import clock
from core.errors import InvalidInput, NotAllowed
from core.rights import grant_role
from crm.errors import DailyCapReached
from crm.models import Reveal
from crm.services import reveal_customer
from tests.crm.builders import a_customer, a_user
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    person = a_user()
    grant_role(user=person, role="customer_service")
    return person


def test_look_behind_the_mask_is_written_down(clerk):
    customer = a_customer(name="王小明", phone="13812345678")
    clear = reveal_customer(customer_id=customer.pk, by=clerk, reason="calls back")
    assert clear == {"name": "王小明", "phone": "+8613812345678", "email": ""}
    look = Reveal.objects.get()
    assert (look.by, look.customer, look.reason) == (clerk, customer, "calls back")


def test_without_right_or_reason_nothing_is_shown(clerk):
    customer = a_customer()
    with pytest.raises(NotAllowed):
        reveal_customer(customer_id=customer.pk, by=a_user(is_staff=True), reason="curious")
    with pytest.raises(InvalidInput):
        reveal_customer(customer_id=customer.pk, by=clerk, reason=" ")
    assert not Reveal.objects.exists()


def test_fifty_first_look_of_a_day_is_refused_and_the_next_day_begins_anew(clerk):
    customer = a_customer()
    with clock.virtual(datetime(2026, 3, 1, 4, tzinfo=UTC)) as time:
        for _ in range(50):
            reveal_customer(customer_id=customer.pk, by=clerk, reason="list")
        with pytest.raises(DailyCapReached):
            reveal_customer(customer_id=customer.pk, by=clerk, reason="list")
        assert Reveal.objects.count() == 50
        time.move_by(timedelta(hours=13))  # past midnight in Shanghai
        reveal_customer(customer_id=customer.pk, by=clerk, reason="list")


@pytest.mark.django_db(transaction=True)
def test_four_looks_at_once_do_not_all_become_the_fiftieth(clerk):
    customer = a_customer()
    for _ in range(49):
        reveal_customer(customer_id=customer.pk, by=clerk, reason="list")
    at_once(4, lambda _: reveal_customer(customer_id=customer.pk, by=clerk, reason="list"))
    assert Reveal.objects.count() == 50
