"""F52, F53, F61 and the fixture family of FORMATS 10: every honest shape ends in the right rows."""

import gzip
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from core.tabular import (
    BULK,
    CellReader,
    Column,
    ColumnSet,
    RefusedFile,
    bad_rows_file,
    column_set,
    open_table,
    read_text,
    read_xml,
    titles_of,
)
from tests.core import tabular_builders as made

ROWS = [
    made.HEADER,
    ["SF1234567890123", "2026-09-01", "张三", "8.00"],
    ["SF1234567890124", "2026-09-02", "李四", "1,208.50"],
]
EXPECTED = [
    ("SF1234567890123", date(2026, 9, 1), "张三", Decimal("8.00")),
    ("SF1234567890124", date(2026, 9, 2), "李四", Decimal("1208.50")),
]
CHINA = timezone(timedelta(hours=8))
RARE = [made.HEADER, ["SF1", "2026-09-01", "㐂𠮷", "8.00"]]


def read(data, columns=made.COURIER, **options):
    """(values of the good rows, findings of all rows) of the courier table in these bytes."""
    values, findings = [], []
    with open_table(data, columns, **options) as table:
        for row in table.rows():
            cell = CellReader(table, row)
            found = (
                cell.waybill("waybill", required=True),
                cell.date("shipped_on"),
                cell.text("customer"),
                cell.money("amount", required=True),
            )
            findings += cell.problems
            if not cell.problems:
                values.append(found)
    return values, findings


def refusal(data, columns=made.COURIER, **options):
    with pytest.raises(RefusedFile) as refused:
        open_table(data, columns, **options)
    return refused.value.problem


