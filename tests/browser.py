"""A story in a real Chromium, and what the browser saw and complained about meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crm.models import User
from shopsite.pictures.camera import CHROMIUM, FLAGS

PASSWORD = "a long password of somebody"
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]


@dataclass
class Seen:
    """`errors` are uncaught ones of scripts, `console` what the browser wrote there as an error."""

    result: Any = None
    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


def browse(story: Callable[[Any, Any], Any], *, width: int, height: int = 844, **context: Any) -> Seen:
    """Run `story(page, context)` in a thread of its own: Django refuses its ORM beside Playwright's loop."""

    def run() -> Seen:
        from playwright.sync_api import sync_playwright

        seen = Seen()
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            opened = browser.new_context(viewport={"width": width, "height": height}, **context)
            opened.set_default_timeout(60_000)
            page = opened.new_page()
            page.on(
                "console", lambda message: seen.console.append(message.text) if message.type == "error" else 0
            )
            page.on("pageerror", lambda error: seen.errors.append(str(error)))
            page.on("request", lambda request: seen.hosts.add(urlsplit(request.url).netloc))
            try:
                seen.result = story(page, opened)
            finally:
                browser.close()
        assert seen.errors == [], "a script of a page broke"
        seen.hosts.discard("")
        return seen

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def with_password(person: User) -> User:
    """The same person, able to sign in by hand."""
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(page: Any, url: str, username: str) -> None:
    """Through the form of the back office, until its desk is there."""
    page.goto(f"{url}/admin/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".desk-intro")
