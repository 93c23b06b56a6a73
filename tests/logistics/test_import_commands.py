"""The import commands of couriers: one JSON object last, exit codes 0, 3, 1, 2."""

import json
from decimal import Decimal as D
from io import StringIO

import pytest
from django.core.management import call_command

from core.entities import default_entity
from finance.models import MoneyAccount
from finance.queries import balance
from finance.services import Party
from logistics.models import Courier, CourierStatement, OpeningWaybill, RateRow, Remittance
from tests.scenarios.company import a_company

from .builders import a_shipped_parcel, has_gone, number_of

pytestmark = pytest.mark.django_db

CARD = (
    "product,zone,service,first_weight_kg,first_fee,step_kg,step_fee,valid_from,valid_to\n"
    ",1,forward,1,8.00,1,3.50,2026-01-01,\n"
    ",2,forward,1,10.00,1,5.00,2026-01-01,\n"
    ",1,return,1,6.00,1,2.00,2026-01-01,\n"
)
SHIPMENTS = (
    "waybill,order,service,shipped_on,origin,destination,zone,weight_kg,length_cm,width_cm,height_cm,cod_amount\n"
    "SF1000000000001,S1,forward,2026-03-02,上海,杭州,1,2.2,,,,0\n"
    "SF1000000000002,S2,forward,2026-03-03,上海,北京,2,0.8,,,,150.00\n"
    "SF1000000000003,S2,return,2026-03-04,杭州,上海,1,1.0,,,,0\n"
)


