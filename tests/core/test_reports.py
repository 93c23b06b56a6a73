"""F56, R21, R22: what is exported is safe to open, adds up, and comes back as it was."""

import ast
import io
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core import reports
from core.reports import Column, CsvReport, Heading, Labels, XlsxReport
from core.reports import registry as registry_module
from core.tabular import CellReader, column_set, open_table

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROOT = Path(__file__).resolve().parents[2]
COLUMNS = [
    Column("waybill", "运单号", "id", 22),
    Column("note", "备注 Note", "text", 30),
    Column("paid_at", "支付时间 Paid at", "datetime", 20),
    Column("day", "日期 Day", "date"),
    Column("amount", "金额 Amount", "money"),
    Column("weight", "重量 kg", "quantity"),
    Column("rate", "费率 Rate", "percent", total=False),
]
PAID_AT = datetime(2026, 9, 30, 16, 30, tzinfo=UTC)
HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+86 138 0013 8000",
    "-1+1",
    "@SUM(A1)",
    "＝1+1",
    "a\n=1",
    "a;=1",
    "http://x.y",
    "'=1",
    "{=1}",
]
READ_BACK = column_set(
    "export",
    {"waybill": ["运单号"], "note": ["备注 Note"], "amount": ["金额 Amount"]},
    {
        "paid_at": ["支付时间 Paid at (Asia/Shanghai)"],
        "day": ["日期 Day"],
        "weight": ["重量 kg"],
        "rate": ["费率 Rate"],
    },
)


def the_rows(notes=HOSTILE):
    return [
        (
            f"{773061234567890120 + at}",
            note,
            PAID_AT,
            date(2026, 9, 30),
            Decimal("-8.50"),
            Decimal("1.250"),
            Decimal("0.006"),
        )
        for at, note in enumerate(notes)
    ]


class Hostile:
    """A report whose texts are all formulas."""

    name = "hostile"
    columns = COLUMNS

    def heading(self, params):
        return Heading(
            "=付款",
            [("期间", params["period"]), ("=x", "@y")],
            created_at=PAID_AT,
            labels=Labels(total="合计"),
        )

    def rows(self, params):
        return iter(the_rows())

    def totals(self, params):
        return {"amount": Decimal("-84.00"), "weight": Decimal("12.5")}


@pytest.fixture
def hostile(monkeypatch):
    monkeypatch.setattr(registry_module, "_reports", {})
    return reports.register(Hostile())


def written(format, **options):
    out = io.BytesIO()
    summary = reports.write_report(
        "hostile", {"period": "2026-09"}, format=format, out=out, zone=SHANGHAI, **options
    )
    return out.getvalue(), summary


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_an_export_reads_in_again_as_the_original(hostile, format):
    data, summary = written(format)
    with open_table(data, READ_BACK) as table:
        back = []
        for row in table.rows():
            cell = CellReader(table, row)
            back.append(
                (
                    cell.id("waybill"),
                    row.cells["note"],
                    cell.datetime("paid_at", zone=SHANGHAI),
                    cell.date("day"),
                    cell.money("amount"),
                    cell.quantity("weight"),
                    cell.percent("rate"),
                )
            )
            assert cell.problems == []
        assert back == the_rows()
        assert [(c.label, c.cells["amount"].rstrip("0").rstrip(".")) for c in table.controls] == [
            ("合计", "-85"),
            ("Ledger total", "-84"),
            ("Difference", "1"),
        ]
    assert (summary.rows, summary.totals["amount"], summary.differences["amount"]) == (
        10,
        Decimal("-85.00"),
        1,
    )


