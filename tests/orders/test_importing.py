"""Orders from elsewhere: facts placed once, credits in a queue, damaged rows in nobody's way."""

import json
from decimal import Decimal as D

import pytest
from django.core.management import call_command

from core.events import drain_all
from core.exports import export_report
from finance.models import Payment, PaymentIntent, UnappliedReceipt
from inventory.models import Sku
from orders.models import OrderImport, UnlinkedCredit
from orders.order.models import Order
from orders.services import importing

pytestmark = pytest.mark.django_db
HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
ROWS = """\
536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850.0,United Kingdom
536365,71053,LANTERN,2,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
536366,M,Manual,1,2010-12-01 09:00:00,7.00,,France
536366,71053,LANTERN,1,2010-12-01 09:00:00,0.00,,France
C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527.0,United Kingdom
A536400,B,Adjust bad debt,1,2010-12-01 10:00:00,11062.06,,United Kingdom
"""
DAMAGED = """\
536370,71053,LANTERN,2,2010-12-01 11:00:00,3.39,1.0,France
536370,71053,LANTERN,two,2010-12-01 11:00:00,3.39,1.0,France
"""
GIVEN = {"currency": "GBP", "paid": True, "country": "GB", "customer": "Unknown", "skip": ["A"]}


@pytest.fixture
def run(tmp_path, capsys):
    """Import a file of these rows; exit code and the JSON object."""

    def run(rows: str, *args: str, given: dict | None = None) -> tuple[int, dict]:
        file, defaults = tmp_path / "orders.csv", tmp_path / "defaults.json"
        file.write_text(HEAD + rows)
        defaults.write_text(json.dumps(GIVEN if given is None else given))
        code = 0
        try:
            call_command("import_orders", "agent", str(file), "--defaults", str(defaults), "--json", *args)
        except SystemExit as end:
            code = end.code
        return code, json.loads(capsys.readouterr().out.strip().splitlines()[-1])

    return run


MAKE = ("--create", "--create-skus")


def test_orders_credits_and_lines_left_out_are_told_apart(run):
    code, told = run(ROWS, *MAKE)
    assert code == 3
    assert {key: told[key] for key in ("rows", "orders", "placed", "total", "credits", "credit_total")} == {
        "rows": 7,
        "orders": 2,
        "placed": 2,
        "total": "47.08",  # 15.30 + 18.00 + 6.78, and 7.00
        "credits": 1,
        "credit_total": "27.50",
    }
    assert [(each["row"], each["column"], each["value"]) for each in told["listed"]] == [
        (6, "unit_price", "0.00"),
        (8, "unit_price", "11062.06"),
    ]
    order = Order.objects.get(external_number="536365")
    assert (order.total_incl_tax, order.shipping_incl_tax, order.currency) == (D("40.08"), D("18.00"), "GBP")
    assert order.entity.currency == "GBP"
    assert not Sku.objects.get(code="M").track_stock
    assert Sku.objects.get(code="71053").track_stock
    assert UnlinkedCredit.objects.get().number == "C536379"


def test_the_payments_report_shows_what_was_imported_and_ties_to_the_ledger(run, tmp_path):
    run(ROWS, *MAKE)
    with (tmp_path / "p.csv").open("wb") as out:
        days = {"from": "2010-12-01", "to": "2010-12-31", "entity": "gbp"}
        written = export_report("payments", days, format="csv", out=out)
    assert (written.totals["amount"], written.totals["credits"]) == (D("47.08"), D("-27.50"))
    assert written.differences == {"amount": D("0.00")}


def test_the_same_file_again_adds_nothing(run):
    first = run(ROWS, *MAKE)[1]
    code, again = run(ROWS)
    assert code == 3
    assert (again["placed"], again["known"], again["new_credits"], again["receipts"]) == (0, 2, 0, 0)
    assert (again["total"], again["import_id"]) == (first["total"], first["import_id"])
    assert (Order.objects.count(), UnlinkedCredit.objects.count(), OrderImport.objects.get().runs) == (
        2,
        1,
        2,
    )


