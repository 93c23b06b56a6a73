"""Orders of another system, from the file to the courier's money, by the commands that an operator has.

The courier's side is composed by docs/examples/compose_courier_month.py, which knows nothing of the shop:
what it plans and what the shop finds must be the same.
"""

import importlib.util
import json
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from core import invariants
from crm.models import User
from finance.models import Entry
from finance.queries import balance, order_money
from finance.services import Party
from inventory.models import Sku
from inventory.partner.models import StockRecord
from logistics.models import Courier, CourierStatement, Parcel, RemittanceLine
from orders.order.models import Order
from orders.services import perform_service

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
START = date(2010, 12, 1)
TITLES = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
WITH_SERVICE = (10, 11)  # one is collected by the courier, one is paid
WRONG = "weight,zone,rate,surcharge,cod_fee,duplicate_in_file,billed_before,wrong_return_price"


@pytest.fixture(scope="module")
def composer():
    spec = importlib.util.spec_from_file_location("compose", EXAMPLES / "compose_courier_month.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.REFUSED_EVERY = 12  # of few orders
    return module


def a_month(path: Path) -> Path:
    """Thirty-six orders in nine days, two credits, postage, services, a line without a price."""
    rows = [TITLES]
    for n in range(36):
        at = datetime.combine(START, datetime.min.time()) + timedelta(days=n // 4, hours=9)
        country = ("United Kingdom", "France", "United Kingdom", "Japan")[n % 4]
        for line in range(1 + n % 3):
            units, price = 1 + (n * 7 + line) % 23, D(1250 + 370 * line + n) / 100
            rows.append(
                f"9{n:05},SKU{(n + line) % 9},THING {(n + line) % 9},{units},{at},{price},1{n:04}.0,{country}"
            )
        if n % 9 == 4:
            rows.append(f"9{n:05},POST,POSTAGE,1,{at},18.00,1{n:04}.0,{country}")
        if n in WITH_SERVICE:
            rows.append(f"9{n:05},M,Manual,1,{at},7.50,1{n:04}.0,{country}")
        if n == 11:
            rows.append(f"9{n:05},SKU1,THING 1,1,{at},0.00,1{n:04}.0,{country}")
    rows.append(f"C990001,SKU1,THING 1,-2,{START} 10:00:00,2.55,10001.0,United Kingdom")
    rows.append(f"C990002,D,Discount,-1,{START} 11:00:00,27.50,10002.0,United Kingdom")
    path.write_text("\n".join(rows) + "\n")
    return path


def run(command: str, *arguments: object, code: int = 0) -> dict:
    """The JSON object of a command that must end with this code."""
    out, err, ended = StringIO(), StringIO(), 0
    try:
        call_command(command, *map(str, arguments), "--json", stdout=out, stderr=err)
    except SystemExit as end:
        ended = end.code
    assert ended == code, f"{command} ended with {ended}: {err.getvalue()} {out.getvalue()[-2000:]}"
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def month(composer, tmp_path):
    plan = composer.compose(a_month(tmp_path / "all.csv"), tmp_path, START, date(2010, 12, 31), 1)
    given = json.loads((EXAMPLES / "online_retail.json").read_text()) | {"term": "cod", "paid": False}
    (tmp_path / "defaults.json").write_text(json.dumps(given))
    User.objects.create_superuser("operator")
    return tmp_path, plan


def confirmed(folder: Path) -> None:
    """Stock, orders, signatures: up to the warehouse's door."""
    stock = run(
        "import_stock", folder / "opening_stock.csv", "--create", "--create-skus", "--currency", "GBP",
        "--on", START,
    )  # fmt: skip
    assert (stock["skus_made"], stock["warehouses_made"]) == (9, ["uk"])
    given = ("--defaults", folder / "defaults.json", "--create", "--create-skus")
    run("import_orders", "agent", folder / "orders.csv", *given, code=3)
    run("drain_events")
    signed = run("clear_holds", "--channel", "agent", "--as", "operator", "--note", "checked there")
    assert (signed["holds"], signed["cleared"], signed["orders"]) == (36, 36, 36)
    run("drain_events")
    assert set(Order.objects.values_list("status", flat=True)) == {"confirmed"}


def shipped(folder: Path) -> None:
    run("set_up_courier", "rm", "--currency", "GBP", "--tolerance-money", "0.20", "--tolerance-percent", "5")
    run("import_rate_card", "rm", folder / "rate_card.csv")
    sent = run("import_shipments", "rm", folder / "shipments.csv", "--channel", "agent")
    assert (sent["stored"], sent["without_price"]) == (36, 0)
    run("drain_events")


def test_a_month_goes_from_the_file_to_the_couriers_money_as_planned(month):
    folder, plan = month
    confirmed(folder)
    shipped(folder)
    assert run("import_shipments", "rm", folder / "shipments.csv", "--channel", "agent")["known"] == 36
    travelled = run("import_tracking", "rm", folder / "tracking.csv")
    assert (travelled["rows"], travelled["stored"]) == (108, 36)
    assert run("import_tracking", "rm", folder / "tracking.csv")["known"] == 36
    run("drain_events")
    assert run("import_shipments", "rm", folder / "returns.csv", "--channel", "agent")["stored"] == 3

    first = run("import_courier_statement", "rm", folder / "statement_1.csv")
    assert first["outcomes"] == {"agreed": len(plan["statement_1"])}
    assert run("agree_courier_statement", "rm", "statement_1.csv", "--as", "operator")["state"] == "agreed"
    second = run("import_courier_statement", "rm", folder / "statement_2.csv", code=3)
    assert second["outcomes"] == dict(sorted(Counter(plan["statement_2"].values()).items()))
    found = CourierStatement.objects.get(filename="statement_2.csv").outcomes
    assert dict(found.values_list("key", "outcome")) == plan["statement_2"]
    assert set(plan["statement_2"].values()) == {
        code.value for code in CourierStatement.outcomes.rel.related_model.Code
    }

    decided = run(
        "agree_courier_statement", "rm", second["statement_id"], "--as", "operator", "--why", "rate card",
        "--as-expected", WRONG, "--dispute", "needs_review,not_ours,cod_amount",
    )  # fmt: skip
    assert (decided["state"], decided["decided"]) == ("agreed", {"as_expected": 8, "dispute": 3})
    paid = run("import_courier_remittance", "rm", folder / "remittance.csv", "--apply")
    assert (paid["state"], paid["paid"], paid["kept_back"]) == (
        "applied",
        plan["remitted"],
        plan["kept_back"],
    )
    again = run("import_courier_remittance", "rm", folder / "remittance.csv", "--apply")
    assert (again["already"], RemittanceLine.objects.exclude(state="applied").count()) == (True, 0)

    courier = Party("courier", Courier.objects.get().pk)
    assert set(Entry.objects.values_list("entity__code", flat=True)) == {"gbp"}
    assert balance("1221.1", party=courier) == D(plan["short"])
    assert balance("2241.2", party=courier) == 0
    assert balance("1002") == D(plan["total"]) - D(plan["collected"]) + D(plan["remitted"])
    assert Parcel.objects.filter(cod_state="short").count() == 1
    assert not list(invariants.find_breaches())


def test_the_reports_of_that_month_tie_to_the_ledger_and_show_the_totals_of_the_file(month):
    folder, plan = month
    confirmed(folder)
    shipped(folder)
    run("import_tracking", "rm", folder / "tracking.csv")
    run("drain_events")
    told = {}
    for report in ("payments", "cod", "freight", "stock", "ledger"):
        told[report] = run(
            "export_report", report, "--entity", "gbp", "--from", START, "--to", "2010-12-31",
            "--format", "csv", "--out", folder / f"{report}.csv",
        )["totals"]  # fmt: skip
    received, collected = D(told["payments"]["amount"]), D(told["cod"]["collected"])
    refused = sum(
        (
            p.lines.first().delivery_line.delivery.order.total_incl_tax
            for p in Parcel.objects.filter(state="refused", delivery__is_cod=True)
        ),
        D(0),
    )
    assert received == D(plan["total"]) - D(plan["collected"])
    assert collected + refused == D(plan["collected"])
    assert told["payments"]["credits"] == f"-{plan['credit_total']}"
    assert D(told["stock"]["closing"]) == 9 * 10


def test_services_of_that_month_are_sold_with_their_goods_and_alone(month):
    folder, _plan = month
    confirmed(folder)
    shipped(folder)
    run("import_tracking", "rm", folder / "tracking.csv")
    run("drain_events")
    manual = Order.objects.filter(lines__partner_sku="M").order_by("external_number")
    assert list(manual.values_list("external_number", "term", "status", "delivery_state")) == [
        ("900010", "cod", "completed", "delivered"),
        ("900011", "prepaid", "completed", "delivered"),
    ]
    for order in manual:
        assert order_money(order.pk).sold == order.total_incl_tax
        sold = order.lines.get(partner_sku="M").service_report
        assert sold.on == order.parcels.get().delivered_at.date()
    assert set(Order.objects.exclude(status="cancelled").values_list("status", flat=True)) == {"completed"}

    Sku.objects.create(
        stockrecord=StockRecord.objects.create(
            product=Sku.objects.get(code="M").stockrecord.product,
            partner=Sku.objects.get(code="M").stockrecord.partner,
            partner_sku="FIT",
            price=D("30.00"),
            price_currency="GBP",
        ),
        code="FIT", track_stock=False, performed="by_hand", tax_rate=D("0.2"),
    )  # fmt: skip
    rows = [
        f"{TITLES},paid",
        f"970001,M,Manual,2,{START} 10:00:00,7.50,10001.0,United Kingdom,yes",
        f"970002,FIT,Fitting,1,{START} 10:00:00,30.00,10002.0,United Kingdom,yes",
    ]
    (folder / "services.csv").write_text("\n".join(rows) + "\n")
    run("import_orders", "agent", folder / "services.csv", "--defaults", folder / "defaults.json")
    run("drain_events")
    run("clear_holds", "--channel", "agent", "--as", "operator", "--note", "checked there")
    run("drain_events")
    alone, by_hand = Order.objects.filter(external_number__startswith="97").order_by("external_number")
    assert (alone.status, alone.delivery_state, by_hand.status) == ("completed", "delivered", "confirmed")
    assert (order_money(alone.pk).sold, order_money(alone.pk).advance) == (D("15.00"), 0)
    perform_service(
        order_id=by_hand.pk,
        line_id=by_hand.lines.get().pk,
        on=START + timedelta(days=2),
        note="fitted there",
        by=User.objects.get(username="operator"),
    )
    run("drain_events")
    by_hand.refresh_from_db()
    assert (by_hand.status, order_money(by_hand.pk).sold) == ("completed", D("30.00"))
    assert not list(invariants.find_breaches())


def test_what_does_not_fit_is_named_by_row_and_stops_nothing_else(month):
    folder, _plan = month
    confirmed(folder)
    run("set_up_courier", "rm", "--currency", "GBP")
    run("import_rate_card", "rm", folder / "rate_card.csv")
    lines = (folder / "shipments.csv").read_text().splitlines()
    cash = next(n for n, line in enumerate(lines[1:], 1) if not line.endswith(",0.00"))
    wrong = [lines[0], lines[cash].rsplit(",", 1)[0] + ",1.00", *lines[cash + 1 : cash + 3]]
    wrong[2] = wrong[2].replace(",9", ",8", 1)
    (folder / "wrong.csv").write_text("\n".join(wrong) + "\n")
    dry = run("import_shipments", "rm", folder / "wrong.csv", "--channel", "agent", "--dry-run", code=3)
    assert (dry["stored"], Parcel.objects.count()) == (1, 0)
    told = run("import_shipments", "rm", folder / "wrong.csv", "--channel", "agent", code=3)
    assert (told["stored"], told["rows_to_review"], Parcel.objects.count()) == (1, 2, 1)
    assert [problem["row"] for problem in told["problems"]] == ["2", "3"]
    assert "collected" in told["problems"][0]["problem"]
    assert "waits in this channel" in told["problems"][1]["problem"]
    run("drain_events")
    scans = "waybill,at,state\nRM99999999999,2010-12-05 10:00:00,delivered\nx,then,gone\n"
    (folder / "scans.csv").write_text(scans)
    told = run("import_tracking", "rm", folder / "scans.csv", code=3)
    assert [problem["row"] for problem in told["problems"]] == ["3", "3", "2"]
    unknown = run("clear_holds", "--as", "nobody", "--note", "x", code=2)
    assert "nobody" in unknown["error"]
    run("agree_courier_statement", "rm", "1", "--as", "operator", code=2)
    assert run("set_up_courier", "rm", "--cod-days", "x", code=1)["refused"].startswith("cod_days")


def test_holds_are_signed_by_somebody_who_may(month):
    folder, _plan = month
    given = ("--defaults", folder / "defaults.json", "--create", "--create-skus")
    run("import_orders", "agent", folder / "orders.csv", *given, code=3)
    run("drain_events")
    User.objects.create_user("guest")
    told = run("clear_holds", "--as", "guest", "--note", "fine", code=3)
    assert (told["cleared"], told["refused"]) == (0, told["holds"])
    short = run("clear_holds", "--as", "operator", "--note", "fine", "--rule", "stock-short", "--dry-run")
    assert (set(short["rules"]), short["cleared"]) == ({"stock-short"}, 0)
