"""A finance clerk's morning in a real browser, with a real worker: from the courier's file to the report.

Two parcels against cash: one cup for 130.00 (113.00, 12.00 for shipping, 5.00 for collecting) and three cups
with a pot for 582.00. The courier should bill 8.00 + 2.00 = 10.00 and 15.00 + 5.82 = 20.82, and bills the cup
as two kilograms more: 15.00 + 2.00 = 17.00. It collects 712.00 and pays all of it.
"""

import csv
from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from celery import Celery
from django.core.management import call_command

from core import clock
from core.events import wake
from core.models import Job
from core.rights import grant_role
from logistics.models import CourierStatement, Remittance
from tests.browser import IN_A_BROWSER, browse, sign_in, with_password
from tests.core.workers import Worker, a_broker
from tests.crm.builders import a_user
from tests.scenarios.books import balances
from tests.scenarios.company import a_company, an_order_of
from tests.scenarios.steps import settle_down, ship, travel

pytestmark = IN_A_BROWSER
WORDS = {
    "zh-CN": {
        "one": "已裁定 1 个运单：提出异议。",
        "agreed": "对账完成：已过账 1 个运单",
        "ties": "与账面一致",
    },
    "en-US": {
        "one": "1 waybills decided: dispute.",
        "agreed": "Agreed: 1 waybills",
        "ties": "ties to the ledger",
    },
}
LISTS = [
    "/admin/", "/admin/core/job/upload/", "/admin/core/job/reports/cod/", "/admin/core/job/",
    "/admin/logistics/courierstatement/", "/admin/logistics/remittance/", "/admin/finance/statementfile/",
]  # fmt: skip


@pytest.fixture
def worker(tmp_path, settings, monkeypatch):
    """A Celery worker of the shop's own application, woken through a broker of the test's own."""
    settings.WAKE_WORKERS = True
    monkeypatch.setattr(wake, "_silent_until", 0.0)
    with a_broker(tmp_path) as broker:
        sender = Celery("tests", set_as_current=False)
        sender.config_from_object("django.conf:settings", namespace="CELERY")
        sender.conf.broker_url = broker.url
        monkeypatch.setattr(wake, "_publish", lambda: sender.send_task)
        running = Worker(broker)
        try:
            yield running
        finally:
            running.kill()
            sender.close()


