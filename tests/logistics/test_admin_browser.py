"""The packing table in a real browser, by keyboard alone: colours, counts, a broken line, a reload."""

from typing import Any

from django.core.management import call_command
from django.urls import reverse

from core.rights import grant_role
from logistics.models import Scan
from tests.browser import IN_A_BROWSER, browse, sign_in, with_password
from tests.crm.builders import a_user
from tests.logistics.test_admin_warehouse import CUP, POT, a_picked_delivery, counted

pytestmark = IN_A_BROWSER


def scan(page: Any, code: str) -> None:
    """The scanner types and presses Enter, wherever the page is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_packing_needs_no_mouse_and_survives_a_broken_line_and_a_reload(live_server):
    call_command("setup_shop")
    delivery = a_picked_delivery(3)
    grant_role(user=with_password(a_user(username="packer")), role="warehouse")
    url = live_server.url + reverse("admin:logistics_delivery_pack", args=[delivery.pk])

    def story(page: Any, context: Any) -> None:
        sign_in(page, live_server.url, "packer")
        page.goto(url)
        scan(page, POT)
        page.wait_for_selector('[data-tone="bad"]')
        assert page.inner_text("#packed") == "0"
        scan(page, CUP)
        page.wait_for_selector('[data-tone="good"]')
        assert page.inner_text("#packed") == "1"
        context.set_offline(True)
        scan(page, CUP)
        page.wait_for_selector('[data-tone="wait"]')
        assert page.inner_text("#packed") == "1"
        context.set_offline(False)
        page.wait_for_selector('[data-tone="good"]')
        assert page.inner_text("#packed") == "2"
        page.reload()
        assert page.inner_text("#packed") == "2"
        scan(page, CUP)
        page.wait_for_selector('[data-tone="done"]')
        assert page.inner_text("#packed") == "3"

    assert browse(story, width=1280).errors == []
    delivery.refresh_from_db()
    assert (delivery.status, counted(delivery)) == ("packed", 3)
    assert list(Scan.objects.order_by("pk").values_list("result", flat=True)) == [
        "wrong_item",
        "counted",
        "counted",
        "counted",
    ]
