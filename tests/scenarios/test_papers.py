"""The papers of the warehouse: label, slip and manifest, with a courier that gives its sorting code."""

import re

import pytest
from django.core.management import call_command
from django.urls import reverse

from core import clock
from core.rights import grant_role
from logistics import services
from logistics.models import Waybill
from tests.crm.builders import a_user
from tests.scenarios.company import a_company, an_order_of
from tests.scenarios.steps import label, pack, pick, settle_down

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def packer(client):
    call_command("setup_shop")
    person = a_user(username="packer")
    grant_role(user=person, role="warehouse")
    client.force_login(person)
    return person


STREET, ROOM = "瓷都大道1号", "3栋501室"


def a_box():
    company = a_company()
    order = an_order_of(company, {company.cup: 3, company.pot: 1}, term="cod")
    settle_down()
    type(order.shipping_address).objects.filter(pk=order.shipping_address_id).update(line1=STREET + ROOM)
    delivery = order.deliveries.get()
    pick(delivery)
    return pack(delivery)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def clear_data(parcel) -> list[str]:
    address = parcel.order.shipping_address
    return [address.first_name, str(address.phone_number.national_number), ROOM]


def test_a_label_says_what_the_courier_needs_and_nothing_that_a_stranger_must_not_read(
    couriers, client, packer
):
    parcel = a_box()
    waybill = label(parcel)
    answer = client.post(reverse("admin:logistics_delivery_label", args=[parcel.pk]))
    text = text_of(answer)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert STREET in text
    assert waybill.number in text
    assert answer.context["label"].sorting_code in text
    assert "582.00" in text
    assert [said for said in clear_data(parcel) if said in text] == []
    assert 'class="again"' not in text
    again = client.post(reverse("admin:logistics_delivery_label", args=[parcel.pk]))
    assert 'class="again"' in text_of(again)
    assert Waybill.objects.get(pk=waybill.pk).prints == 2


def test_no_label_before_its_waybill_nor_for_a_stopped_order(couriers, client, packer):
    parcel = a_box()
    url = reverse("admin:logistics_delivery_label", args=[parcel.pk])
    page = client.post(url, follow=True)
    assert page.redirect_chain[-1][0] == reverse("admin:logistics_parcel_change", args=[parcel.pk])
    assert "has no waybill yet" in text_of(page)
    waybill = label(parcel)
    services.flag_intercept(order_id=parcel.order_id, reason="customer called")
    assert "customer called" in text_of(client.post(url, follow=True))
    assert Waybill.objects.get(pk=waybill.pk).prints == 0


def test_the_slip_names_pieces_and_no_price_and_masks_the_receiver(couriers, client, packer):
    parcel = a_box()
    label(parcel)
    text = text_of(client.get(reverse("admin:logistics_delivery_slip", args=[parcel.delivery_id])))
    lines = parcel.delivery.lines.select_related("sku", "line")
    assert [one for one in lines if one.sku.code not in text or one.line.title not in text] == []
    assert parcel.order.number in text
    assert [said for said in clear_data(parcel) if said in text] == []
    assert "582" not in text.replace(parcel.delivery.number, "")
    assert "113.00" not in text


def test_the_manifest_has_the_parcels_just_handed_over_and_their_sums(couriers, client, packer):
    parcel = a_box()
    waybill = label(parcel)
    gone = client.post(reverse("admin:logistics_delivery_letgo"), {"parcel": [parcel.pk]})
    settle_down()
    bay = client.get(gone.url)
    link = f"{reverse('admin:logistics_delivery_manifest')}?ids={parcel.pk}"
    assert link in bay.content.decode()
    (sheet,) = client.get(link).context["sheets"]
    assert (sheet["parcels"], sheet["grams"], str(sheet["cod"]), sheet["cod_boxes"]) == (
        [parcel],
        parcel.weight_g,
        "582.00",
        1,
    )
    assert waybill.number in text_of(client.get(link))
    (day,) = bay.context["days"]
    of_day = {"courier": day["courier"], "on": str(clock.today())}
    url = reverse("admin:logistics_delivery_manifest")
    assert [one["parcels"] for one in client.get(url, of_day).context["sheets"]] == [[parcel]]
    assert client.get(url, of_day | {"on": "2020-01-01"}).context["sheets"] == []
    assert client.get(url).status_code == 404


def test_another_warehouse_s_papers_do_not_exist_for_me(couriers, client):
    parcel = a_box()
    label(parcel)
    call_command("setup_shop")
    person = a_user(username="elsewhere")
    grant_role(user=person, role="warehouse", warehouse=parcel.delivery.warehouse_id + 1000)
    client.force_login(person)
    assert client.post(reverse("admin:logistics_delivery_label", args=[parcel.pk])).status_code == 404
    assert client.get(reverse("admin:logistics_delivery_slip", args=[parcel.delivery_id])).status_code == 404
    services.hand_over(parcel_ids=[parcel.pk])
    settle_down()
    url = f"{reverse('admin:logistics_delivery_manifest')}?ids={parcel.pk}"
    assert client.get(url).context["sheets"] == []
