"""What couriers push moves the parcel, however often and in whatever order, if it is really theirs."""

import json
from decimal import Decimal as D

import pytest

from finance.models import Entry
from logistics.models import TrackingEvent
from tests.scenarios.books import balances
from tests.scenarios.company import a_company, an_order_of
from tests.scenarios.steps import settle_down, ship

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(live_server, couriers):
    couriers.control.notify(f"{live_server.url}/couriers/sf/push/")
    return couriers


def on_its_way(couriers):
    company = a_company()
    order = an_order_of(company, {company.cup: 1}, term="cod")
    settle_down()
    parcel = ship(order, couriers)
    return order, parcel


@pytest.mark.parametrize("fault", ["", "push_duplicate", "push_reorder", "push_forge"])
def test_pushed_scans_deliver_the_parcel_once(door, fault):
    order, parcel = on_its_way(door)
    if fault:
        door.control.arm(fault, times=3)
    door.control.advance(days=8)
    for _time in range(3):
        door.control.push()
    settle_down()
    parcel.refresh_from_db()
    order.refresh_from_db()
    assert (parcel.state, order.status, order.payment_state) == ("delivered", "completed", "paid")
    assert Entry.objects.filter(kind="delivery.cod").count() == 1
    assert balances()["1221.1"] == D("130.00")
    assert parcel.tracking.count() == len({row.identity for row in parcel.tracking.all()})


def test_a_forged_push_changes_nothing(door, client):
    _order, parcel = on_its_way(door)
    before = TrackingEvent.objects.count()
    scan = {"ftime": "2030-01-01 10:00:00", "context": "signed", "status": "x", "statusCode": "3"}
    result = {"state": "3", "nu": parcel.waybills.get().number, "data": [scan]}
    param = json.dumps({"status": "polling", "lastResult": result})
    for sign in ("", "0" * 32):
        answer = client.post("/couriers/sf/push/", {"param": param, "sign": sign})
        assert answer.status_code == 403
    parcel.refresh_from_db()
    assert (parcel.state, TrackingEvent.objects.count()) == ("handed_over", before)


def test_strangers_and_other_methods_are_refused(door, client):
    on_its_way(door)
    assert client.post("/couriers/nobody/push/", {"param": "{}", "sign": "x"}).status_code == 404
    assert client.get("/couriers/sf/push/").status_code == 405
    assert client.post("/couriers/sf/push/", b"x" * 300_000, content_type="text/plain").status_code == 413
