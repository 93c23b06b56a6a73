import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

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
