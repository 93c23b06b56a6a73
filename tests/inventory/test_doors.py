import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import StockMove, Warehouse
from inventory.queries import stock_rows
from inventory.services import import_stock
from tests.builders import a_sku, a_warehouse
from tests.crm.builders import a_user

pytestmark = pytest.mark.django_db

FILE = """sku,warehouse,on_hand,unit_cost
tea,main,10,7.125
cup,north,4,2
pot,main,1,30
tea,main,1,1
cup,main,-2,2
"""


@pytest.fixture
def goods():
    a_warehouse("main")
    return a_sku("tea"), a_sku("cup")


def rows() -> list[tuple]:
    return [(row.code, row.warehouse, row.on_hand) for row in stock_rows()]


def test_an_import_stores_good_rows_and_names_bad_ones(goods):
    found = import_stock(source=FILE.encode(), name="opening.csv", create=True)
    assert (found.rows, found.accepted, found.units, found.value) == (5, 2, 14, Decimal("79.25"))
    assert found.warehouses_made == ["north"]
    assert [(each["file"], each["row"], each["column"]) for each in found.problems] == [
        ("opening.csv", 4, "sku"),
        ("opening.csv", 5, "warehouse"),
        ("opening.csv", 6, "on_hand"),
    ]
    assert rows() == [("cup", "north", 4), ("tea", "main", 10)]
    again = import_stock(source=FILE.encode(), name="opening.csv", create=True)
    assert (again.accepted, again.value) == (2, Decimal("79.25"))
    assert StockMove.objects.count() == 2


def test_other_figures_than_those_booked_are_named_and_stop_nothing_else(goods):
    import_stock(source=FILE.encode(), create=True)
    changed = FILE.replace("tea,main,10,7.125", "tea,main,11,7.125") + "cup,main,3,2\n"
    found = import_stock(source=changed.encode(), name="opening.csv")
    assert [(each["row"], each["column"]) for each in found.problems] == [
        (2, ""),
        (4, "sku"),
        (5, "warehouse"),
        (6, "on_hand"),
    ]
    assert "10" in found.problems[0]["reason"]
    assert (found.accepted, found.units, found.value) == (2, 7, Decimal("14.00"))
    assert rows() == [("cup", "main", 3), ("cup", "north", 4), ("tea", "main", 10)]


def test_a_new_sku_is_made_by_its_first_good_row(goods):
    text = (
        "sku,warehouse,on_hand,unit_cost,title,price,tax_rate\n"
        "pot,main,1,30,Pot,x,0.13\n"
        "pot,main,2,30,Pot,80,0.13\n"
        "pot,north,3,30,,,\n"
        "jug,south,1,5,Jug,,\n"
    )
    found = import_stock(source=text.encode(), make_skus=True, create=True)
    assert [(each["row"], each["column"]) for each in found.problems] == [(2, "price"), (5, "price")]
    assert (found.skus_made, found.accepted, found.units) == (1, 2, 5)
    assert found.warehouses_made == ["north"]  # the row that names the south is not usable
    assert rows() == [("pot", "main", 2), ("pot", "north", 3)]


def test_a_thousand_rows_cost_the_statements_of_a_few(goods):
    def statements(first: int, number: int) -> int:
        text = "".join(f"s{row},main,2,3,S,9,0.13\n" for row in range(first, first + number))
        head = "sku,warehouse,on_hand,unit_cost,title,price,tax_rate\n"
        with CaptureQueriesContext(connection) as seen:
            assert import_stock(source=(head + text).encode(), make_skus=True).accepted == number
        return len(seen)

    statements(0, 1)  # makes the class of imported products
    assert statements(5, 995) == statements(1000, 3)


def test_a_dry_run_reports_the_same_and_stores_nothing(goods):
    found = import_stock(source=FILE.encode(), name="opening.csv", create=True, dry_run=True)
    assert (found.accepted, found.value) == (2, Decimal("79.25"))
    assert rows() == []
    assert Warehouse.objects.count() == 1


def test_the_command_exits_with_three_when_rows_wait_for_review(goods, tmp_path):
    file = tmp_path / "opening.csv"
    file.write_text(FILE)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_stock", str(file), "--json", stdout=out)
    assert ended.value.code == 3
    figures = json.loads(out.getvalue().splitlines()[-1])
    assert (figures["accepted"], figures["value"]) == (1, "71.25")
    file.write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit) as ended:
        call_command("import_stock", str(file), stdout=out, stderr=StringIO())
    assert ended.value.code == 1


def test_the_map_of_columns_may_be_typed_with_blanks(goods, tmp_path):
    file = tmp_path / "opening.csv"
    file.write_text("article,place,on_hand,unit_cost\ntea,main,10,7.125\n")
    out = StringIO()
    call_command("import_stock", str(file), "--columns", "sku = article, warehouse= place", stdout=out)
    assert out.getvalue() == "1 of 1 rows, 10 units, 71.25\n"


@pytest.mark.parametrize("model", ["warehouse", "channel", "sku", "stocklevel", "stockmove", "reservation"])
def test_admin_lists_open(goods, client, model):
    import_stock(source=FILE.encode(), create=True)
    client.force_login(a_user(is_staff=True, is_superuser=True))
    assert client.get(f"/admin/inventory/{model}/").status_code == 200
