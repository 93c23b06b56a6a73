"""Goods in the back office: words, pictures, prices and visibility through the shop's services."""

from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from core.models import StatusChange
from core.rights import grant_role
from inventory.partner.models import StockRecord
from storefront.catalogue.models import ProductText
from tests.builders import a_sku
from tests.crm.builders import a_user
from tests.storefront.builders import a_picture_file, a_shelf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _places(db, settings, tmp_path):
    call_command("setup_shop")
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def buyer(client):
    person = a_user(username="buyer")
    grant_role(user=person, role="buyer")
    client.force_login(person)
    return person


def step(product, name: str) -> str:
    return reverse("admin:catalogue_product_step", args=[product.pk, name])


def test_words_are_saved_per_language_and_the_other_borrows_them(client, buyer):
    product = a_sku("CUP").stockrecord.product
    values = {
        "text-language": "zh-hans",
        "text-title": "青花杯",
        "text-summary": "手绘",
        "text-description": "<script>x</script>好杯",
        "text-details": "容量：200 ml\n材质: 瓷",
    }
    assert client.post(step(product, "text"), values).status_code == 302
    text = ProductText.objects.get(product=product, language="zh-hans")
    assert (text.title, text.details) == ("青花杯", [["容量", "200 ml"], ["材质", "瓷"]])
    assert "script" not in text.description
    assert ProductText.objects.get(product=product, language="en").borrowed
    page = client.get(reverse("admin:catalogue_product_change", args=[product.pk]))
    assert page.status_code == 200
    assert "青花杯" in page.content.decode()


def test_a_product_is_shown_only_with_a_picture(client, buyer):
    product = a_sku("CUP").stockrecord.product
    product.is_public = False
    product.save()
    assert client.post(step(product, "publish")).status_code == 409
    product.refresh_from_db()
    assert not product.is_public
    picture = a_picture_file()
    file = SimpleUploadedFile("cup.jpg", picture if isinstance(picture, bytes) else picture.read())
    assert client.post(step(product, "picture"), {"picture-picture": file}).status_code == 302
    assert client.post(step(product, "publish")).status_code == 302
    product.refresh_from_db()
    assert product.is_public
    assert StatusChange.objects.filter(axis="visibility", new="public").count() == 1


def test_what_is_no_picture_is_refused(client, buyer):
    product = a_sku("CUP").stockrecord.product
    file = SimpleUploadedFile("cup.jpg", b"<svg onload=alert(1)>")
    assert client.post(step(product, "picture"), {"picture-picture": file}).status_code == 409
    assert product.images.count() == 0


def test_a_price_changes_with_its_trace_and_a_foreign_one_does_not(client, buyer):
    cup, pot = a_sku("CUP", price="20.00").stockrecord, a_sku("POT", price="50.00").stockrecord
    assert (
        client.post(step(cup.product, "price"), {"price-stock": cup.pk, "price-price": "25.00"}).status_code
        == 302
    )
    cup.refresh_from_db()
    change = StatusChange.objects.get(axis="price")
    assert (cup.price, change.old, change.new, change.actor) == (D("25.00"), "20.00", "25.00", buyer)
    answer = client.post(step(cup.product, "price"), {"price-stock": pot.pk, "price-price": "0.01"})
    assert answer.status_code == 404
    assert StockRecord.objects.get(pk=pot.pk).price == D("50.00")


def test_categories_are_a_flat_indented_list(client, buyer):
    shelf = a_shelf()
    a_shelf("茶杯", "Cups", under=shelf)
    text = client.get(reverse("admin:catalogue_category_changelist")).content.decode()
    assert "— " in text


def test_categories_of_a_product_are_exactly_the_ticked_ones(client, buyer):
    product, shelf, other = a_sku("CUP").stockrecord.product, a_shelf(), a_shelf("瓶", "Vases")
    client.post(step(product, "categories"), {"category": [shelf.pk, other.pk]})
    client.post(step(product, "categories"), {"category": [other.pk]})
    assert list(product.categories.values_list("pk", flat=True)) == [other.pk]


def test_warehouse_does_not_set_prices(client):
    person = a_user(username="packer")
    grant_role(user=person, role="warehouse")
    client.force_login(person)
    cup = a_sku("CUP", price="20.00").stockrecord
    values = {"price-stock": cup.pk, "price-price": "0.01"}
    assert client.post(step(cup.product, "price"), values).status_code == 403
    cup.refresh_from_db()
    assert cup.price == D("20.00")
