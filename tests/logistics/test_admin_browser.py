"""The packing table in a real browser, by keyboard alone: colours, counts, a broken line, a reload."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from core.rights import grant_role
from logistics.models import Scan
from tests.crm.builders import a_user
from tests.logistics.test_admin_warehouse import CUP, POT, a_picked_delivery, counted

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


def at_the_table(url: str, session: str, story: Any) -> list[str]:
    """Run a story in Chromium, in a thread of its own; what the page complained about comes back."""

    def run() -> list[str]:
        from playwright.sync_api import sync_playwright

        complaints: list[str] = []
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=str(CHROMIUM),
                args=[
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-background-networking",
                    "--disable-dev-shm-usage",
                ],
            )
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.set_default_timeout(30_000)
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(url)
            story(context, page)
            browser.close()
        return complaints

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def scan(page: Any, code: str) -> None:
    """The scanner types and presses Enter, wherever the page is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_packing_needs_no_mouse_and_survives_a_broken_line_and_a_reload(live_server):
    call_command("setup_shop")
    delivery = a_picked_delivery(3)
    person = a_user(username="packer")
    grant_role(user=person, role="warehouse")
    client = Client()
    client.force_login(person)
    url = live_server.url + reverse("admin:logistics_delivery_pack", args=[delivery.pk])

    def story(context: Any, page: Any) -> None:
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

    assert at_the_table(url, client.cookies[settings.SESSION_COOKIE_NAME].value, story) == []
    delivery.refresh_from_db()
    assert (delivery.status, counted(delivery)) == ("packed", 3)
    assert list(Scan.objects.order_by("pk").values_list("result", flat=True)) == [
        "wrong_item",
        "counted",
        "counted",
        "counted",
    ]