def send_in(page: Any, url: str, kind: str, courier: int, file: Path) -> None:
    """Choose whose file, the file, Enter; the page of what it became opens by itself."""
    page.goto(f"{url}/admin/core/job/upload/?kind={kind}")
    page.select_option("[name=owner]", str(courier))
    page.set_input_files("[name=file]", str(file))
    typed = page.locator("#upload input[type=text]")
    assert "".join(typed.evaluate_all("all => all.map(input => input.value)")) == ""
    page.click("#upload button[type=submit]")
    page.wait_for_selector("#job, .axes")


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_from_the_couriers_file_to_the_report_that_ties(live_server, couriers, worker, tmp_path, locale):
    call_command("setup_shop")
    clerk = with_password(a_user(username="clerk"))
    grant_role(user=clerk, role="finance")
    company = a_company()
    parcels = []
    for goods in ({company.cup: 1}, {company.cup: 3, company.pot: 1}):
        order = an_order_of(company, goods, term="cod")
        settle_down()
        parcels.append(ship(order, couriers))
    parcels = [travel(parcel, couriers, days=6 if at == 0 else 0) for at, parcel in enumerate(parcels)]
    assert [parcel.cod_amount for parcel in parcels] == [D("130.00"), D("582.00")]
    wrong, right = [parcel.waybills.get(direction="forward").number for parcel in parcels]
    made, bill = couriers.bill(company.courier, {"weight": 1})
    assert made["plan"] == {wrong: "weight", right: "agreed"}
    paid, advice = couriers.pay_out(company.courier)
    assert paid["paid"] == "712.00"
    files = {}
    for name, file in (("statement", bill), ("remittance", advice)):
        files[name] = tmp_path / file.name
        files[name].write_bytes(file.content)
    words = WORDS[locale]
    delivered = balances()

    def story(page: Any, context: Any) -> None:
        sign_in(page, live_server.url, "clerk")
        send_in(page, live_server.url, "courier-statement", company.courier.pk, files["statement"])
        page.wait_for_url("**/logistics/courierstatement/*/change/")
        # Matched: one row waits, with its evidence.
        row = page.locator("#decide tbody tr")
        assert row.count() == 1
        assert wrong in row.inner_text()
        row.locator("[name=outcome]").check()
        page.fill("[name=decide-reason]", "400 g on our scales")
        page.click("#decide button[value=dispute]")
        page.wait_for_url("**/courierstatement/*/change/")
        assert words["one"] in page.locator("body").inner_text()
        page.click(".steps button.button-primary")
        page.wait_for_selector("#next")
        assert words["agreed"] in page.locator("body").inner_text()
        # The same file again says so and leads to the same page.
        send_in(page, live_server.url, "courier-statement", company.courier.pk, files["statement"])
        page.wait_for_url("**/logistics/courierstatement/*/change/")
        assert files["statement"].name in page.locator("body").inner_text()

        page.click("#next a.button")
        page.wait_for_url("**/upload/?kind=remittance*")
        assert page.locator("[name=owner]").input_value() == str(company.courier.pk)
        page.set_input_files("[name=file]", str(files["remittance"]))
        page.click("#upload button[type=submit]")
        page.wait_for_url("**/logistics/remittance/*/change/")
        page.click(".steps summary")
        page.click(".step-form button[type=submit]")
        page.wait_for_selector(".steps", state="detached")

        page.goto(f"{live_server.url}/admin/core/job/reports/cod/")
        page.fill("[name=from]", clock.today().isoformat())
        page.fill("[name=to]", (clock.today() + timedelta(days=40)).isoformat())
        page.click("#period button[type=submit]")
        page.wait_for_selector("#tie")
        tie = page.locator("#tie tbody tr")
        figures = [
            [cell.inner_text() for cell in tie.nth(at).locator("td").all()] for at in range(tie.count())
        ]
        assert figures == [
            ["712.00", "712.00", "0.00", words["ties"]],
            ["712.00", "712.00", "0.00", words["ties"]],
            ["0.00", "0.00", "0.00", words["ties"]],
            ["0.00", "0.00", "0.00", words["ties"]],
        ]
        assert page.locator("#chart rect").count() >= 1
        assert page.locator("#rows tbody tr").count() == 2
        for name in ("CSV", "XLSX"):
            with page.expect_download() as download:
                page.click(f"#tie a:has-text('{name}')")
            download.value.save_as(tmp_path / f"cod.{name.lower()}")

        page.set_viewport_size({"width": 390, "height": 844})
        for address in LISTS:
            page.goto(f"{live_server.url}{address}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, address

    seen = browse(story, width=1440, locale=locale, accept_downloads=True)
    assert seen.errors == [], worker.log()[-2000:]
    assert seen.hosts == {urlsplit(live_server.url).netloc}
    statement, remittance = CourierStatement.objects.get(), Remittance.objects.get()
    disputed = statement.outcomes.get(waybill=wrong)
    assert (statement.state, disputed.decision, disputed.decided_by) == ("agreed", "disputed", clerk)
    assert (disputed.billed, disputed.expected, disputed.posted_at) == (D("17.00"), D("10.00"), None)
    assert (remittance.state, remittance.paid) == ("applied", D("712.00"))
    # The cup's 10.00 are still expected, 20.82 are billed; all cash is in the bank.
    after = delivered | {"1002": D("712.00"), "2241.1": D("-10.00"), "2241.2": D("-20.82")}
    del after["1221.1"]
    assert balances() == after
    assert {job.state for job in Job.objects.all()} == {"done"}
    text = (tmp_path / "cod.csv").read_text("utf-8-sig")
    cells = [row for row in csv.reader(text.splitlines()) if row and row[0] in (wrong, right)]
    assert sorted(row[6:] for row in cells) == [
        ["130.00", "130.00", "", "0.00"],
        ["582.00", "582.00", "", "0.00"],
    ]
    assert (tmp_path / "cod.xlsx").read_bytes().startswith(b"PK")
