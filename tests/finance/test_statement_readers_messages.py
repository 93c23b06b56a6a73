"""MT940, MT942, camt and OFX (FORMATS 7.3-7.5; F50, F54, F61)."""

from datetime import date
from decimal import Decimal

import pytest

from finance.statements import Direction, FileOutcome, Hints, StatementRefused, read_statement
from finance.statements.rows import Measure
from tests.finance.statement_files import camt053, camt_entry, mt940

IN, OUT = Direction.IN, Direction.OUT


def _read(text, encoding="utf-8", filename="statement.sta"):
    return read_statement(text if isinstance(text, bytes) else text.encode(encoding), filename=filename)


def _shape(read):
    return [(row.direction, str(row.amount)) for row in read.rows]


def test_mt940_marks_amounts_and_balances():
    text = mt940(
        ":61:2605010501C20,NTRFS1//B1",
        ":86:paid by Anna",
        ":61:260501D5,5NCHGNONREF",
        ":86:",
        ":61:2605010501RC000000003,00NTRFNONREF//B2",
        ":61:2605010501RD1,00FMSCNONREF//B3",
        ":61:2605010501DR2,50N024NONREF",
        ":86:the letter after the mark is the currency's third",
    )
    read = _read(text)
    assert _shape(read) == [(IN, "20.00"), (OUT, "5.50"), (OUT, "3.00"), (IN, "1.00"), (OUT, "2.50")]
    assert [row.reversal for row in read.rows] == [False, False, True, True, False]
    assert (read.currency, read.account) == ("EUR", "12345678")
    assert (read.opening, read.closing, read.outcome) == (Decimal(100), Decimal(110), FileOutcome.OK)
    first = read.rows[0]
    assert (first.merchant_ref, first.provider_ref, first.memo) == ("S1", "B1", "paid by Anna")
    assert read.rows[1].provider_ref == ""


def test_mt940_with_a_line_cut_out_stays_open_with_both_figures():
    read = _read(mt940(":61:2605010501C4,NTRFS1//B1"))
    assert read.outcome is FileOutcome.OPEN
    assert [(t.measure, t.stated, t.computed) for t in read.differences] == [
        (Measure.CLOSING, Decimal("110.00"), Decimal("104.00"))
    ]


def test_mt940_without_its_end_stays_open():
    read = _read(mt940(":61:2605010501C10,NTRFS1//B1", closing=""))
    assert (read.outcome, [f.code for f in read.findings]) == (FileOutcome.OPEN, ["no_closing_balance"])


def test_mt940_line_that_cannot_be_read_waits_with_its_text():
    text = mt940(":61:26050105XX10,NTRF", ":86:who knows", ":61:2605010501C10,NTRFS1//B1")
    read = _read(text)
    assert _shape(read) == [(IN, "10.00")]
    assert [(r.line, r.problems[0].code, dict(r.raw)[":86:"]) for r in read.review] == [
        (5, "unreadable_line", "who knows")
    ]


def test_30_february_keeps_the_row_on_its_booking_date_and_flags_it():
    read = _read(
        mt940(":61:2602300301DR6,00N024NONREF", opening="C260228EUR16,00", closing="C260301EUR10,00")
    )
    assert [(r.booked_on, r.amount) for r in read.rows] == [(date(2026, 3, 1), Decimal("6.00"))]
    assert ([f.code for f in read.findings], read.outcome) == (["impossible_date"], FileOutcome.OK)


def test_30_february_without_a_booking_date_waits_for_a_person():
    read = _read(mt940(":61:260230DR6,00N024NONREF"))
    assert [(r.problems[0].code, r.problems[0].value) for r in read.review] == [("bad_date", "260230")]


@pytest.mark.parametrize(
    ("value", "entry", "booked"),
    [("251231", "0102", date(2026, 1, 2)), ("260101", "1231", date(2025, 12, 31))],
)
def test_entry_date_belongs_to_the_nearest_year(value, entry, booked):
    read = _read(mt940(f":61:{value}{entry}C10,NTRFNONREF"))
    assert (read.rows[0].booked_on, read.rows[0].listed_on.year) == (booked, 2000 + int(value[:2]))


