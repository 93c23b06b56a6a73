"""In a real browser: a buyer gives a product its picture, and says what it shows; the file does not."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from core.rights import grant_role
from tests.browser import IN_A_BROWSER, browse
from tests.crm.builders import a_user
from tests.storefront.builders import a_picture_file, a_piece, a_shelf, a_shop, product_of

pytestmark = IN_A_BROWSER


@pytest.mark.parametrize("width", [390, 1440])
def test_the_name_of_the_file_does_not_become_what_the_picture_shows(live_server, settings_media, width):
    cache.clear()
    call_command("setup_shop")
    product = product_of(a_piece(shelf=a_shelf("厨房", "Kitchen"), warehouse=a_shop()))
    before = product.images.count()
    person = a_user(username="buyer")
    grant_role(user=person, role="buyer")
    signed_in = Client()
    signed_in.force_login(person)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    address = reverse("admin:catalogue_product_change", args=[product.pk])

    def story(page, context):
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        page.goto(live_server.url + address)
        form = page.locator("form[action$='/step/picture/']")
        page.locator("details.step", has=form).locator("summary").click()
        file = {"name": "IMG_4711.jpg", "mimeType": "image/jpeg", "buffer": a_picture_file()}
        form.locator("[type=file]").set_input_files(file)
        assert form.locator("[name$=caption]").input_value() == ""
        form.locator("button[type=submit]").click()
        page.wait_for_load_state("load")

    browse(story, width=width)
    assert [image.caption for image in product.images.order_by("pk")[before:]] == [""]


@pytest.fixture
def settings_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