def test_a_damaged_row_holds_its_own_order_back_and_no_other(run):
    code, told = run(DAMAGED + ROWS, *MAKE)
    assert (code, told["placed"], told["review"]) == (3, 2, 1)
    (problem,) = told["problems"]
    assert (problem["file"], problem["row"], problem["column"], problem["value"]) == (
        "orders.csv",
        3,
        "Quantity",
        "two",
    )
    assert not Order.objects.filter(external_number="536370").exists()


def test_an_order_that_differs_from_what_is_here_waits_for_a_person(run):
    run(ROWS, *MAKE)
    code, told = run(ROWS.replace("6,2010-12-01 08:26:00,2.55", "7,2010-12-01 08:26:00,2.55"))
    assert (code, told["known"], told["review"]) == (3, 1, 1)
    assert Order.objects.get(external_number="536365").total_incl_tax == D("40.08")


def test_a_dry_run_tells_the_same_and_stores_nothing(run):
    dry = run(ROWS, *MAKE, "--dry-run")[1]
    assert (Order.objects.count(), Sku.objects.count(), OrderImport.objects.count()) == (0, 0, 0)
    real = run(ROWS, *MAKE)[1]
    assert dry | {"import_id": real["import_id"]} == real


@pytest.mark.parametrize(
    ("args", "given", "says"),
    [
        (("--create-skus",), GIVEN, "GBP"),  # nobody keeps books in pounds
        (MAKE, GIVEN | {"curency": "GBP"}, "curency"),
        (("--create-skus", "--columns", "order=Nothing"), {}, "Nothing"),
    ],
)
def test_what_cannot_be_is_refused_whole(run, args, given, says):
    code, told = run(ROWS, *args, given=given)
    assert (code, Order.objects.count(), Sku.objects.count()) == (1, 0, 0)
    assert says in told["refused"]


def test_an_unknown_sku_is_for_a_person_unless_the_import_may_make_it(run):
    code, told = run(ROWS, "--create")
    assert (code, told["placed"], told["review"]) == (3, 0, 2)
    assert "85123A" in told["problems"][0]["reason"]


def test_a_fact_is_not_asked_to_pay_and_what_is_too_much_is_set_apart(tmp_path, capsys):
    file = tmp_path / "orders.csv"
    file.write_text(
        "order,placed_at,sku,quantity,unit_price,customer,paid\n"
        "A1,2026-10-01 10:00:00,T1,1,10.00,客户,yes\n"
        "A2,2026-10-01 10:00:00,T1,1,10.00,客户,12.50\n"
        "A3,2026-10-01 10:00:00,T1,1,10.00,客户,\n"
    )
    call_command("import_orders", "agent", str(file), *MAKE, "--json")
    told = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (told["placed"], told["receipts"]) == (3, 2)
    assert not PaymentIntent.objects.exists()
    assert dict(Payment.objects.values_list("order__external_number", "applied")) == {
        "A1": D("10.00"),
        "A2": D("10.00"),
    }
    receipt = UnappliedReceipt.objects.get()
    assert (receipt.amount, receipt.reason, receipt.meant_for.external_number) == (
        D("2.50"),
        "too_much",
        "A2",
    )
    drain_all()
    assert dict(Order.objects.values_list("external_number", "payment_state")) == {
        "A1": "paid",
        "A2": "paid",
        "A3": "unpaid",
    }


def test_two_runs_of_one_file_at_once_place_each_order_once(run, monkeypatch):
    """The other run has committed between our look at the whole file and our turn."""
    run(ROWS, *MAKE)
    monkeypatch.setattr(importing._Desk, "known_orders", lambda desk: None)
    code, told = run(ROWS)
    assert (code, told["review"]) == (3, 0)
    assert (Order.objects.count(), Payment.objects.count()) == (2, 2)
