"""What people do before a page is pictured: they buy, pack, send files in and ask for reports."""

from dataclasses import dataclass
from typing import Any

from shopsite.pictures.pages import ROW

ADDRESS = "收货人：李娜，13800138000 江西省景德镇市珠山区瓷都大道1号3栋501室"
ACCOUNT = ("Li Na", "pictures@example.com", "porcelain-in-pictures")
# A bank's file with a row that it cannot be taken with; it is only checked, nothing of it is kept.
STATEMENT = """交易日期,收入金额,支出金额,账户余额,对方户名,摘要,流水号
2026-11-02,680.00,,50680.00,陆家嘴茶空间,货款,K1101
2026-11-03,一百,,50780.00,外滩茶舍,货款,K1102
2026-11-04,,20.00,50760.00,,账户管理费,K1103
"""


class NoSuchPage(Exception):
    """The demo has no row, or no link, that leads there."""


@dataclass
class Traces:
    """What people leave behind for the pages that follow: one order, one delivery, one parcel."""

    order_path: str = ""
    delivery: str = ""
    waybill: str = ""


@dataclass
class Person:
    """Somebody at a browser."""

    url: str
    tab: Any
    language: str
    traces: Traces


class Shopper(Person):
    """What somebody does between two pages of the shop: two orders paid at the door, one with a note."""

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
        self.traces.order_path = self.tab.url.partition("/orders/")[2].removesuffix("thanks/")
        self.fill_basket()
        self.fill_address()
        self.tab.fill(
            "[name=note]",
            "Please call before you deliver." if self.language == "en" else "送货前请先打电话。",
        )
        self._buy()
        self._go(f"orders/{self.traces.order_path}thanks/")

    def _buy(self) -> None:
        self.tab.click("button[value=order]")
        self.tab.wait_for_load_state("load")
        if "/orders/" not in self.tab.url:  # the total was not known yet: it is shown and asked again
            self.tab.click("button[value=order]")
        self.tab.wait_for_url("**/thanks/")

    def open_order(self) -> None:
        self._go(f"orders/{self.traces.order_path}")

    def _go(self, tail: str) -> None:
        self.tab.goto(f"{self.url}/{self.language}/{tail}")


class Packer(Person):
    """One delivery on its way through the warehouse, from the shelf to the driver's list."""

    def choose_delivery(self) -> None:
        """The newest that nobody has begun."""
        self.tab.goto(f"{self.url}/admin/logistics/delivery/?status__exact=planned")
        row = self.tab.locator(ROW).first
        if not row.count():
            raise NoSuchPage("delivery-planned: no delivery is planned")
        self.traces.delivery = row.evaluate("link => link.href")
        self.open_delivery()

    def open_delivery(self) -> None:
        if not self.traces.delivery:
            raise NoSuchPage("pages of a delivery: no delivery was planned")
        self.tab.goto(self.traces.delivery)

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
        self.traces.waybill = self.tab.locator(".doc-main .rows strong").first.inner_text()
        form = self.tab.locator("form[action$='/label/']")
        form.evaluate("form => { form.removeAttribute('target'); form.submit(); }")
        self.tab.wait_for_url("**/label/")

    def scan_waybill(self) -> None:
        """Onto the list; the driver does not come, the parcel stays."""
        self.tab.goto(f"{self.url}/admin/logistics/delivery/handover/")
        self.tab.fill("#waybill", self.traces.waybill)
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


class Clerk(Person):
    """Finance, which waits for what its jobs bring."""

    def show_report(self) -> None:
        """The cash on delivery of the last period that is offered."""
        self.tab.goto(f"{self.url}/admin/core/job/reports/cod/")
        self.tab.locator(".presets a").last.click()
        self.tab.locator("#tie").wait_for()

    def check_file(self) -> None:
        """A bank statement with a damaged row."""
        self.tab.goto(f"{self.url}/admin/core/job/upload/?kind=bank-statement")
        self.tab.locator("#upload [name=owner]").select_option(index=1)
        file = {"name": "bank-202611.csv", "mimeType": "text/csv", "buffer": STATEMENT.encode()}
        self.tab.set_input_files("#upload [type=file]", file)
        self.tab.check("#upload [name=dry_run]")
        self.tab.click("#upload button[type=submit]")
        self.tab.locator("#reading").wait_for()


ACTORS = {"": Shopper, "warehouse": Packer, "finance": Clerk}