SHAPES = {
    "utf-8": lambda: made.a_csv(ROWS),
    "utf-8 with bom": lambda: made.a_csv(ROWS, encoding="utf-8-sig"),
    "gb18030": lambda: made.a_csv(ROWS, encoding="gb18030"),
    "gbk with tabs": lambda: made.a_csv(ROWS, encoding="gbk", delimiter="\t"),
    "utf-16 with bom": lambda: made.a_csv(ROWS, encoding="utf-16"),
    "utf-16 without bom, tabs": lambda: made.a_csv(ROWS, encoding="utf-16-le", delimiter="\t"),
    "utf-16 big-endian": lambda: b"\xfe\xff" + made.a_csv(ROWS, encoding="utf-16-be"),
    "semicolons": lambda: made.a_csv(ROWS, delimiter=";"),
    "bare line feeds": lambda: made.a_csv(ROWS, line="\n"),
    "bare carriage returns": lambda: made.a_csv(ROWS, line="\r"),
    "tab behind each id": lambda: made.a_csv([ROWS[0], *([row[0] + "\t", *row[1:]] for row in ROWS[1:])]),
    "apostrophe before ids": lambda: made.a_csv([ROWS[0], *(["'" + r[0], *r[1:]] for r in ROWS[1:])]),
    "equals and quotes": lambda: (
        made.a_csv([[f'="{cell}"' for cell in row] for row in ROWS], encoding="gbk", delimiter="\t")
        .replace(b'"="', b'="')
        .replace(b'""', b'"')
        .replace(b'""', b'"')
    ),
    "backtick lines": lambda: "\n".join(
        [",".join(ROWS[0]), *("`" + ",`".join(row) for row in ROWS[1:])]
    ).encode("utf-8-sig"),
    "full-width digits": lambda: made.a_csv(
        [ROWS[0], ["ＳＦ１２３４５６７８９０１２３", "２０２６－０９－０１", "张三", "￥８．００"], ROWS[2]]
    ),
    "yuan signs": lambda: made.a_csv([ROWS[0], [*ROWS[1][:3], "¥8.00"], [*ROWS[2][:3], "1,208.50元"]]),
    "padded headers": lambda: made.a_csv(
        [["　运单号 ", " 日 期", "客户\u3000", "应付金额\ufeff"], *ROWS[1:]]
    ),
    "extra columns at the edge": lambda: made.a_csv([[*row, "", ""] for row in ROWS]),
    "header on row 17": lambda: made.a_csv([[f"说明 {at}"] for at in range(16)] + ROWS),
    "xlsx": lambda: made.an_xlsx(ROWS),
    "xlsx with number cells": lambda: made.an_xlsx([ROWS[0], [*ROWS[1][:3], 8], [*ROWS[2][:3], 1208.5]]),
    "xlsx with serial dates": lambda: made.an_xlsx(
        [ROWS[0], ["SF1234567890123", 46266, "张三", 8], ["SF1234567890124", 46267, "李四", 1208.5]]
    ),
    "xlsx with merged title": lambda: made.an_xlsx([["顺丰月结账单", None, None, None], [], *ROWS]),
    "xlsx away from A1": lambda: made.an_xlsx([[], [], *([None, None, *row] for row in ROWS)]),
    "xlsx with a group header above": lambda: made.an_xlsx(
        [["运单号", None, "客户", "费用"], [None, "日期", None, "应付金额"], *ROWS[1:]]
    ),
    "xlsx with a summary sheet": lambda: made.an_xlsx(ROWS, more_sheets=[("汇总", [["合计", 1216.5]])]),
    "csv that is a workbook": lambda: made.an_xlsx(ROWS),
    "xls": lambda: made.an_xls(ROWS),
    "xls that is html": lambda: made.an_html(ROWS).encode(),
    "xls that is gbk html": lambda: made.an_html(ROWS).encode("gbk"),
    "xls that is spreadsheetml": lambda: made.a_spreadsheetml(ROWS).encode(),
    "xls that is tab text": lambda: made.a_csv(ROWS, encoding="gbk", delimiter="\t"),
    "gzip": lambda: gzip.compress(made.a_csv(ROWS)),
    "zip with the summary first": lambda: made.a_zip(
        [
            ("账单(汇总).csv", made.a_csv([["费用名称", "合计"], ["运费", "1"]])),
            ("账单.csv", made.a_csv(ROWS)),
        ],
        gbk=True,
    ),
    "zip of a workbook": lambda: made.a_zip([("账单.xlsx", made.an_xlsx(ROWS))]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_the_same_table_gives_the_same_rows(shape):
    name = "a.csv" if "csv" in shape else "a.xls"
    assert read(SHAPES[shape](), name=name) == (EXPECTED, [])


def test_a_rare_character_survives_gb18030():
    assert read(made.a_csv(RARE, encoding="gb18030"))[0] == [
        ("SF1", date(2026, 9, 1), "㐂𠮷", Decimal("8.00"))
    ]


def test_gb18030_is_not_believed_when_it_only_decodes():
    """Latin-1 text decodes as Chinese; only the header that is found afterwards says which one it is."""
    columns = column_set("western", {"payee": ["Bénéficiaire"], "amount": ["Montant"]})
    data = "Bénéficiaire;Montant\r\nCafétéria Müller;8.00\r\n".encode("cp1252")
    with open_table(data, columns, western=True) as table:
        assert table.encoding == "cp1252"
        assert [row.cells for row in table.rows()] == [{"payee": "Cafétéria Müller", "amount": "8.00"}]
    assert refusal(data, columns).code == "no_header"


def test_the_place_of_every_row_is_that_of_the_original():
    text = '标题,,,\r\n\r\n运单号,日期,客户,应付金额\r\nSF1,,"第一行\r\n第二行",1.00\r\nSF2,,乙,2.00\r\n'
    with open_table(text.encode(), made.COURIER, name="a.csv") as table:
        assert [(row.number, row.cells["customer"]) for row in table.rows()] == [
            (4, "第一行\r\n第二行"),
            (6, "乙"),
        ]
        assert (table.header_row, [row.cells[0] for row in table.preamble if row.cells]) == (3, ["标题"])
    with open_table(made.an_xlsx([["标题"], [], *ROWS]), made.COURIER) as table:
        assert [(row.sheet, row.number) for row in table.rows()] == [("明细", 4), ("明细", 5)]


def test_missing_columns_are_named():
    problem = refusal(made.a_csv([["运单号", "重量"], ["SF1", "1"]]))
    assert (problem.code, problem.params) == ("no_header", {"missing": "应付金额 / 费用(元)"})


def test_two_tables_that_fit_are_refused_and_a_named_sheet_settles_it():
    data = made.an_xlsx(ROWS, sheet="一月", more_sheets=[("二月", ROWS[:2])])
    assert refusal(data).params == {"places": "一月 1, 二月 1"}
    assert read(data, sheet="二月")[0] == EXPECTED[:1]


def test_a_chosen_column_wins_over_the_aliases():
    data = made.a_csv([["运单号", "单号X", "应付金额"], ["A1", "B1", "8"]])
    with open_table(data, made.COURIER, mapping={"waybill": "单号X"}) as table:
        assert [row.cells["waybill"] for row in table.rows()] == ["B1"]
        assert table.extra_titles == ("运单号",)
    assert refusal(data, mapping={"waybill": "nowhere"}).params["missing"] == "nowhere"
    assert refusal(data, mapping={"colour": "单号X"}).code == "unknown_map"


def test_a_typed_map_is_read_or_refused_whole():
    assert titles_of("waybill=运单号 , amount＝应付=金额，") == {"waybill": "运单号", "amount": "应付=金额"}
    assert titles_of(" ") == {}
    for text, part in (("bill.xlsx", "bill.xlsx"), ("waybill=A, =B", "=B"), ("waybill=", "waybill=")):
        with pytest.raises(RefusedFile) as refused:
            titles_of(text)
        assert (refused.value.code, refused.value.problem.params) == ("bad_map", {"value": part})


def test_repeated_names_keep_their_order():
    columns = ColumnSet("r", (Column("a", ("金额",)), Column("b", ("金额",), nth=2)))
    with open_table(made.a_csv([["金额", "金额"], ["1", "2"]]), columns) as table:
        assert [row.cells for row in table.rows()] == [{"a": "1", "b": "2"}]


def test_the_newest_layout_that_fits_is_taken():
    old = column_set("bill", {"waybill": ["运单号"]}, version="1")
    new = column_set("bill", {"waybill": ["运单号"], "amount": ["应付金额"]}, version="2")
    with open_table(made.a_csv(ROWS), [old, new]) as table:
        assert table.columns.version == "2"
    with open_table(made.a_csv([["运单号"], ["SF1"]]), [old, new]) as table:
        assert table.columns.version == "1"


def test_totals_notes_and_page_headers_are_not_rows():
    lines = [
        *ROWS,
        made.HEADER,
        ["-", "-", "-", "-"],
        ["", "", "", ""],
        ["小计", "", "", "1,216.50"],
        ["合 计:", "-", "", "1,216.50"],
        ["#导出时间: 2026-09-30"],
        ["备注:以上金额含税"],
    ]
    with open_table(made.a_csv(lines), made.COURIER) as table:
        assert [row.cells["waybill"] for row in table.rows()] == ["SF1234567890123", "SF1234567890124"]
        assert [(c.number, c.label, c.cells["amount"]) for c in table.controls] == [
            (7, "小计", "1,216.50"),
            (8, "合 计:", "1,216.50"),
        ]
        assert [row.number for row in table.trailer] == [9, 10]
        assert (table.count, table.skipped) == (2, 3)


def test_an_order_number_with_a_hash_and_a_goods_name_with_total_are_rows():
    lines = [made.HEADER, ["#1001", "", "合计算器", "8"], ["SF2", "", "Total Gym", "9"]]
    with open_table(made.a_csv(lines), made.COURIER) as table:
        assert [row.cells["waybill"] for row in table.rows()] == ["#1001", "SF2"]
        assert table.controls == []


def test_totals_under_a_header_of_their_own_are_named_by_it():
    lines = [
        "运单号,日期,客户,应付金额",
        "`SF1,`2026-09-01,`甲,乙,`8.00",
        "总交易单数,应结订单总金额",
        "`1,`8.00",
    ]
    with open_table("\r\n".join(lines).encode(), made.COURIER) as table:
        assert [row.cells["customer"] for row in table.rows()] == ["甲,乙"]
        assert [control.named for control in table.controls] == [
            {"总交易单数": "1", "应结订单总金额": "8.00"}
        ]


def test_a_row_with_a_field_too_many_waits_for_a_person_and_the_others_go_on():
    data = "运单号,日期,客户,应付金额\nSF1,,甲,乙,8.00\nSF2,,丙,9.00\nSF3,,丁\n".encode()
    values, findings = read(data, name="a.csv")
    assert [value[0] for value in values] == ["SF2"]
    assert [(f.row, f.problem.code, f.problem.params, f.raw) for f in findings] == [
        (2, "field_count", {"found": 5, "expected": 4}, ("SF1", "", "甲", "乙", "8.00")),
        (4, "field_count", {"found": 3, "expected": 4}, ("SF3", "", "丁")),
    ]


def test_an_open_quotation_mark_costs_one_row_and_not_the_rest():
    broken = 'SF1,,"甲,8.00\n'
    good = "".join(f"SF{at},,乙,9.00\n" for at in range(2, 200))
    values, findings = read(("运单号,日期,客户,应付金额\n" + broken + good).encode())
    assert [(finding.row, finding.problem.code) for finding in findings] == [(2, "open_quote")]
    assert len(values) == 198


def test_long_numbers_are_kept_damaged_or_reviewed_but_never_wrong():
    """F53: 12 and 15 digits match as text, number or formula text; 18 digits from a number do not."""
    cells = [
        "123456789012",
        123456789012,
        "773061234567890",
        773061234567890,
        "773061234567890123",
        773061234567890123,
        "7.73061E+14",
        '="773061234567890123"',
        "773061234567890000",
    ]
    data = made.an_xlsx([made.HEADER, *([cell, None, None, 1] for cell in cells)])
    seen = []
    with open_table(data, made.COURIER) as table:
        for row in table.rows():
            cell = CellReader(table, row)
            number = cell.waybill("waybill", required=True)
            seen.append(([f.problem.code for f in cell.problems + cell.warnings] or [number])[0])
    assert seen[:5] == ["123456789012"] * 2 + ["773061234567890"] * 2 + ["773061234567890123"]
    assert seen[5:] == ["damaged_number", "damaged_number", "773061234567890123", "rounded_id"]


def test_goods_names_of_digits_only_stay_text():
    assert read(made.an_xlsx([made.HEADER, ["SF1", "2026-09-01", "00123", 8]]))[0][0][2] == "00123"


def test_error_and_formula_cells_without_value_are_empty_and_reviewed():
    bad = made.GOOD_ROWS.replace('<c r="B2"><v>8</v></c>', '<c r="B2" t="e"><v>#REF!</v></c>')
    values, findings = read(made.a_raw_xlsx(made.a_sheet_xml(bad)))
    assert (values, [(f.column, f.problem.code) for f in findings]) == ([], [("应付金额", "missing")])
    formula = made.GOOD_ROWS.replace("<v>8</v>", "<f>SUM(A1)</f>")
    assert [f.problem.code for f in read(made.a_raw_xlsx(made.a_sheet_xml(formula)))[1]] == ["missing"]


def test_a_phantom_width_is_not_trusted():
    assert read(made.a_raw_xlsx(made.a_sheet_xml(made.GOOD_ROWS, dimension="A1:AMJ5")))[0][0][0] == "SF1"


def test_equal_lines_are_both_rows():
    assert len(read(made.a_csv([ROWS[0], ROWS[1], ROWS[1]]))[0]) == 2


def test_an_empty_day_is_a_table_without_rows():
    assert read(made.a_csv([made.HEADER])) == ([], [])
    assert refusal(b"  \r\n").code == "empty_file"


def test_html_spans_keep_columns_in_line():
    page = (
        "<table><tr><td colspan=4>月结账单</td></tr><tr><th>运单号<th>日期<th>客户<th>应付金额</tr>"
        "<tr><td rowspan=2>SF1</td><td>2026-09-01</td><td>甲&amp;乙<script>x()</script></td><td>8</td></tr>"
        "<tr><td>2026-09-02</td><td>丙</td><td>9</td></tr></table>"
    )
    values, findings = read(page.encode())
    assert values == [("SF1", date(2026, 9, 1), "甲&乙", Decimal("8.00"))]
    assert [(f.row, f.column, f.problem.code) for f in findings] == [(4, "运单号", "missing")]


def test_bad_rows_come_back_in_their_own_layout_and_can_be_read_again():
    lines = [
        made.HEADER,
        ["773061234567890", "2026-02-31", "=1+1", "12..34"],
        ["SF2", "2026-09-01", "乙", "9"],
    ]
    _, findings = read(made.a_csv(lines), name="九月.csv")
    assert [(f.file, f.row, f.column, f.value, f.problem.code) for f in findings] == [
        ("九月.csv", 2, "日期", "2026-02-31", "bad_date"),
        ("九月.csv", 2, "应付金额", "12..34", "bad_money"),
    ]
    data = bad_rows_file(findings, titles=made.HEADER)
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"'=1+1" in data
    with open_table(data, made.COURIER) as table:
        (row,) = table.rows()
        assert row.cells == {
            "waybill": "773061234567890",
            "amount": "12..34",
            "shipped_on": "2026-02-31",
            "customer": "=1+1",
        }
        assert row.raw[4:7] == ["", "2", "日期; 应付金额"]


def test_messages_can_be_shown_in_another_language():
    problem = refusal(made.a_csv([["x"], ["1"]]))
    assert problem.text(lambda text: "缺少列:%(missing)s") == "缺少列:运单号 / 运单编号, 应付金额 / 费用(元)"


def test_a_million_csv_rows_stream_with_little_memory(tmp_path):
    import tracemalloc

    path = tmp_path / "big.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        file.write("运单号,日期,客户,应付金额\r\n")
        file.writelines(f"SF{at:013d},2026-09-01,张三,8.00\r\n" for at in range(60_000))
    tracemalloc.start()
    with open_table(path, made.COURIER, limits=BULK) as table:
        count = sum(1 for _ in table.rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (count, table.count) == (60_000, 60_000)
    assert peak < 6 * 1024 * 1024


def test_text_is_accepted_only_with_its_signature():
    data = ":20:START\r\n:25:123\r\n:86:付款".encode("gb18030")
    from core.tabular import as_blob, recognise

    assert recognise(as_blob(data)) == "mt940"
    assert read_text(as_blob(data), accept=lambda text: "付款" in text) == (data.decode("gb18030"), "gb18030")
    with pytest.raises(RefusedFile):
        read_text(as_blob(data), accept=lambda text: ":61:" in text)


def test_xml_is_a_tree_by_local_names():
    root = read_xml(
        b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
        b'<Stmt><Ntry><Amt Ccy="CNY">8.00</Amt></Ntry><Ntry><Amt Ccy="CNY">9.00</Amt></Ntry></Stmt>'
        b"</Document>"
    )
    assert [(node.text, node.attributes) for node in root.find_all("Stmt", "Ntry", "Amt")] == [
        ("8.00", {"Ccy": "CNY"}),
        ("9.00", {"Ccy": "CNY"}),
    ]
    assert (root.space[-15:], root.text_at("Stmt", "Nothing")) == ("camt.053.001.02", "")


def test_moments_are_aware():
    columns = column_set("m", {"at": ["交易时间"]})
    with open_table(made.a_csv([["交易时间"], ["20260410 17:07:09"]]), columns) as table:
        (row,) = table.rows()
        moment = CellReader(table, row).datetime("at", zone=CHINA)
    assert moment == datetime(2026, 4, 10, 9, 7, 9, tzinfo=UTC)
