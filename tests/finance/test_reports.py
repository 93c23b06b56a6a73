"""Reports tie to the ledger, and a payment at midnight is in exactly one day (F65)."""

import csv
import io
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from core import clock
from core.exports import as_plain, export_report
from core.reports import all_reports, report
from finance.models import Payment
from finance.services import refund_order, reverse_entry

from .builders import a_receipt, an_entry, an_intent, here

pytestmark = pytest.mark.django_db
SEPTEMBER = {"from": "2026-09-01", "to": "2026-09-30"}


def written(name: str, first: str, last: str, **more) -> tuple[list[list[str]], dict]:
    """The rows of the file between header and totals, and the figures."""
    out = io.BytesIO()
    done = export_report(name, {"from": first, "to": last} | more, format="csv", out=out, language="en")
    lines = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    start = lines.index([]) + 2
    return lines[start : start + done.rows], as_plain(done)


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def money(trade_no: str, amount: str = "128.00") -> Payment:
    """An order is paid at the till, now."""
    return a_receipt(an_intent(amount=amount, provider="till"), amount, trade_no, provider="till")


def paid_at(*moments: str) -> None:
    for number, moment in enumerate(moments):
        with clock.virtual(beijing(moment)):
            money(f"T{number}", "10.00")


def test_every_payment_around_midnight_is_in_exactly_one_day():
    paid_at(
        "2026-09-09T23:59:59.999",
        "2026-09-10T00:00:00",
        "2026-09-10T08:00:00",  # midnight in UTC
        "2026-09-10T23:00:00",
        "2026-09-11T00:00:00",
    )
    found = {}
    for day in ("2026-09-09", "2026-09-10", "2026-09-11"):
        rows, figures = written("payments", day, day)
        found[day] = [row[0] for row in rows]
        assert figures["differences"] == {"amount": "0.00"}
    assert found == {"2026-09-09": ["T0"], "2026-09-10": ["T1", "T2", "T3"], "2026-09-11": ["T4"]}


def test_a_report_is_the_same_bytes_whatever_zone_the_server_has(monkeypatch):
    paid_at("2026-09-10T23:59:59", "2026-09-11T00:00:01")
    files = []
    for zone in ("UTC", "America/New_York", "Asia/Shanghai"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        with clock.virtual(beijing("2026-10-01T09:00:00")):
            out = io.BytesIO()
            export_report("payments", SEPTEMBER, format="csv", out=out, language="zh-hans")
        files.append(out.getvalue().decode())
    monkeypatch.undo()
    time.tzset()
    assert files == [files[0]] * 3


def test_payments_state_what_came_what_was_applied_and_what_the_ledger_says():
    with clock.virtual(beijing("2026-09-10T12:00:00")):
        money("T1")
        a_receipt(None, "5.00", "T2", provider="till")  # fits nothing, but is in our account
    rows, figures = written("payments", "2026-09-10", "2026-09-10")
    assert [(row[0], row[1], row[7], row[8]) for row in rows] == [
        ("T1", "till", "confirmed", "128.00"),
        ("T2", "till", "unapplied", "5.00"),
    ]
    assert figures["totals"] == {
        "amount": "133.00",
        "applied": "128.00",
        "not_ours": "0.00",
        "credits": "0.00",
    }
    assert (figures["ledger_totals"], figures["differences"]) == ({"amount": "133.00"}, {"amount": "0.00"})
    assert report("payments").series(SEPTEMBER) == [(date(2026, 9, 10), D("133.00"))]


@pytest.mark.breach
def test_a_payment_whose_entry_was_reversed_shows_as_a_difference():
    with clock.virtual(beijing("2026-09-10T12:00:00")):
        payment = money("T1")
        reverse_entry(entry=payment.entry, reason="wrong")
    _rows, figures = written("payments", "2026-09-10", "2026-09-10")
    assert figures["differences"] == {"amount": "-128.00"}


def test_refunds_are_paid_waiting_or_elsewhere():
    with clock.virtual(beijing("2026-09-10T12:00:00")):
        payment = money("T1")
        refund_order(order_id=payment.order_id, amount=D("28.00"), reason="scratched", origin=here())
    rows, figures = written("refunds", "2026-09-10", "2026-09-10")
    assert [(row[3], row[4], row[9], row[10]) for row in rows] == [("till", "T1", "", "28.00")]
    assert figures["differences"] == {"amount": "0.00"}
    assert written("refunds", "2026-09-11", "2026-09-11")[0] == []


def test_open_items_grow_older_and_leave_when_cleared():
    with clock.virtual(beijing("2026-06-01T12:00:00")):
        money("T1")
    rows, figures = written("ageing", "2026-09-10", "2026-09-10")
    assert [(row[0], row[6], row[7], row[11]) for row in rows] == [
        ("2203.1", "101", "-128.00", "-128.00"),
    ]
    assert figures["differences"] == {"open": "0.00"}
    assert report("ageing").series({"to": date(2026, 6, 20)})[0] == ("0-30", D("-128.00"))
    assert written("ageing", "2026-05-01", "2026-05-31")[0] == []


def test_the_journal_lists_each_posting_and_balances():
    with clock.virtual(beijing("2026-09-10T12:00:00")):
        an_entry("k1", "10.00")
        an_entry("k2", "2.50")
    rows, figures = written("ledger", "2026-09-10", "2026-09-10")
    assert [(row[4], row[6], row[7]) for row in rows] == [
        ("6602", "10.00", ""),
        ("6051", "", "10.00"),
        ("6602", "2.50", ""),
        ("6051", "", "2.50"),
    ]
    assert figures["totals"] == figures["ledger_totals"] == {"debit": "12.50", "credit": "12.50"}


def test_every_report_of_the_list_exists_and_an_empty_one_ties():
    names = {one.name for one in all_reports()}
    assert names >= {"payments", "cod", "freight", "refunds", "ageing", "stock", "ledger"}
    for name in names:
        rows, figures = written(name, "2020-01-01", "2020-01-31")
        assert rows == []
        assert set(figures["differences"].values()) <= {"0.00"}
        assert [
            amount
            for _label, amount in report(name).series({"from": "2020-01-01", "to": "2020-01-31"})
            if amount
        ] == []


def test_a_report_speaks_of_one_entity():
    with clock.virtual(beijing("2026-09-10T12:00:00") - timedelta(days=1)):
        an_entry("k1", "10.00")
    assert len(written("ledger", "2026-09-09", "2026-09-09")[0]) == 2
    with pytest.raises(Exception, match="Known: main"):
        written("ledger", "2026-09-09", "2026-09-09", entity="other")