def test_no_cell_of_a_csv_export_starts_a_formula(hostile):
    import csv

    data, _ = written("csv")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\r")
    cells = [cell for line in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in line]
    starts = [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@＝＋－＠")]
    assert set(starts) == {"-8.50", "-85.00", "-84.00"}, (
        "negative amounts stay numbers, nothing else begins so"
    )


def test_xlsx_cells_are_typed(hostile):
    import zipfile

    data, _ = written("xlsx")
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert '<c r="A7" s="' in sheet
    assert "<t>773061234567890120</t>" in sheet
    assert "<v>-8.50</v>" in sheet
    assert 'ySplit="6"' in sheet
    assert "[Red]" in zipfile.ZipFile(io.BytesIO(data)).read("xl/styles.xml").decode()


def test_times_are_in_the_zone_that_the_header_names(hostile):
    text = written("csv")[0].decode("utf-8-sig")
    assert "支付时间 Paid at (Asia/Shanghai)" in text
    assert "2026-10-01 00:30:00" in text
    assert "Created,2026-10-01 00:30:00 Asia/Shanghai" in text


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_same_report_is_the_same_bytes_in_every_server_zone(hostile, format):
    script = (
        "import io, sys; from tests.core.test_reports import Hostile, SHANGHAI; from core import reports\n"
        "reports.register(Hostile())\n"
        "out = io.BytesIO()\n"
        "reports.write_report('hostile', {'period': '2026-09'}, format=sys.argv[1], out=out, zone=SHANGHAI)\n"
        "sys.stdout.buffer.write(out.getvalue())"
    )
    zones = ["UTC", "America/Los_Angeles", "Asia/Shanghai"]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, format],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "TZ": zone},
        ).stdout
        for zone in zones
    }
    assert outputs == {written(format)[0]}


def test_titles_can_be_replaced_for_two_languages(hostile):
    text = written("csv", titles={"waybill": "运单号 Waybill"})[0].decode("utf-8-sig")
    assert "运单号 Waybill," in text


def test_rows_are_taken_one_by_one():
    """Constant memory: the writer asks for a row, writes it, and only then asks for the next."""

    class Slow(io.BytesIO):
        pass

    for writer in (CsvReport, XlsxReport):
        alive = []

        class Text(str):
            __slots__ = ()

            def __del__(self, alive=alive):
                alive.pop()

        def rows(alive=alive, text=Text):
            for at in range(200):
                assert len(alive) <= 3
                alive.append(at)
                yield (text(f"n{at}"),)

        writer(Slow(), [Column("a", "A")], zone=SHANGHAI).write(Heading("t"), rows())


def test_declarations_that_cannot_work_are_refused():
    with pytest.raises(ValueError, match="labels"):
        CsvReport(io.BytesIO(), [Column("a", "A", "money")], zone=SHANGHAI)
    with pytest.raises(ValueError, match="unique"):
        CsvReport(io.BytesIO(), [Column("a", "A"), Column("a", "B")], zone=SHANGHAI)
    with pytest.raises(ValueError, match="zone"):
        CsvReport(io.BytesIO(), [Column("a", "A", "datetime")], zone=SHANGHAI).write(
            Heading("t"), [(datetime(2026, 1, 1),)]
        )
    with pytest.raises(ValueError, match="values"):
        CsvReport(io.BytesIO(), [Column("a", "A")], zone=SHANGHAI).write(Heading("t"), [("a", "b")])


def test_a_name_is_taken_once_and_an_unknown_one_names_the_known(hostile):
    class Other(Hostile):
        pass

    with pytest.raises(ValueError, match="hostile"):
        reports.register(Other())
    with pytest.raises(LookupError, match="hostile"):
        reports.report("nothing")
    with pytest.raises(LookupError, match="xlsx, csv"):
        written("pdf")
    assert reports.all_reports() == [hostile]


# A simulator, the demo's bank, a benchmark and an example play another company and hand out its files, as
# wild as they come.
OTHER_COMPANIES = ("/gateways/simulator/", "shopsite/demo_company/", "/benches/", "docs/examples/")
WRITERS_OF_FILES = {
    "core/reports/csvfile.py",
    "core/reports/xlsxfile.py",
    "core/tabular/badrows.py",
}


def test_nobody_writes_a_spreadsheet_or_csv_past_the_base():
    """An exporter outside the base would be an exporter without the formula guard."""
    found = set()
    for path in ROOT.glob("*/**/*.py"):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("tests/", "var/", ".")) or "/tests/" in name:
            continue
        if any(company in name for company in OTHER_COMPANIES):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
                if any(
                    n.split(".")[0] in {"xlsxwriter", "openpyxl", "xlwt", "tablib", "pyexcelerate"}
                    for n in names
                ):
                    found.add(name)
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {"csv.writer", "csv.DictWriter"}:
                found.add(name)
    assert found == WRITERS_OF_FILES


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_every_registered_report_declares_columns_that_a_writer_accepts(format):
    for report in reports.all_reports():
        registry_module.WRITERS[format](io.BytesIO(), report.columns, zone=SHANGHAI).finish()
