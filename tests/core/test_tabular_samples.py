"""Published bank and wallet exports, where the sample folder lies beside the checkout."""

import os
from pathlib import Path

import pytest

from core.tabular import CellReader, Kind, RefusedFile, as_blob, column_set, open_table, read_xml, recognise

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
SAMPLES = Path(os.environ.get("SHOPSITE_SAMPLES", BESIDE))
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample data beside the checkout")

# file, titles of date and amount, rows, rows for review, header row
FILES = [
    ("cn_consumer_and_bank_bills/abc_debit/example-abc_debit-records.csv", "交易日期", "交易金额", 5, 1, 1),
    ("cn_consumer_and_bank_bills/alipay/example-alipay-records.csv", "交易时间", "金额", 10, 0, 25),
    ("cn_consumer_and_bank_bills/ccb/交易明细_xxxx_2025xxxx_2025xxxx.xls", "交易日期", "账户余额", 6, 0, 6),
    ("cn_consumer_and_bank_bills/citic/credit/example-citic-records.xls", "交易日期", "交易金额", 13, 0, 2),
    ("cn_consumer_and_bank_bills/hxsec/example-hxsec-records.xls", "交收日期", "清算金额", 13, 0, 1),
    (
        "cn_consumer_and_bank_bills/icbc/debit-v2/example-icbc-debit-v2-records.csv",
        "交易日期",
        "记账金额(收入)",
        11,
        0,
        7,
    ),
    ("cn_consumer_and_bank_bills/mt/example-mt-records.csv", "交易创建时间", "实付金额", 29, 0, 20),
    ("merchant_bills/20880000000000010156_20260916_fnd.csv.zip", "发生时间", "收入金额（+元）", 4, 0, 5),
    ("merchant_bills/wechat_fundflow_bill_BASIC_20260916.csv", "记账时间", "收支金额(元)", 3, 0, 1),
    ("merchant_bills/wechat_trade_bill_ALL_20260916.csv", "交易时间", "订单金额", 3, 0, 1),
]


@pytest.mark.parametrize(("path", "day", "amount", "rows", "reviewed", "header"), FILES)
def test_a_published_export_is_read_row_by_row(path, day, amount, rows, reviewed, header):
    columns = column_set("sample", {"day": [day], "amount": [amount]})
    with open_table(SAMPLES / path, columns) as table:
        found = list(table.rows())
        findings = []
        for row in found:
            cell = CellReader(table, row)
            cell.date("day")
            cell.money("amount")
            findings += cell.problems
    assert table.header_row == header
    assert rows == len(found)
    assert len({finding.row for finding in findings}) == reviewed


def test_the_same_export_on_two_sheets_is_settled_by_naming_one():
    path = SAMPLES / "cn_consumer_and_bank_bills/wechat/example-wechat-records.xlsx"
    columns = column_set("sample", {"day": ["交易时间"], "amount": ["金额(元)"]})
    with pytest.raises(RefusedFile, match="More than one table"):
        open_table(path, columns)
    with open_table(path, columns, sheet="example-wechat-records") as table:
        assert sum(1 for _ in table.rows()) == 27


def test_statement_formats_are_told_apart_by_content():
    kinds = {
        "camt_samples": {Kind.CAMT},
        "mt940_samples": {Kind.MT940, Kind.MT942, Kind.TEXT},
        "ofx_samples": {Kind.OFX_SGML, Kind.OFX_XML},
    }
    for folder, expected in kinds.items():
        files = [
            p for p in (SAMPLES / folder).rglob("*") if p.suffix.lower() in {".xml", ".sta", ".ofx", ".txt"}
        ]
        assert files
        assert {recognise(as_blob(path)) for path in files} <= expected, folder


def test_camt_documents_are_read_as_trees():
    for path in (SAMPLES / "camt_samples").rglob("*.xml"):
        assert read_xml(path).name == "Document"