def test_pages_of_one_statement_join_and_each_is_checked():
    first = mt940(":61:2605010501C5,NTRFNONREF//B1", number="7/1", closing="").replace("-\n", "")
    second = ":20:REF\n:25:12345678\n:28C:7/2\n:60M:C260501EUR105,\n:61:2605010501C5,NTRFNONREF//B2\n"
    text = first + ":62M:C260501EUR105,\n-\n" + second + ":62F:C260501110,00\n"
    read = _read(text)
    assert (_shape(read), read.outcome) == ([(IN, "5.00"), (IN, "5.00")], FileOutcome.OK)
    assert (read.opening, read.closing, len(read.control)) == (Decimal(100), Decimal(110), 2)


def test_statements_of_two_accounts_and_currencies_keep_them_apart():
    text = mt940(":61:2605010501C10,NTRFNONREF") + mt940(
        ":61:2605010501C10,NTRFNONREF",
        account="999",
        opening="C260430PLN100,00",
        closing="C260501PLN110,00",
    )
    read = _read(text)
    assert ([(r.account, r.currency) for r in read.rows], read.account, read.currency) == (
        [("12345678", "EUR"), ("999", "PLN")],
        "",
        "",
    )
    assert (read.totals, read.opening, read.closing, len(read.control)) == (None, None, None, 2)
    assert {code: str(total.credits) for code, total in read.by_currency.items()} == {
        "EUR": "10.00",
        "PLN": "10.00",
    }


def test_statement_of_a_second_foreign_account_is_refused_with_it():
    text = mt940(":61:2605010501C10,NTRFNONREF") + mt940(":61:2605010501C10,NTRFNONREF", account="99999999")
    with pytest.raises(StatementRefused) as refused:
        read_statement(text.encode(), filename="a.sta", hints=Hints(account_number="12345678"))
    assert refused.value.problem.params["found"] == "99999999"
    assert len(_read(text).rows) == 2


def test_mt942_has_no_closing_balance_and_compares_its_turnover():
    text = ":20:R\n:25:123\n:28C:1/1\n:34F:EURD0,00\n:13D:2605011730+0000\n"
    text += ":61:2605010501D0,42NCHGNONREF\n:90D:1EUR{}\n"
    assert _read(text.format("0,42")).outcome is FileOutcome.OK
    read = _read(text.format("2,30"))
    assert (read.format, [(t.stated, t.computed) for t in read.differences]) == (
        "mt942",
        [(Decimal("2.30"), Decimal("0.42"))],
    )


def test_accents_never_become_chinese():
    text = mt940(":61:2605010501C10,NTRFNONREF", ":86:Überweisung Müller")
    for encoding in ("utf-8", "cp1252"):
        assert _read(text, encoding).rows[0].memo == "Überweisung Müller"


def test_control_characters_and_swift_envelope_around_the_text_do_not_matter():
    text = "\x01{1:F01BANKDEFFXXXX0000000000}{2:I940BANKDEFFXXXXN}{4:\r\n" + mt940(
        ":61:2605010501C10,NTRFNONREF"
    ).replace("\n-\n", "\n-}\x03")
    read = _read(text.replace("\n", "\r\n"))
    assert (_shape(read), read.outcome) == ([(IN, "10.00")], FileOutcome.OK)


@pytest.mark.parametrize("namespace", ["camt.053.001.02", "camt.053.001.04", "camt.053.001.08", ""])
def test_camt053_reads_in_every_version_and_without_namespace(namespace):
    wrapped = namespace.endswith("08")
    read = _read(camt053(camt_entry(wrapped=wrapped, reference="A1"), namespace=namespace))
    row = read.rows[0]
    assert (_shape(read), read.outcome, read.account) == ([(IN, "10.00")], FileOutcome.OK, "DE00123")
    assert (row.counterparty, row.provider_ref, row.memo, row.status) == ("Anna", "A1", "order S1", "BOOK")
    assert read.version == (namespace or "camt.053 without namespace")


def test_camt053_with_an_entry_cut_out_stays_open():
    read = _read(camt053(camt_entry("4.00")))
    assert [(t.stated, t.computed) for t in read.differences] == [(Decimal("110.00"), Decimal("104.00"))]


def test_pending_entries_are_reported_and_are_not_money_yet():
    read = _read(camt053(camt_entry(), camt_entry("7.00", status="PDNG")))
    assert ([r.pending for r in read.rows], read.outcome) == ([False, True], FileOutcome.OK)


def test_reversal_keeps_the_direction_that_the_bank_states():
    entry = camt_entry("10.00", "CRDT", extra="<RvslInd>true</RvslInd>")
    read = _read(camt053(entry))
    assert [(r.direction, r.reversal) for r in read.rows] == [(IN, True)]