def run(command, *arguments):
    """Exit code, the JSON object, and what was said aside."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command(command, *map(str, arguments), "--json", stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


@pytest.fixture
def files(tmp_path):
    def write(name, text, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_a_month_from_another_system_is_checked_with_three_commands(files):
    card, shipped = files("card.csv", CARD), files("shipped.csv", SHIPMENTS)
    assert run("import_rate_card", "sf", card)[0] == 2
    assert run("import_rate_card", "sf", card, "--create", "--dry-run")[0] == 0
    assert not Courier.objects.exists()
    code, figures, _said = run("import_rate_card", "sf", card, "--create")
    assert (code, figures["stored"], RateRow.objects.count()) == (0, 3, 3)
    code, figures, _said = run("import_shipments", "sf", shipped)
    assert (code, figures["stored"], figures["without_price"]) == (0, 3, 0)
    assert run("import_shipments", "sf", shipped)[1]["known"] == 3

    right = files(
        "right.csv", "单号,运费\nSF1000000000001,15.00\nSF1000000000002,10.00\nSF1000000000003,6.00\n"
    )
    code, figures, _said = run("import_courier_statement", "sf", right, "--dry-run")
    assert (code, CourierStatement.objects.count()) == (0, 0)
    code, figures, _said = run("import_courier_statement", "sf", right)
    assert code == 0
    assert {
        key: figures[key] for key in ("rows", "waybills", "outcomes", "billed", "expected", "difference")
    } == {
        "rows": 3,
        "waybills": 3,
        "outcomes": {"agreed": 3},
        "billed": "31.00",
        "expected": "31.00",
        "difference": "0.00",
    }
    again = run("import_courier_statement", "sf", right)[1]
    assert (again["already"], again["new_rows"]) == (True, 0)


def test_own_columns_gb18030_and_a_heavier_weight_end_with_three(files):
    run("import_rate_card", "sf", files("card.csv", CARD), "--create")
    run("import_shipments", "sf", files("shipped.csv", SHIPMENTS))
    text = "面单,公斤,应收\nSF1000000000001,3.1,18.50\nSF1000000000002,0.8,10.00\n"
    code, figures, _said = run(
        "import_courier_statement",
        "sf",
        files("gbk.csv", text, "gb18030"),
        "--columns",
        "waybill=面单,weight=公斤,amount=应收",
        "--period",
        "2026-03",
    )
    assert code == 3
    assert figures["outcomes"] == {"agreed": 1, "weight": 1}
    assert (figures["billed"], figures["expected"], figures["difference"]) == ("28.50", "25.00", "3.50")
    assert figures["period"] == "2026-03"


def test_a_bad_row_is_named_with_file_row_column_and_value(files):
    bad = CARD + ",3,forward,x,8.00,1,3.50,2026-01-01,\n"
    code, figures, said = run("import_rate_card", "sf", files("card.csv", bad), "--create")
    assert (code, figures["stored"], figures["rows_to_review"]) == (3, 3, 1)
    assert said.startswith("card.csv 5 first_weight_kg: x ")
    late = SHIPMENTS.replace("2026-03-04", "04.13.2026")
    code, figures, said = run("import_shipments", "sf", files("shipped.csv", late))
    assert (code, OpeningWaybill.objects.count()) == (3, 2)
    assert "shipped.csv 4 shipped_on: 04.13.2026 " in said


def test_a_difference_in_the_totals_is_open_until_it_is_accepted(files):
    run("import_rate_card", "sf", files("card.csv", CARD), "--create")
    run("import_shipments", "sf", files("shipped.csv", SHIPMENTS))
    cut = files("cut.csv", "运单号,金额\nSF1000000000001,15.00\n合计,25.00\n")
    code, figures, said = run("import_courier_statement", "sf", cut)
    assert (code, figures["state"], figures["outcomes"]) == (3, "open", {})
    assert "the file says 25.00, its rows 15.00" in said
    code, figures, said = run(
        "import_courier_statement", "sf", cut, "--accept-difference", "the courier has confirmed it"
    )
    assert (code, figures["state"]) == (0, "matched")


def test_what_is_no_statement_is_refused_with_one(files):
    Courier.objects.create(code="sf", name="SF")
    code, figures, said = run("import_courier_statement", "sf", files("x.csv", "a,b\n1,2\n"))
    assert code == 1
    assert figures["refused"]
    assert said.strip() == figures["refused"]
    assert run("import_courier_statement", "sf", files("none.csv", ""))[0] == 1
    assert run("import_courier_statement", "sf", "/nowhere/x.csv")[0] == 2


def test_an_advice_is_stored_once_and_what_it_cannot_apply_is_named(files):
    Courier.objects.create(code="sf", name="SF")
    advice = files(
        "advice.csv",
        "返款单号：R1\n运单号,代收货款,手续费,实付金额\nSF1000000000001,130.00,2.00,128.00\nSF1000000000002,9.00,1.00,9.00\n",
    )
    code, figures, said = run("import_courier_remittance", "sf", advice, "--dry-run")
    assert (code, figures["paid"], Remittance.objects.count()) == (3, "128.00", 0)
    code, figures, said = run("import_courier_remittance", "sf", advice)
    assert (code, figures["number"], figures["lines"], figures["already"]) == (3, "R1", {"review": 2}, False)
    assert "advice.csv 4: SF1000000000002" in said
    assert run("import_courier_remittance", "sf", advice)[1]["already"] is True
    assert Remittance.objects.get().lines.count() == 2
    assert run("import_courier_remittance", "sf", files("x.bin", "\x00\x01"))[0] == 1
    assert run("import_courier_remittance", "nobody", advice)[0] == 2


@pytest.fixture
def parcel():
    """A cup is 113.00, with freight and the fee for collecting 130.00."""
    return has_gone(a_shipped_parcel(a_company()))


def an_advice(*rows, total=""):
    return "\n".join(
        ["返款单号,P1", "运单号,代收货款,手续费,实付金额", *rows, *([f"合计,,,{total}"] if total else [])]
    )


def test_an_advice_is_taken_in_applied_and_adds_nothing_again(files, parcel):
    advice = files("p1.csv", an_advice(f"{number_of(parcel)},130.00,2.00,128.00"))
    code, figures, _said = run("import_courier_remittance", "sf", advice, "--dry-run")
    assert (code, figures["rows"], figures["paid"], Remittance.objects.count()) == (0, 1, "128.00", 0)
    code, figures, _said = run("import_courier_remittance", "sf", advice)
    assert (code, figures["state"], balance("1002")) == (0, "ready", 0)
    code, figures, _said = run("import_courier_remittance", "sf", advice, "--apply")
    assert (code, figures["already"], figures["state"], balance("1002")) == (0, True, "applied", D("128.00"))
    copy = files("p1 (copy).csv", an_advice(f"{number_of(parcel)},130.00,2.00,128.00") + "\n")
    code, figures, _said = run("import_courier_remittance", "sf", copy, "--apply")
    assert (code, figures["already"], figures["lines"]) == (0, True, {"applied": 1})
    assert (Remittance.objects.count(), balance("1002"), balance("1221.1")) == (1, D("128.00"), 0)


def test_the_money_of_an_advice_goes_to_the_account_that_is_named(files, parcel):
    other = MoneyAccount.objects.create(
        code="second", kind="bank", name="Second", currency="CNY", entity=default_entity()
    )
    advice = files("p1.csv", an_advice(f"{number_of(parcel)},130.00,,130.00"))
    assert run("import_courier_remittance", "sf", advice, "--bank", "none", "--apply")[0] == 1
    assert not Remittance.objects.exists()
    assert run("import_courier_remittance", "sf", advice, "--bank", "second", "--apply")[0] == 0
    assert balance("1002", party=Party("bank", other.pk)) == D("130.00")


def test_an_advice_with_an_unknown_waybill_or_another_total_waits_with_three(files, parcel):
    number = number_of(parcel)
    strange = files("p1.csv", an_advice(f"{number},130.00,,130.00", "SF9999999999999,10.00,,10.00"))
    code, figures, said = run("import_courier_remittance", "sf", strange, "--apply")
    assert (code, figures["state"], figures["lines"]) == (3, "ready", {"ready": 1, "review": 1})
    assert "p1.csv 4: SF9999999999999 No parcel of ours has this waybill" in said
    assert balance("1002") == 0
    cut = files("p2.csv", an_advice(f"{number},130.00,,130.00", total="150.00").replace("P1", "P2"))
    code, figures, said = run("import_courier_remittance", "sf", cut, "--apply")
    assert (code, figures["state"], balance("1002")) == (3, "open", 0)
    assert "the file says 150.00, its rows 130.00" in said
    assert run("import_courier_remittance", "sf", files("x.csv", "a,b\n1,2\n"))[0] == 1
    assert run("import_courier_remittance", "zz", cut)[0] == 2
