"""The demo's history: one seed is one story, however often it is interrupted, and its books agree."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.db import connection

from shopsite.demo_company.drawing.products import PICTURES
from shopsite.demo_company.goods import CATEGORIES, ITEMS, SERVICES
from shopsite.demo_company.history.plan import make_plan
from shopsite.entry import CHECKOUT
from tests.runtime.builders import a_user, oldest_process

# Also when one of these runs alone: the template of their databases is made for tests that are marked so.
pytestmark = pytest.mark.django_db

ORDERS, DAYS, SEED = 26, 8, 7
# Everything that a killed run might have done twice, or not at all.
TOTALS = {
    "orders": "SELECT submit_token, status, payment_state, delivery_state, total_incl_tax FROM order_order"
    " ORDER BY submit_token",
    "lines": "SELECT o.submit_token, l.partner_sku, l.quantity, l.cancelled_quantity, l.shipped_quantity,"
    " l.delivered_quantity, l.returned_quantity FROM order_line l JOIN order_order o ON o.id = l.order_id"
    " ORDER BY 1, 2",
    "stock": "SELECT s.code, w.code, v.on_hand, v.reserved, v.unavailable FROM inventory_stocklevel v"
    " JOIN inventory_sku s ON s.id = v.sku_id JOIN inventory_warehouse w ON w.id = v.warehouse_id"
    " ORDER BY 1, 2",
    "ledger": "SELECT a.code, sum(CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END)"
    " FROM finance_posting p JOIN finance_account a ON a.id = p.account_id GROUP BY 1 ORDER BY 1",
    "moves": "SELECT kind, count(*), sum(on_hand_delta), sum(cost) FROM inventory_stockmove GROUP BY 1"
    " ORDER BY 1",
    "parcels": "SELECT state, cod_state, count(*), sum(cod_amount) FROM logistics_parcel GROUP BY 1, 2"
    " ORDER BY 1, 2",
    "holds": "SELECT kind, cleared_at IS NULL, count(*) FROM orders_hold GROUP BY 1, 2 ORDER BY 1, 2",
    "cases": "SELECT kind, status, count(*), sum(refund_amount) FROM returns_returncase GROUP BY 1, 2"
    " ORDER BY 1, 2",
    "promotions": "SELECT name, num_orders, total_discount FROM offer_conditionaloffer ORDER BY 1",
    "services": 'SELECT o.submit_token, l.partner_sku, r.outcome, r.gross, r.refunded, r."on"'
    " FROM orders_servicereport r JOIN order_line l ON l.id = r.line_id"
    " JOIN order_order o ON o.id = l.order_id ORDER BY 1, 2",
    "undone": "SELECT handler, error FROM core_eventdelivery WHERE state <> 'done' ORDER BY id",
}


class Company:
    """A database and a folder of its own, filled by the command as people run it."""

    def __init__(self, name, folder, server, *, orders=ORDERS, days=DAYS):
        self.name, self.folder = name, folder
        self.size = ["--orders", str(orders), "--days", str(days), "--seed", str(SEED)]
        self.url = f"{server}/{name}"
        self.environment = {
            name: value for name, value in os.environ.items()
            if name not in ("ALIPAY_GATEWAY_URL", "COURIER_GATEWAY_URL", "SHOPSITE_EMBEDDED")
        } | {
            "DATABASE_URL": self.url,
            "SHOPSITE_VAR": str(folder),
            "DJANGO_SETTINGS_MODULE": "shopsite.settings.base",
        }  # fmt: skip

    def start(self):
        command = [sys.executable, "manage.py", "seed_demo", "--no-pictures", "--json"]
        return subprocess.Popen(
            [*command, *self.size], cwd=CHECKOUT, env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def make(self):
        """Run to the end; the figures of the last line."""
        process = self.start()
        printed = process.communicate()[0]
        assert process.returncode == 0, printed
        return json.loads(printed.splitlines()[-1])

    def kill_after(self, step):
        """Pull the plug once that many steps are done."""
        with self.start() as process:
            self.await_step(step, process)
            process.send_signal(signal.SIGKILL)

    def kill_yard_after(self, step):
        """Kill the second process alone; the first one says so and ends."""
        with self.start() as process:
            self.await_step(step, process)
            os.kill(child_of(process.pid, "shopsite.demo_company.history"), signal.SIGKILL)
            process.communicate()
            assert process.returncode not in (0, None)
        # Had it run on, it would be past the moments at which shoppers still have to pay.
        assert self.outside("provider", "SELECT count(*) FROM setting WHERE name = 'clock'") == [(1,)]

    def await_step(self, step, process):
        while self.ask("SELECT coalesce(max(done), 0) FROM core_jobprogress")[0][0] < step:
            assert process.poll() is None
            time.sleep(0.05)  # paces the questions; the test rests on the answer

    def ask(self, sql):
        with psycopg2.connect(self.url) as line, line.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def totals(self):
        return {name: self.ask(sql) for name, sql in TOTALS.items()}

    def plan(self):
        first = self.ask("SELECT parameters ->> 'first' FROM core_job WHERE kind = 'shopsite.seed_demo'")[0][
            0
        ]
        return make_plan(seed=SEED, orders=ORDERS, days=DAYS, first=date.fromisoformat(first))

    def outside(self, store, sql):
        with sqlite3.connect(self.folder / "simulators" / f"{store}.sqlite") as line:
            return line.execute(sql).fetchall()


def child_of(parent, module):
    """The process id of the child that runs this module."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            about = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(about[1]) == parent and module in (entry / "cmdline").read_text().split("\0"):
                return int(entry.name)
    raise AssertionError(f"{parent} has no child that runs {module}")