def test_camt_summary_of_entries_is_compared():
    summary = "<TxsSummry><TtlCdtNtries><NbOfNtries>2</NbOfNtries><Sum>10.00</Sum></TtlCdtNtries></TxsSummry>"
    read = _read(camt053(camt_entry(), summary=summary))
    assert [(t.measure, t.stated, t.computed) for t in read.differences] == [(Measure.ROWS_IN, 2, 1)]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (camt_entry("12..34"), "bad_amount"),
        (camt_entry("1.005"), "too_precise"),
        (camt_entry("-1.00"), "negative_amount"),
        (camt_entry("1.00", "X"), "bad_direction"),
        (camt_entry("1.00", day="2026-02-30"), "bad_date"),
        (camt_entry("1.00", day=""), "missing_value"),
        ("<Ntry/>", "bad_amount"),
    ],
)
def test_damaged_camt_entry_waits_and_the_others_are_read(entry, code):
    read = _read(camt053(entry, camt_entry("10.00000")))
    assert (_shape(read), read.outcome) == ([(IN, "10.00")], FileOutcome.OK)
    assert [(r.line, r.problems[0].code) for r in read.review] == [(1, code)]


def test_equal_camt_entries_of_one_day_are_both_kept():
    read = _read(camt053(camt_entry("5.00"), camt_entry("5.00")))
    assert len({row.identity for row in read.rows}) == 2
    again = _read(camt053(camt_entry("5.00"), camt_entry("5.00")))
    assert [row.identity for row in again.rows] == [row.identity for row in read.rows]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<Document><!-- nothing --></Document>", "not_a_statement"),
        (b'<Document xmlns="urn:x:camt.053.001.02"><BkToCstmrStmt/></Document>', "not_a_statement"),
        (
            b'<!DOCTYPE D [<!ENTITY a "aaaa">]><Document xmlns="urn:x:camt.053.001.02">&a;</Document>',
            "dtd",
        ),
        (b'<Document xmlns="urn:x:camt.053.001.02"><BkToCstmrStmt>', "unreadable"),
    ],
)
def test_xml_that_is_no_statement_is_refused(data, code):
    with pytest.raises(StatementRefused) as refused:
        _read(data)
    assert refused.value.problem.code == code


OFX_HEADER = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nCHARSET:1252\n\n"
OFX_ROWS = (
    "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260501120000[-5:EST]<TRNAMT>+20,50<FITID>F1<NAME>Anna &amp; Co\n"
    "<STMTTRN><TRNTYPE>FEE<DTPOSTED>20260502<TRNAMT>-1.25<FITID><MEMO>fee\n"
)
OFX_BODY = (
    "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>123</BANKACCTFROM>"
    "<BANKTRANLIST>{}</BANKTRANLIST><LEDGERBAL><BALAMT></LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
)


@pytest.mark.parametrize("head", [OFX_HEADER, "", '\n\n<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?>\n'])
def test_ofx_reads_with_unclosed_tags_and_with_or_without_header(head):
    read = _read(head + OFX_BODY.format(OFX_ROWS))
    assert (_shape(read), read.account, read.currency) == ([(IN, "20.50"), (OUT, "1.25")], "123", "USD")
    assert (read.rows[0].counterparty, read.rows[0].provider_ref) == ("Anna & Co", "F1")
    assert read.rows[0].identity.startswith("serial:")
    assert read.rows[1].identity.startswith("text:")


@pytest.mark.parametrize("dated", ["", "<DTPOSTED>", "<DTPOSTED>20260231"])
def test_ofx_row_without_a_real_date_waits_for_a_person(dated):
    read = _read(OFX_BODY.format(f"<STMTTRN>{dated}<TRNAMT>1.00<FITID>F1</STMTTRN>"))
    assert (read.rows, len(read.review)) == ((), 1)


def test_reused_ofx_serial_keeps_both_rows_and_says_so():
    row = "<STMTTRN><DTPOSTED>2026050{}<TRNAMT>1.00<FITID>F1</STMTTRN>"
    read = _read(OFX_BODY.format(row.format(1) + row.format(2)))
    assert (len({r.identity for r in read.rows}), [f.code for f in read.findings]) == (2, ["repeated_serial"])


def test_error_answer_of_a_bank_is_shown_with_code_and_text():
    status = "<STATUS><CODE>2000<SEVERITY>ERROR<MESSAGE>General error</STATUS>"
    with pytest.raises(StatementRefused, match="error 2000: General error"):
        _read(f"<OFX><SIGNONMSGSRSV1><SONRS>{status}</SONRS></SIGNONMSGSRSV1></OFX>")
