"""Every report of a whole story ties to the ledger: the parcel of test_cod_order, billed and remitted.

Three cups and a pot for 582.00 against cash; goods of 210.00; freight 15.00 and 5.82 for collecting.
"""

import csv
import io
from datetime import timedelta

import pytest

from core import clock
from core.exports import as_plain, export_report
from logistics import services as logistics
from tests.scenarios.company import a_company
from tests.scenarios.steps import travel
from tests.scenarios.test_cod_order import billed, remitted, sent

pytestmark = pytest.mark.django_db(transaction=True)


def read(name: str) -> tuple[list[dict[str, str]], dict]:
    """The rows of a report over this month or so, by column key, and its figures."""
    out = io.BytesIO()
    days = {"from": clock.today() - timedelta(days=5), "to": clock.today() + timedelta(days=40)}
    done = export_report(name, days, format="csv", out=out, language="en")
    lines = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    start = lines.index([]) + 1
    header, rows = lines[start], lines[start + 1 : start + 1 + done.rows]
    assert set(as_plain(done)["differences"].values()) <= {"0.00"}, name
    return [dict(zip(header, row, strict=True)) for row in rows], as_plain(done)


def test_the_reports_of_a_cod_order_tie_to_the_ledger_at_every_step(couriers):
    company = a_company()
    parcel = travel(sent(company, couriers), couriers)

    (row,), figures = read("cod")
    assert (row["Order"], row["Collected"], row["Still with the courier"]) == (
        parcel.order.number,
        "582.00",
        "582.00",
    )
    (row,), figures = read("freight")
    assert (row["Expected at hand-over"], row["Still to be billed"], row["Billed, with tax"]) == (
        "20.82",
        "20.82",
        "",
    )
    _rows, figures = read("stock")
    assert figures["totals"]["incoming_value"] == "850.00"
    assert figures["totals"]["outgoing_value"] == "210.00"
    assert figures["totals"]["closing_value"] == "640.00"
    rows, figures = read("ageing")
    assert {(row["Account"], row["Open"]) for row in rows} == {("1221.1", "582.00"), ("2241.1", "-20.82")}

    statement = billed(company, couriers)
    logistics.agree_statement(statement_id=statement.pk)
    (row,), figures = read("freight")
    assert (row["Billed, with tax"], row["Billed above what was expected"], row["Still to be billed"]) == (
        "20.82",
        "0.00",
        "0.00",
    )
    logistics.apply_remittance(
        remittance_id=remitted(company, couriers, net_statement=statement.filename.removesuffix(".xlsx")).pk
    )
    (row,), figures = read("cod")
    assert (row["Collected"], row["Remitted"], row["Still with the courier"]) == ("582.00", "582.00", "0.00")
    assert read("ageing")[0] == []
    assert read("ledger")[1]["totals"]["debit"] == read("ledger")[1]["totals"]["credit"]


def test_a_parcel_that_comes_back_changes_what_freight_is_expected(couriers):
    company = a_company()
    parcel = travel(sent(company, couriers), couriers, fate="refuse", days=20)
    assert parcel.state in ("refused", "returning", "returned")
    (row,), _figures = read("freight")
    assert row["Expected at hand-over"] == "20.82"
    assert read("cod")[0] == []