@contextmanager
def a_database(name):
    template = connection.settings_dict["TEST"]["TEMPLATE"]
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def companies(tmp_path_factory, django_db_setup, django_db_blocker):
    """One that was left alone, one that was killed four times in the middle, once only its yard."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    server = f"{parts.scheme}://{parts.netloc}"
    names = [f"seed_{os.getpid()}_{kind}" for kind in ("calm", "killed")]
    with django_db_blocker.unblock(), a_database(names[0]), a_database(names[1]):
        calm, killed = (Company(name, tmp_path_factory.mktemp(name), server) for name in names)
        calm.figures = calm.make()
        for step in (2, 6, 13):
            killed.kill_after(step)
        killed.kill_yard_after(17)
        killed.figures = killed.make()
        yield calm, killed


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # so that there is a template, also when only these run
def test_a_history_that_was_killed_ends_like_one_that_was_not(companies):
    calm, killed = companies
    assert calm.figures["breaches"] == killed.figures["breaches"] == 0
    assert calm.figures["orders"] > ORDERS // 2
    expected, found = calm.totals(), killed.totals()
    for name in TOTALS:
        assert found[name] == expected[name], name
    assert expected["undone"] == []


@pytest.mark.slow
def test_who_means_to_pay_has_paid_in_time(companies):
    calm, _killed = companies
    payers = {wish.token(SEED) for wish in calm.plan() if wish.pays}
    paid, unpaid = (
        {token for (token,) in calm.ask(f"SELECT submit_token FROM order_order o WHERE {where}")}
        for where in (
            "EXISTS (SELECT FROM finance_payment p WHERE p.order_id = o.id)",
            "term = 'prepaid' AND NOT EXISTS (SELECT FROM finance_payment p WHERE p.order_id = o.id)",
        )
    )
    assert paid & payers
    assert not unpaid & payers


class OwnServers(Company):
    """A company on embedded servers of its own, whose database can be killed like any other process."""

    def __init__(self, folder):
        super().__init__("shopsite", folder, "")
        for name in ("DATABASE_URL", "REDIS_URL", "CACHE_URL"):
            self.environment.pop(name, None)

    def run(self, *arguments):
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT, env=self.environment, check=True, capture_output=True,
        )  # fmt: skip

    @contextmanager
    def servers(self):
        """Keep the database up while it is asked, as anybody else who uses these servers."""
        with a_user(self.folder, "postgres") as user:
            self.url = user.answer["postgres"]
            yield
            user.leave()

    def kill_database_after(self, step):
        """Pull the database's plug once that many steps are done; the run ends in an error."""
        with self.start() as process:
            with self.servers():
                self.await_step(step, process)
                os.kill(oldest_process("bin/postgres", self.folder), signal.SIGKILL)
            process.communicate()
            assert process.returncode != 0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_history_whose_database_was_killed_ends_like_one_that_was_not(companies, folder):
    calm, _killed = companies
    company = OwnServers(folder / "var")
    company.run("migrate", "--verbosity", "0")
    for step in (4, 12):
        company.kill_database_after(step)
    figures = company.make()
    assert figures == calm.figures
    expected = calm.totals()
    with company.servers():
        found = company.totals()
    for name in TOTALS:
        assert found[name] == expected[name], name


