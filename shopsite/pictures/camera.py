"""Chromium without a window, taking pictures of pages while people use them."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Error as BrowserError

from shopsite.pictures.pages import Page, path_of
from shopsite.pictures.people import ACTORS, NoSuchPage, Traces

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
# Heights of a screen, and of the tallest picture, on a phone and on a desk: it shall be read, not unrolled.
LEAST, TALLEST = (844, 900), (1700, 1400)
# The back office scrolls inside; its bars at the foot must not lie over the rows.
TALL = """Math.ceil(Math.max(
    document.documentElement.scrollHeight,
    ...[...document.querySelectorAll("#main, #content, main")].map(
        (part) => part.scrollHeight + part.getBoundingClientRect().top)))"""
QUALITY = 60
COOKIE = "django_language"


@dataclass
class Finding:
    """What was wrong with a page while it was pictured."""

    page: str
    language: str
    width: int
    words: str


@dataclass
class Camera:
    """One browser; pictures go to `out`/<language>/<width>/<name>.webp."""

    url: str
    logins: dict[str, str]
    out: Path
    widths: tuple[int, ...]
    dark: bool = False
    findings: list[Finding] = field(default_factory=list)
    taken: list[Path] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)  # pages that this demo has no example of
    traces: Traces = field(default_factory=Traces)

    def walk(self, browser: Any, pages: list[Page], language: str) -> None:
        """Picture the pages in one language; people sign in once."""
        people = dict.fromkeys(page.login for page in pages)
        for login in people:
            with self._person(browser, login, language) as tab:
                for page in pages:
                    if page.login == login:
                        self._visit(tab, page, language)

    def _visit(self, tab: Any, page: Page, language: str) -> None:
        complaints: list[str] = []
        listener = lambda error: complaints.append(str(error))  # noqa: E731 - the same object is taken off again
        tab.on("pageerror", listener)
        tab.set_viewport_size({"width": self.widths[0], "height": LEAST[self.widths[0] > 600]})
        try:
            status = self._reach(tab, page, language)
            if status >= 400 and page.name != "missing":
                complaints.append(f"answers {status}")
            for width in self.widths:
                tab.set_viewport_size({"width": width, "height": LEAST[width > 600]})
                tab.evaluate("document.fonts.ready.then(() => true)")
                self._wait(tab)
                desk = width > 600
                tall = max(LEAST[desk], min(tab.evaluate(TALL), TALLEST[desk]))
                tab.set_viewport_size({"width": width, "height": tall})
                self._wait(tab)
                wide = tab.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    self.findings.append(Finding(page.name, language, width, f"is {wide} px wide"))
                self._take(tab, page.name, language, width)
        except NoSuchPage as error:
            self.absent.append(str(error))
        except BrowserError as error:
            complaints.append(str(error).partition("\n")[0])
        finally:
            tab.remove_listener("pageerror", listener)
        self.findings += [Finding(page.name, language, 0, words) for words in complaints]

    def _reach(self, tab: Any, page: Page, language: str) -> int:
        """Go there; the status of the last answer."""
        if page.act:
            getattr(ACTORS[page.login](self.url, tab, language, self.traces), page.act)()
        status = 200
        if page.address:
            status = tab.goto(self.url + path_of(page, language)).status
        for selector in page.via:
            link = tab.locator(selector).first
            if not link.count():
                if "?" in page.address and selector == page.via[0]:  # none of the telling ones: any
                    tab.goto(self.url + path_of(page, language).partition("?")[0])
                if not link.count():
                    raise NoSuchPage(f"{page.name}: nothing on {tab.url} leads there")
            address = link.evaluate("link => link.href")
            status = tab.goto(address).status
        return status

    def _take(self, tab: Any, name: str, language: str, width: int) -> None:
        folder = self.out / language / str(width)
        folder.mkdir(parents=True, exist_ok=True)
        shot = Image.open(io.BytesIO(tab.screenshot(animations="disabled")))
        path = folder / f"{name}.webp"
        shot.convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)
        self.taken.append(path)

    def _wait(self, tab: Any) -> None:
        tab.wait_for_load_state("load")
        tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    @contextmanager
    def _person(self, browser: Any, login: str, language: str) -> Iterator[Any]:
        context = browser.new_context(
            color_scheme="dark" if self.dark else "light", reduced_motion="reduce", locale=language
        )
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": COOKIE, "value": language, "url": self.url}])
        tab = context.new_page()
        try:
            if login:
                tab.goto(f"{self.url}/admin/login/")
                tab.fill("[name=username]", login)
                tab.fill("[name=password]", self.logins[login])
                tab.press("[name=password]", "Enter")
                tab.wait_for_url(re.compile(r"/admin/$"))
            yield tab
        finally:
            context.close()
