"""The warehouse's pages over HTTP: picking, packing by scanner, hand-over."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from core import clock, events, jobs
from core.faults import guard_off
from core.models import Job
from core.rights import grant_role
from inventory.models import StockLevel
from logistics import services
from logistics.gateways.base import Tracked
from logistics.models import Delivery, Parcel, Scan, TrackingEvent, Waybill
from logistics.rules.tracking import Event, State
from tests.crm.builders import a_user
from tests.scenarios.company import a_company, an_order_of

pytestmark = pytest.mark.django_db

CUP, POT = "6901234567892", "6909876543211"


@pytest.fixture(autouse=True)
def _groups(db):
    call_command("setup_shop")


def worker(client, warehouse=None):
    person = a_user(username="packer")
    grant_role(user=person, role="warehouse", warehouse=warehouse)
    client.force_login(person)
    return person


def a_delivery(cups: int = 2, company=None) -> Delivery:
    """A COD order is confirmed at once: its delivery is planned."""
    company = company or a_company()
    order = an_order_of(company, {company.cup: cups}, term="cod")
    events.drain_all()
    return order.deliveries.get()


def a_picked_delivery(cups: int = 2) -> Delivery:
    delivery = a_delivery(cups)
    services.start_picking(delivery_id=delivery.pk)
    return services.finish_picking(delivery_id=delivery.pk)


def scan(client, delivery: Delivery, barcode: str, client_id: str):
    url = reverse("admin:logistics_delivery_scan", args=[delivery.pk])
    body = json.dumps({"barcode": barcode, "client_id": client_id})
    return client.post(url, body, content_type="application/json")


def step(delivery: Delivery, name: str) -> str:
    return reverse("admin:logistics_delivery_step", args=[delivery.pk, name])


def counted(delivery: Delivery) -> int:
    return sum(delivery.lines.values_list("packed", flat=True))


def test_a_repeated_barcode_is_a_second_unit_and_a_repeated_id_is_not(client):
    delivery = a_picked_delivery(3)
    worker(client)
    assert scan(client, delivery, CUP, "a").json()["result"] == "counted"
    assert scan(client, delivery, CUP, "a").json()["packed"] == 1
    told = scan(client, delivery, CUP, "b").json()
    assert (told["result"], told["packed"], told["wanted"], told["complete"]) == ("counted", 2, 3, False)
    assert counted(delivery) == 2
    assert Scan.objects.count() == 2


def test_without_that_guard_the_database_still_refuses_a_repeated_scan_id(client):
    delivery = a_picked_delivery(3)
    worker(client)
    scan(client, delivery, CUP, "a")
    with guard_off("F60-repeat"), pytest.raises(Exception, match="client_id"):
        scan(client, delivery, CUP, "a")


def test_wrong_item_and_one_too_many_are_refused_in_words_and_kept(client):
    delivery = a_picked_delivery(1)
    worker(client)
    wrong = scan(client, delivery, POT, "a").json()
    assert wrong["result"] == "wrong_item"
    assert wrong["words"]
    assert counted(delivery) == 0
    assert scan(client, delivery, "0000000000000", "b").json()["result"] == "wrong_item"
    assert Scan.objects.filter(result="wrong_item").count() == 2


def test_scan_after_a_change_of_the_order_is_stopped(client):
    delivery = a_picked_delivery(2)
    worker(client)
    scan(client, delivery, CUP, "a")
    services.flag_intercept(order_id=delivery.order_id, reason="address")
    told = scan(client, delivery, CUP, "b").json()
    assert (told["result"], told["stopped"]) == ("intercepted", "address")
    assert counted(delivery) == 1
    page = client.get(reverse("admin:logistics_delivery_pack", args=[delivery.pk])).content.decode()
    assert '"stopped": "address"' in page


def test_the_last_scan_closes_the_box_and_a_reload_shows_what_the_server_has_counted(client):
    delivery = a_picked_delivery(2)
    worker(client)
    scan(client, delivery, CUP, "a")
    state = client.get(reverse("admin:logistics_delivery_state", args=[delivery.pk])).json()
    assert (state["packed"], state["boxes"][0]["state"]) == (1, "open")
    told = scan(client, delivery, CUP, "b").json()
    assert (told["complete"], told["status"], told["boxes"][0]["state"]) == (True, "packed", "packed")
    page = client.get(reverse("admin:logistics_delivery_pack", args=[delivery.pk]))
    assert page.context["state"]["packed"] == 2


def test_a_line_cut_into_two_boxes_is_carried_whole_and_each_box_asks_for_its_label():
    delivery = a_picked_delivery(3)
    line = delivery.lines.get()
    first = services.scan_item(delivery_id=delivery.pk, barcode=CUP, client_id="a")
    assert (first.packed, first.wanted, first.parcel_id) == (1, 3, None)
    early = services.close_parcel(delivery_id=delivery.pk, weight_g=777)
    assert (early.state, early.weight_g, early.number) == ("packed", 777, f"{delivery.number}-1")
    services.scan_item(delivery_id=delivery.pk, barcode=CUP, client_id="b")
    last = services.scan_item(delivery_id=delivery.pk, barcode=CUP, client_id="c")
    late = Parcel.objects.get(pk=last.parcel_id)
    assert late.number == f"{delivery.number}-2"
    assert [packed.quantity for packed in (*early.lines.all(), *late.lines.all())] == [1, 2]
    for column in line.CARRIED:
        parts = [getattr(packed, column) for packed in (*early.lines.all(), *late.lines.all())]
        assert sum(parts) == getattr(line, column)
    assert early.cod_amount + late.cod_amount == line.cod_share
    assert set(Waybill.objects.values_list("parcel_id", "state")) == {(early.pk, "asked"), (late.pk, "asked")}
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.PACKED


def test_one_unit_more_in_an_open_box_asks_little(django_assert_max_num_queries):
    delivery = a_picked_delivery(3)
    services.scan_item(delivery_id=delivery.pk, barcode=CUP, client_id="a")
    with django_assert_max_num_queries(9):
        services.scan_item(delivery_id=delivery.pk, barcode=CUP, client_id="b")


def test_news_without_a_number_is_about_no_parcel_although_one_waits_for_its_number():
    delivery = a_picked_delivery(1)
    services.scan_item(delivery_id=delivery.pk, barcode=CUP, client_id="a")
    waybill = Waybill.objects.get(state="asked", number="")
    news = Tracked("", (Event(clock.now(), State.COLLECTED),))
    assert not services.record_tracking(courier_id=waybill.courier_id, tracked=news)
    assert not TrackingEvent.objects.exists()


def test_packing_before_picking_is_refused_with_what_to_do(client):
    delivery = a_delivery()
    worker(client)
    answer = scan(client, delivery, CUP, "a")
    assert answer.status_code == 409
    assert delivery.number in answer.json()["words"]
    assert not Scan.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "null", '{"barcode": ""}', '{"barcode": "1"}', "{not json"])
def test_what_is_no_scan_is_refused(client, body):
    delivery = a_picked_delivery()
    worker(client)
    url = reverse("admin:logistics_delivery_scan", args=[delivery.pk])
    assert client.post(url, body, content_type="application/json").status_code == 400
    assert not Scan.objects.exists()


def test_another_warehouse_s_delivery_does_not_exist_for_me(client):
    delivery = a_picked_delivery()
    worker(client, warehouse=delivery.warehouse_id + 1000)
    assert scan(client, delivery, CUP, "a").status_code == 404
    assert client.get(reverse("admin:logistics_delivery_change", args=[delivery.pk])).status_code == 404
    assert client.post(step(delivery, "start"), {"version": delivery.version}).status_code == 404
    listed = client.get(reverse("admin:logistics_delivery_changelist"))
    assert list(listed.context["cl"].result_list) == []
    assert counted(delivery) == 0


def test_customer_service_cannot_pack(client):
    delivery = a_picked_delivery()
    person = a_user(username="service")
    grant_role(user=person, role="customer_service")
    client.force_login(person)
    assert scan(client, delivery, CUP, "a").status_code == 403
    assert counted(delivery) == 0


def test_picking_from_the_page_with_a_unit_that_was_not_on_the_shelf(client):
    delivery = a_delivery(2)
    worker(client)
    assert client.post(step(delivery, "start"), {"version": delivery.version}).status_code == 302
    line = delivery.lines.get()
    values = {"version": delivery.version, f"short-{line.pk}": "1"}
    assert client.post(step(delivery, "finish"), values).status_code == 302
    delivery.refresh_from_db()
    line.refresh_from_db()
    assert (delivery.status, line.picked) == ("picked", 1)
    events.drain_all()


def test_a_stopped_delivery_cannot_be_started_and_the_page_says_why(client):
    delivery = a_delivery()
    services.flag_intercept(order_id=delivery.order_id, reason="customer called")
    delivery.refresh_from_db()
    worker(client)
    answer = client.post(step(delivery, "start"), {"version": delivery.version})
    assert answer.status_code == 409
    assert "customer called" in answer.content.decode()
    delivery.refresh_from_db()
    assert delivery.status == "planned"


def a_packed_parcel(client) -> tuple[Parcel, Waybill]:
    delivery = a_picked_delivery(1)
    scan(client, delivery, CUP, "a")
    parcel = delivery.parcels.get()
    waybill = parcel.waybills.get()
    Waybill.objects.filter(pk=waybill.pk).update(number="SF1000000001", state="live")
    return parcel, Waybill.objects.get(pk=waybill.pk)


def look_up(client, waybill: str):
    url = reverse("admin:logistics_delivery_lookup")
    return client.post(url, json.dumps({"waybill": waybill}), content_type="application/json")


def test_scanned_parcels_are_handed_over_and_leave_the_stock(client):
    worker(client)
    parcel, waybill = a_packed_parcel(client)
    told = look_up(client, waybill.number).json()
    assert (told["result"], told["id"], told["number"]) == ("counted", parcel.pk, parcel.number)
    url = reverse("admin:logistics_delivery_letgo")
    assert client.post(url, {"parcel": [parcel.pk]}).status_code == 302
    events.drain_all()
    parcel.refresh_from_db()
    assert parcel.state == "handed_over"
    assert StockLevel.objects.get(sku__code="CUP").on_hand == 9
    assert look_up(client, waybill.number).status_code == 409


def test_a_parcel_stopped_after_its_scan_stays_and_so_do_the_others(client):
    worker(client)
    parcel, waybill = a_packed_parcel(client)
    assert look_up(client, waybill.number).status_code == 200
    services.flag_intercept(order_id=parcel.order_id, reason="refund asked")
    answer = client.post(reverse("admin:logistics_delivery_letgo"), {"parcel": [parcel.pk]})
    assert answer.status_code == 409
    assert "refund asked" in answer.content.decode()
    parcel.refresh_from_db()
    assert parcel.state == "packed"
    assert StockLevel.objects.get(sku__code="CUP").on_hand == 10
    assert look_up(client, waybill.number).json()["result"] == "intercepted"


@pytest.mark.parametrize("waybill", ["", "SF404", "x' OR 1=1"])
def test_foreign_waybill_is_refused(client, waybill):
    worker(client)
    a_packed_parcel(client)
    assert look_up(client, waybill).status_code == 404


def test_picking_in_bulk_is_a_job_with_a_result_per_row(client):
    company = a_company()
    deliveries = [a_delivery(1, company) for _ in range(3)]
    services.flag_intercept(order_id=deliveries[1].order_id, reason="address")
    worker(client)
    url = reverse("admin:logistics_delivery_changelist")
    values = {"action": "start_selected", "select_across": "1", "_selected_action": [deliveries[0].pk]}
    answer = client.post(f"{url}?status__exact=planned", values)
    job = Job.objects.get()
    assert answer.url == reverse("admin:core_job_change", args=[job.pk])
    assert sorted(job.parameters["ids"]) == [d.pk for d in deliveries]
    jobs.run_job(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == "done"
    assert [d.status for d in Delivery.objects.order_by("pk")] == ["picking", "planned", "picking"]
    (error,) = job.errors.all()
    assert (error.row, "address" in error.message) == (2, True)


def test_pick_list_sums_units_and_names_no_customer(client):
    company = a_company()
    ids = [a_delivery(2, company).pk, a_delivery(1, company).pk]
    worker(client)
    answer = client.get(reverse("admin:logistics_delivery_picklist"), {"ids": f"{ids[0]},{ids[1]},x"})
    (goods,) = answer.context["goods"].values()
    assert goods["units"] == 3
    text = answer.content.decode()
    assert company.customer.name not in text
    assert "李" not in text