# Where people look for work: after a real history none of them is empty.
QUEUES = {
    "open holds": "SELECT count(*) FROM orders_hold h JOIN order_order o ON o.id = h.order_id"
    " WHERE h.cleared_at IS NULL AND o.status = 'in_review'",
    "cleared holds": "SELECT count(*) FROM orders_hold WHERE note <> ''",
    "deliveries to pick": "SELECT count(*) FROM logistics_delivery WHERE status IN ('planned', 'picking')",
    "deliveries to pack": "SELECT count(*) FROM logistics_delivery WHERE status = 'picked'",
    "parcels on the way": "SELECT count(*) FROM logistics_parcel WHERE state = 'in_transit'",
    "refused parcels": "SELECT count(*) FROM logistics_parcel"
    " WHERE state IN ('refused', 'returning', 'returned')",
    "lost parcels": "SELECT count(*) FROM logistics_parcel WHERE state = 'lost'",
    "expired orders": "SELECT count(*) FROM orders_cancellation WHERE reason = 'expired'",
    "cancelled orders": "SELECT count(*) FROM orders_cancellation WHERE reason = 'customer'",
    "orders with an offer": "SELECT num_orders FROM offer_conditionaloffer WHERE offer_type = 'Site'",
    "orders with the shared code": "SELECT num_orders FROM voucher_voucher WHERE usage = 'Multi-use'",
    "single-use codes": "SELECT count(*) FROM voucher_voucher WHERE usage = 'Single use' AND num_orders = 1",
    "returns": "SELECT count(*) FROM returns_returncase WHERE kind = 'return' AND status = 'settled'",
    "services performed": "SELECT count(*) FROM orders_servicereport WHERE outcome = 'performed'",
    "services to report": "SELECT count(*) FROM order_line l JOIN order_order o ON o.id = l.order_id"
    " LEFT JOIN orders_servicereport r ON r.line_id = l.id WHERE l.service = 'by_hand' AND r.id IS NULL"
    " AND o.status = 'in_fulfilment'",
    "refunds": "SELECT count(*) FROM finance_refund WHERE state = 'done'",
    "unapplied receipts": "SELECT count(*) FROM finance_unappliedreceipt WHERE state = 'open'",
    "provider bills": "SELECT count(*) FROM finance_statementfile WHERE kind = 'provider'",
    "bank statements": "SELECT count(*) FROM finance_statementfile WHERE kind = 'bank'",
    "courier outcomes": "SELECT count(*) FROM logistics_waybilloutcome"
    " WHERE outcome NOT IN ('agreed', 'within_tolerance')",
    "cash that is due": "SELECT count(*) FROM logistics_parcel WHERE cod_state IN ('due', 'stated')",
    "cash that came": "SELECT count(*) FROM logistics_parcel WHERE cod_state = 'remitted'",
    "remittances to apply": "SELECT count(*) FROM logistics_remittance WHERE state = 'ready'",
    "receipts of goods": "SELECT count(*) FROM inventory_stockmove WHERE kind = 'receipt'",
    "offline sales": "SELECT count(*) FROM inventory_stockmove WHERE kind = 'sale'",
    "counts": "SELECT count(*) FROM inventory_stockcount WHERE state = 'posted'",
}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("RACE_SEEDS" not in os.environ, reason="takes minutes: make races")
def test_after_a_season_every_queue_has_had_work(tmp_path, django_db_setup, django_db_blocker):
    parts, name = urlsplit(os.environ["DATABASE_URL"]), f"seed_{os.getpid()}_season"
    with django_db_blocker.unblock(), a_database(name):
        company = Company(name, tmp_path, f"{parts.scheme}://{parts.netloc}", orders=240, days=45)
        assert company.make()["breaches"] == 0
        empty = [queue for queue, sql in QUEUES.items() if not company.ask(sql)[0][0]]
    assert empty == []


@pytest.mark.slow
def test_a_finished_history_is_not_made_again(companies):
    calm, _killed = companies
    before = calm.totals()
    assert calm.make() == calm.figures
    assert calm.totals() == before


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1])
def test_the_books_of_the_outside_world_are_ours(companies, number):
    company = companies[number]
    paid = company.ask(
        "SELECT coalesce(sum(amount), 0), count(*) FROM finance_payment WHERE provider = 'alipay'"
    )
    fen, count = company.outside(
        "provider", "SELECT sum(total), count(*) FROM trade WHERE paid_at IS NOT NULL"
    )[0]
    assert (D(fen) / 100, count) == paid[0]
    refunded = company.ask("SELECT coalesce(sum(amount), 0) FROM finance_refund WHERE state = 'done'"
                           " AND way = 'provider'")  # fmt: skip
    assert (
        D(company.outside("provider", "SELECT coalesce(sum(amount), 0) FROM refund")[0][0]) / 100
        == (refunded[0][0])
    )
    ours = company.ask(
        "SELECT w.number, p.cod_amount FROM logistics_waybill w JOIN logistics_parcel p ON p.id = w.parcel_id"
        " WHERE w.direction = 'forward' AND p.handed_over_at IS NOT NULL ORDER BY 1"
    )
    theirs = company.outside(
        "courier",
        "SELECT waybill, cod FROM parcel WHERE service = 'forward' AND taken_at IS NOT NULL ORDER BY 1",
    )
    assert [(number, D(cod)) for number, cod in theirs] == ours


def test_the_same_seed_is_the_same_plan_and_another_is_not():
    plan = make_plan(seed=1, orders=50, days=10, first=date(2026, 9, 1))
    assert plan == make_plan(seed=1, orders=50, days=10, first=date(2026, 9, 1))
    assert plan != make_plan(seed=2, orders=50, days=10, first=date(2026, 9, 1))
    assert len(plan) == 50
    assert [wish.day for wish in plan] == sorted(wish.day for wish in plan)


def test_every_product_has_its_picture_and_both_languages():
    folder = CHECKOUT / "shopsite" / "demo_company" / "pictures"
    assert len(ITEMS) >= 40
    assert len(CATEGORIES) == 6
    assert {service.performed for service in SERVICES} == {"with_goods", "by_hand"}
    assert {service.shelf for service in SERVICES} <= {category.zh for category in CATEGORIES}
    codes = {each.code for each in (*ITEMS, *SERVICES)}
    assert codes == set(PICTURES) == {path.stem for path in folder.glob("*.webp")}
    assert all(item.zh and item.en and item.about_zh and item.about_en for item in ITEMS)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
