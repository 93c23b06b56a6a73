"""What is told apart by content and what is refused at the door (FORMATS 1, R12-R15; F52, F54)."""

import gzip
import io
import os
import random
import zipfile

import pytest

from finance.statements import FileOutcome, Hints, StatementRefused, read_statement
from finance.statements.problems import SENTENCES, Problem
from tests.finance.statement_files import (
    a_workbook,
    a_zip,
    alipay_trade,
    camt053,
    camt_entry,
    mt940,
    trade_row,
    wechat_trade,
    wechat_values,
)


def _refusal(data, **hints):
    with pytest.raises(StatementRefused) as refused:
        read_statement(data, filename="upload", hints=Hints(**hints))
    return refused.value


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf \r\n\r\n", "empty_file"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"Rar!\x1a\x07\x00", "not_a_table"),
        (b"7z\xbc\xaf\x27\x1c", "not_a_table"),
        (b"PK\x03\x04 cut off", "damaged_archive"),
        (b'{"statement_text": "..."}', "not_a_statement"),
        (b"ISA*00*          *00*", "not_a_statement"),
        (b":61:2605010501C10,NTRFNONREF\n", "not_a_statement"),
        (b"<a>no statement</a>", "not_a_statement"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"1\n2\n3\n", "unknown_layout"),
    ],
)
def test_what_is_no_statement_is_refused_with_a_reason_and_a_next_step(data, code):
    refused = _refusal(data)
    assert refused.problem.code == code
    assert str(refused).endswith((".", "!"))


def test_name_and_ending_say_nothing_about_the_content():
    bill = alipay_trade([trade_row()], paid=(1, "10.00")).encode("gb18030")
    for name in ("bill.xls", "bill.xml", "bill.sta", "x"):
        assert read_statement(bill, filename=name).format == "alipay.trade"


def test_gzip_of_a_wechat_bill_is_inflated_and_keeps_the_hash_of_what_was_uploaded():
    totals = ["1", "10.00", "0", "0", "0.06", "10.00", "0"]
    packed = gzip.compress(wechat_trade([wechat_values()], totals=totals).encode("utf-8-sig"))
    read = read_statement(packed, filename="bill.csv.gz")
    assert (read.format, read.outcome, len(read.rows)) == ("wechat.trade", FileOutcome.OK, 1)
    plain = read_statement(gzip.decompress(packed), filename="bill.csv")
    assert read.sha256 != plain.sha256
    assert read.rows[0].identity == plain.rows[0].identity


def test_archive_in_an_archive_is_refused():
    inner = a_zip(("a.csv", b"1,2,3"))
    assert _refusal(a_zip(("inner.zip", inner))).problem.code in ("nested_archive", "unreadable_container")


def test_any_single_statement_in_an_archive_is_read():
    read = read_statement(a_zip(("s.sta", mt940(":61:2605010501C10,NTRFNONREF").encode())), filename="s.zip")
    assert (read.format, read.outcome) == ("mt940", FileOutcome.OK)


def test_workbook_without_a_known_table_is_refused():
    assert _refusal(a_workbook(("s", [["姓名", "频率"], ["王", 1]]))).problem.code == "unknown_layout"


def test_workbook_with_a_query_definition_in_utf_16_is_read():
    text = "记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n2026-05-01,CNY,1.00,1.00,转账,甲,"
    packed = io.BytesIO(a_workbook(("s", [line.split(",") for line in text.splitlines()])))
    with zipfile.ZipFile(packed, "a") as book:
        book.writestr("customXml/item1.xml", '<?xml version="1.0" encoding="utf-16"?><q/>'.encode("utf-16"))
    assert read_statement(packed.getvalue(), filename="query.xlsx").format == "bank.cmb.debit"


BOTH = "交易时间,借方发生额,贷方发生额,对方名称,摘要,凭证号,交易流水号,账户余额,客户附言\n"


def test_header_that_fits_two_layouts_alike_is_a_question_and_the_choice_is_checked():
    data = (BOTH + "2026-05-01 10:00:00,,5.00,甲,货款,,L1,5.00,S1\n").encode()
    refused = _refusal(data)
    assert (refused.problem.code, refused.problem.params["formats"]) == (
        "ambiguous_layout",
        "bank.ceb, bank.cmbc",
    )
    assert read_statement(data, filename="x", hints=Hints(format="bank.ceb")).format == "bank.ceb"
    assert _refusal(data, format="bank.pingan").problem.code == "missing_columns"


def test_every_problem_has_a_sentence_and_a_next_step():
    for code, (sentence, step) in SENTENCES.items():
        assert sentence.endswith((".", "%(seen)s", "%(said)s")), code
        assert step.endswith("."), code


def test_problem_names_file_sheet_line_column_value_reason_and_next_step():
    problem = Problem("bad_amount", file="may.xlsx", sheet="明细", line=7, column="交易金额", value="12..34")
    assert str(problem) == (
        "may.xlsx, 明细, line 7, 交易金额: This is not an amount. ('12..34') "
        "Look the amount up in the original statement and enter it."
    )


def test_damaged_row_of_one_statement_never_stops_another_kind():
    read = read_statement(camt053(camt_entry("x"), camt_entry("10.00")), filename="s.xml")
    assert (len(read.rows), len(read.review), read.rows_read) == (1, 1, 2)


def _whole_files():
    rows = [trade_row("T1"), trade_row("T2", word="退款", amount="-1.00", request="R1")]
    yield alipay_trade(rows, paid=(1, "10.00"), refunded=(1, "-1.00")).encode("gb18030")
    totals = ["1", "10.00", "0", "0", "0.06", "10.00", "0"]
    yield wechat_trade([wechat_values()], totals=totals).encode("utf-8-sig")
    yield mt940(":61:2605010501C10,NTRFS1//B1", ":86:text", ":90C:1EUR10,00").encode()
    yield b"Date;Text;Credit;Debit;CCY\n2026-05-01;a;1,50;;EUR\n2026-05-02;b;;2,50;EUR\n"
    yield "交易日期,摘要,金额\n2026-05-01,消费,-1.00\n".encode()
    yield b"<OFX><STMTRS><CURDEF>USD<STMTTRN><DTPOSTED>20260501<TRNAMT>1.00<FITID>F</STMTTRN></STMTRS></OFX>"


_NOISE = [b'"', b",", b"\t", b"\x00", b"`", b"#", b"\n", b":61:", b"1E+99", b"9" * 40, b"1.2.3", b"NaN", b"-"]


@pytest.mark.parametrize("seed", range(int(os.environ.get("RACE_SEEDS", "3"))))
def test_whatever_is_damaged_a_file_ends_in_a_result_or_a_refusal(seed):
    chance = random.Random(seed)
    for whole in _whole_files():
        for _ in range(60):
            damaged = bytearray(whole)
            for _ in range(chance.randint(1, 5)):
                place = chance.randrange(len(damaged) + 1)
                if chance.random() < 0.2:
                    del damaged[place : place + chance.randint(1, 40)]
                else:
                    damaged[place:place] = chance.choice(_NOISE)
            try:
                read = read_statement(bytes(damaged), filename="damaged")
            except StatementRefused:
                continue
            assert all(row.amount >= 0 and row.identity for row in read.rows)
            assert all(row.problems for row in read.review)
