"""Chromium without a window, as a shopper and as people of the company, taking pictures of pages."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Error as BrowserError

from shopsite.pictures.pages import ROW, Page, path_of

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
ADDRESS = "收货人：李娜，13800138000 江西省景德镇市珠山区瓷都大道1号3栋501室"
ACCOUNT = ("Li Na", "pictures@example.com", "porcelain-in-pictures")


class NoSuchPage(Exception):
    """The demo has no row, or no link, that leads there."""


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
    order_path: str = ""  # of the order that was bought
    delivery: str = ""  # address of the delivery that is packed
    waybill: str = ""

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
            actor = Packer(self, tab, language) if page.login else Shopper(self, tab, language)
            getattr(actor, page.act)()
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


@dataclass
class Shopper:
    """What somebody does between two pages of the shop: two orders paid at the door, one with a note."""

    camera: Camera
    tab: Any
    language: str

    def enter(self) -> None:
        """Into the account of the pictures, which is opened the first time."""
        name, login, password = ACCOUNT
        self._go("account/sign-in/")
        self.tab.fill("[name=login]", login)
        self.tab.fill("[name=password]", password)
        self.tab.press("[name=password]", "Enter")
        self.tab.wait_for_load_state("load")
        if "sign-in" not in self.tab.url:
            return
        self._go("account/register/")
        for field_name, value in (("name", name), ("login", login), ("password", password)):
            self.tab.fill(f"[name={field_name}]", value)
        self.tab.check("[name=agree]")
        self.tab.press("[name=password]", "Enter")
        self.tab.wait_for_url("**/account/")

    def fill_basket(self) -> None:
        """The first two pieces of the front page that can be had."""
        self._go("")
        links = self.tab.locator(".card a").evaluate_all("all => [...new Set(all.map(link => link.href))]")
        added = 0
        for link in links:
            self.tab.goto(link)
            button = self.tab.locator("main form[action$='/basket/add/'] button").first
            if not button.count() or button.is_disabled():
                continue
            button.click()
            self.tab.wait_for_url("**/basket/")
            added += 1
            if added == 2:
                return

    def fill_address(self) -> None:
        """A pasted address, and cash on delivery."""
        self._go("checkout/")
        if not self.tab.input_value("[name=street]"):
            if not self.tab.is_visible("[name=paste]"):
                self.tab.locator("details summary").first.click()
            self.tab.fill("[name=paste]", ADDRESS)
            self.tab.click("button[value=fill]")
            self.tab.locator("[name=city][value=景德镇市]").wait_for()
        self.tab.check("[name=term][value=cod]")
        self.tab.wait_for_load_state("networkidle")
        self.tab.check("[name=agree]")

    def order(self) -> None:
        """Buy twice: once as it is, for the warehouse, and once with a note that a person must read."""
        self._buy()
        self.camera.order_path = self.tab.url.partition("/orders/")[2].removesuffix("thanks/")
        self.fill_basket()
        self.fill_address()
        self.tab.fill(
            "[name=note]",
            "Please call before you deliver." if self.language == "en" else "送货前请先打电话。",
        )
        self._buy()
        self._go(f"orders/{self.camera.order_path}thanks/")

    def _buy(self) -> None:
        self.tab.click("button[value=order]")
        self.tab.wait_for_load_state("load")
        if "/orders/" not in self.tab.url:  # the total was not known yet: it is shown and asked again
            self.tab.click("button[value=order]")
        self.tab.wait_for_url("**/thanks/")

    def open_order(self) -> None:
        self._go(f"orders/{self.camera.order_path}")

    def _go(self, tail: str) -> None:
        self.tab.goto(f"{self.camera.url}/{self.language}/{tail}")


@dataclass
class Packer:
    """One delivery on its way through the warehouse, from the shelf to the driver's list."""

    camera: Camera
    tab: Any
    language: str

    def choose_delivery(self) -> None:
        """The newest that nobody has begun."""
        self.tab.goto(f"{self.camera.url}/admin/logistics/delivery/?status__exact=planned")
        row = self.tab.locator(ROW).first
        if not row.count():
            raise NoSuchPage("delivery-planned: no delivery is planned")
        self.camera.delivery = row.evaluate("link => link.href")
        self.open_delivery()

    def open_delivery(self) -> None:
        if not self.camera.delivery:
            raise NoSuchPage("pages of a delivery: no delivery was planned")
        self.tab.goto(self.camera.delivery)

    def start_picking(self) -> None:
        self.open_delivery()
        self.tab.click("form[action$='/step/start/'] button")
        self.tab.wait_for_load_state("load")

    def finish_picking(self) -> None:
        self.open_delivery()
        self.tab.click("form[action$='/step/finish/'] button[type=submit]")
        self.tab.wait_for_load_state("load")

    def scan_one(self) -> None:
        self._table()
        self._scan(self._missing()[0], "good")

    def scan_wrong(self) -> None:
        self._table()
        self._scan("6900000000007", "bad")

    def scan_rest(self) -> None:
        self._table()
        codes = self._missing()
        for code in codes[:-1]:
            self._scan(code, "good")
        self._scan(codes[-1], "done")
        self.tab.locator("#boxes button").wait_for()  # the courier has given its waybill

    def print_label(self) -> None:
        """On the page itself instead of in another one, where it would print."""
        self.open_delivery()
        self.tab.goto(
            self.tab.locator(".doc-main a[href*='/logistics/parcel/']").first.evaluate("link => link.href")
        )
        self.camera.waybill = self.tab.locator(".doc-main .rows strong").first.inner_text()
        form = self.tab.locator("form[action$='/label/']")
        form.evaluate("form => { form.removeAttribute('target'); form.submit(); }")
        self.tab.wait_for_url("**/label/")

    def scan_waybill(self) -> None:
        """Onto the list; the driver does not come, the parcel stays."""
        self.tab.goto(f"{self.camera.url}/admin/logistics/delivery/handover/")
        self.tab.fill("#waybill", self.camera.waybill)
        self.tab.press("#waybill", "Enter")
        self.tab.locator("#list li").wait_for()

    def _table(self) -> None:
        if "/pack/" not in self.tab.url:
            self.open_delivery()
            self.tab.goto(self.tab.locator("a[href$='/pack/']").first.evaluate("link => link.href"))

    def _missing(self) -> list[str]:
        """Codes of the units that are not in the box yet."""
        return self.tab.locator(".table-lines li").evaluate_all(
            """rows => rows.flatMap((row) => {
                const [packed, wanted] = row.querySelector(".line-count").textContent.split("/").map(Number);
                return Array(wanted - packed).fill(row.querySelector("small").textContent.trim());
            })"""
        )

    def _scan(self, code: str, tone: str) -> None:
        self.tab.keyboard.type(code)
        self.tab.keyboard.press("Enter")
        self.tab.locator(f"#table[data-tone={tone}]").wait_for()
