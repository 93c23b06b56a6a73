"""The checks of services find exactly the breach that is planted for them."""

import pytest

from core.invariants import find_breaches
from orders.models import ServiceReport
from tests.builders import a_sku
from tests.orders.test_invariants import breach
from tests.scenarios.company import a_company
from tests.scenarios.test_services import has_gone, placed, sent

pytestmark = [pytest.mark.django_db, pytest.mark.breach]


@pytest.fixture(autouse=True)
def order(db):
    """A delivered order whose gift wrap is sold and whose fitting is still to be done."""
    company = a_company()
    wrap = a_sku("WRAP", price="22.60", track_stock=False)
    fitting = a_sku("FIT", price="113.00", track_stock=False, performed="by_hand")
    order = placed(company, {company.cup: 1, wrap: 1, fitting: 1})
    has_gone(sent(order)[0])
    assert ServiceReport.objects.get().outcome == "performed"
    return order


def test_an_untouched_order_has_no_breach():
    assert find_breaches() == []


def test_i63_finds_a_service_left_open_when_its_goods_have_arrived():
    assert "I63" in breach("DELETE FROM orders_servicereport")


def test_i63_finds_a_service_left_open_in_an_order_that_is_over():
    assert "I63" in breach("UPDATE order_order SET status = 'completed'")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders_servicereport SET gross = 999, tax = 0",
        "UPDATE orders_servicereport SET outcome = 'cancelled', gross = 0, tax = 0",
        "UPDATE orders_servicereport SET line_id = (SELECT id FROM order_line WHERE service = '')",
    ],
)
def test_i63_finds_a_report_that_its_line_contradicts(change):
    assert "I63" in breach(change)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders_servicereport SET gross = gross - 1",
        "UPDATE orders_servicereport SET tax = tax - 1",
        "UPDATE finance_entry SET kind = 'other' WHERE kind = 'delivery.service'",
        "UPDATE orders_servicereport SET outcome = 'cancelled', gross = 0, tax = 0, refunded = 1",
    ],
)
def test_i64_finds_revenue_or_a_refund_that_no_report_explains(change):
    assert "I64" in breach(change)
