"""Merchant bills of Alipay and WeChat Pay (FORMATS 2.2-2.4, 3.2, 3.3; F50, F52, F53, F61, F64)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from finance.statements import StatementRefused, read_statement
from finance.statements.rows import Direction, FileOutcome, Measure, RowKind
from tests.finance.statement_files import (
    BANK_TRADE_HEADER,
    FUND_HEADER,
    FUNDFLOW_HEADER,
    TRADE_HEADER,
    WECHAT_HEADER,
    a_zip,
    alipay_fund,
    alipay_trade,
    backticked,
    fund_row,
    trade_row,
    wechat_refund,
    wechat_trade,
    wechat_values,
)


def _read(text, encoding="gb18030", filename="bill.csv"):
    return read_statement(text.encode(encoding), filename=filename)


def _codes(rows):
    return [(row.line, problem.code, problem.column) for row in rows for problem in row.problems]


def _two_sales_and_a_refund():
    rows = [
        trade_row("T1", "S1", amount="10.00"),
        trade_row("T2", "S2", amount="20.50", at="2026-05-01 23:59:59", done="2026-05-02 00:00:02"),
        trade_row("T1", "S1", "退款", "-4.00", request="R1", fee="0.02", done="2026-05-01 12:00:00"),
    ]
    return alipay_trade(rows, paid=(2, "30.50"), refunded=(1, "-4.00"))


def test_alipay_trade_bill_gives_payments_refunds_fees_and_the_day_of_completion():
    read = _read(_two_sales_and_a_refund())
    assert (read.format, read.outcome, read.account) == (
        "alipay.trade",
        FileOutcome.OK,
        "20880000000000010156",
    )
    assert (read.totals.credits, read.totals.debits) == (Decimal("30.50"), Decimal("4.00"))
    assert sum(row.fee for row in read.rows) == Decimal("0.10")
    assert (read.period_from, read.period_to) == (date(2026, 5, 1), date(2026, 5, 1))
    late, refund = read.rows[1], read.rows[2]
    assert late.booked_on == date(2026, 5, 2)
    assert late.occurred_at.astimezone(UTC) == datetime(2026, 5, 1, 16, 0, 2, tzinfo=UTC)
    assert (refund.kind, refund.direction, refund.refund_ref) == (RowKind.REFUND, Direction.OUT, "R1")
    assert (refund.provider_ref, refund.merchant_ref) == ("T1", "S1")
    assert dict(refund.raw)["支付宝交易号"] == "T1\t"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_alipay_bill_reads_the_same_in_every_encoding(encoding):
    read = _read(_two_sales_and_a_refund().replace("灯", "灯𠮷"), encoding)
    assert [row.identity for row in read.rows] == [
        row.identity for row in _read(_two_sales_and_a_refund()).rows
    ]
    assert "灯𠮷" in read.rows[0].memo


def test_alipay_bill_with_a_line_cut_out_stays_open_with_both_figures():
    lines = _two_sales_and_a_refund().split("\r\n")
    read = _read("\r\n".join(line for line in lines if not line.startswith("T2")))
    assert read.outcome is FileOutcome.OPEN
    assert [(t.measure, t.stated, t.computed) for t in read.differences] == [
        (Measure.ROWS_IN, Decimal(2), Decimal(1)),
        (Measure.SUM_IN, Decimal("30.50"), Decimal("10.00")),
    ]


def test_alipay_bill_with_a_changed_amount_stays_open():
    read = _read(_two_sales_and_a_refund().replace("20.50,20.50", "20.50,21.50"))
    assert [(t.measure, t.stated, t.computed) for t in read.differences] == [
        (Measure.SUM_IN, Decimal("30.50"), Decimal("31.50"))
    ]


def test_alipay_bill_that_ends_before_its_totals_stays_open():
    read = _read(_two_sales_and_a_refund().split("#----------------------------业务明细列表结束")[0])
    assert read.outcome is FileOutcome.OPEN
    assert [finding.code for finding in read.findings] == ["no_footer"]


@pytest.mark.parametrize("bill", ["alipay", "wechat"])
def test_total_that_cannot_be_read_leaves_the_bill_open(bill):
    if bill == "alipay":
        read = _read(_two_sales_and_a_refund().replace("30.50元", "3O.50元"))
    else:
        read = _read(_wechat_day().replace("`3,`15.50", "`3,`15..50"), "utf-8")
    assert (read.outcome, [f.code for f in read.findings]) == (FileOutcome.OPEN, ["no_footer"])


def test_empty_alipay_day_is_a_valid_bill_without_rows():
    read = _read(alipay_trade([], header=""))
    assert (read.rows, read.review, read.outcome) == ((), (), FileOutcome.OK)


def test_comma_in_a_goods_name_damages_its_own_row_only():
    rows = [trade_row("T1"), trade_row("T2", goods="灯,大"), trade_row("T3")]
    read = _read(alipay_trade(rows, paid=(3, "30.00")))
    assert [row.provider_ref for row in read.rows] == ["T1", "T3"]
    assert _codes(read.review) == [(7, "field_count", "")]
    assert read.review[0].problems[0].file == "bill.csv"
    # The count of payments cannot be told, so the bill stays open until the row is settled.
    assert read.outcome is FileOutcome.OPEN


def test_a_quote_in_an_alipay_bill_is_an_ordinary_character():
    read = _read(alipay_trade([trade_row("T1", goods='灯 "大'), trade_row("T2")], paid=(2, "20.00")))
    assert (len(read.rows), read.outcome) == (2, FileOutcome.OK)


def test_each_fault_of_a_bill_row_is_named_with_its_column():
    rows = [
        trade_row("2.02605E+27", amount="12..34", at="2026-02-30 10:00:00"),
        trade_row("T2", word="冲正"),
        trade_row("", amount=""),
    ]
    read = _read(alipay_trade(rows))
    assert read.rows == ()
    assert _codes(read.review) == [
        (6, "damaged_id", "支付宝交易号"),
        (6, "bad_amount", "商家实收"),
        (6, "bad_date", "完成时间"),
        (7, "bad_direction", "业务类型"),
        (8, "missing_value", "支付宝交易号"),
        (8, "missing_value", "商家实收"),
    ]


def test_partial_refunds_of_one_trade_differ_by_request_and_a_repeated_one_is_a_question():
    refund = trade_row("T1", word="退款", amount="-1.00", request="R1", fee="0.00")
    other = trade_row("T1", word="退款", amount="-1.00", request="R2", fee="0.00")
    read = _read(alipay_trade([refund, other, refund], refunded=(3, "-3.00")))
    assert [row.refund_ref for row in read.rows] == ["R1", "R2"]
    assert _codes(read.review) == [(8, "repeated_serial", "")]


def test_refunds_with_positive_amounts_are_money_out_all_the_same():
    read = _read(
        alipay_trade([trade_row("T1", word="退款", amount="4.00", request="R1")], refunded=(1, "4.00"))
    )
    assert (read.totals.credits, read.totals.debits) == (Decimal("0.00"), Decimal("4.00"))
    assert read.outcome is FileOutcome.OK


def test_layout_of_banks_with_more_columns_reads_by_name():
    row = trade_row("T1").rsplit(",", 1)[0] + ",9.94,M1,扫码,0.00,"
    read = _read(alipay_trade([row], paid=(1, "10.00"), header=BANK_TRADE_HEADER))
    assert (read.outcome, read.rows[0].fee, read.rows[0].amount) == (
        FileOutcome.OK,
        Decimal("0.06"),
        Decimal("10.00"),
    )


def test_bill_without_a_needed_column_is_refused_by_its_name():
    header = TRADE_HEADER.replace("商家实收（元）,", "")
    with pytest.raises(StatementRefused) as refused:
        _read(alipay_trade([], header=header))
    assert (refused.value.problem.code, refused.value.problem.params["columns"]) == (
        "missing_columns",
        "商家实收",
    )


def _fund_rows():
    return [
        fund_row("F1", income="10.00", balance="110.00"),
        fund_row("F2", outgo="-0.06", balance="109.94", word="收费", memo="交易服务费[T1]"),
        fund_row("F3", outgo="9.00", balance="100.94", word="提现", order="", trade="W1"),
    ]


def test_fund_bill_reads_both_columns_and_its_running_balance():
    read = _read(alipay_fund(_fund_rows(), income=(1, "10.00"), outgo=(2, "-9.06")))
    assert (read.outcome, read.opening, read.closing) == (
        FileOutcome.OK,
        Decimal("100.00"),
        Decimal("100.94"),
    )
    assert [(r.kind, r.direction, r.amount, r.serial) for r in read.rows] == [
        (RowKind.PAYMENT, Direction.IN, Decimal("10.00"), "F1"),
        (RowKind.FEE, Direction.OUT, Decimal("0.06"), "F2"),
        (RowKind.WITHDRAWAL, Direction.OUT, Decimal("9.00"), "F3"),
    ]
    assert read.balance_gaps == ()


def test_gap_in_the_running_balance_is_reported_with_its_line_and_leaves_the_bill_closed():
    rows = [_fund_rows()[0], _fund_rows()[2]]
    read = _read(alipay_fund(rows, income=(1, "10.00"), outgo=(1, "-9.00")))
    assert [(gap.line, gap.gap) for gap in read.balance_gaps] == [(7, Decimal("-0.06"))]
    assert read.outcome is FileOutcome.OK


def test_fund_row_with_both_sides_or_none_waits_for_a_person():
    rows = [fund_row("F1", income="1.00", outgo="-1.00"), fund_row("F2")]
    read = _read(alipay_fund(rows, income=(1, "1.00"), outgo=(1, "-1.00")))
    assert _codes(read.review) == [(6, "two_amounts", "收入金额"), (7, "no_amount", "收入金额")]


@pytest.mark.parametrize("style", ["half-width", "absent", "edge column"])
def test_fund_header_variants_are_the_same_columns(style):
    text = alipay_fund(_fund_rows(), income=(1, "10.00"), outgo=(2, "-9.06"))
    if style == "half-width":
        text = text.replace("（", "(").replace("）", ")")
    elif style == "absent":
        text = text.replace("（+元）", "").replace("（-元）", "").replace("（元）", "")
    else:
        text = text.replace(FUND_HEADER, "," + FUND_HEADER)
        text = "\r\n".join(f",{line}" if line.startswith("F") else line for line in text.split("\r\n"))
    read = _read(text)
    assert (len(read.rows), read.outcome) == (3, FileOutcome.OK)


@pytest.mark.parametrize("bill", ["alipay", "wechat"])
def test_new_column_of_a_provider_is_kept_and_reported(bill):
    if bill == "alipay":
        text = alipay_trade([trade_row() + ",x"], paid=(1, "10.00"), header=TRADE_HEADER + ",新列")
    else:
        row = wechat_values(新列="x")
        totals = ["1", "10.00", "0", "0", "0.06", "10.00", "0"]
        text = wechat_trade([row], header=WECHAT_HEADER + ",新列", totals=totals)
    read = _read(text)
    assert [(f.code, f.params["columns"]) for f in read.findings] == [("unknown_columns", "新列")]
    assert (dict(read.rows[0].raw)["新列"], read.outcome) == ("x", FileOutcome.OK)


def test_fund_bill_saved_again_by_a_spreadsheet_has_the_same_identities():
    text = alipay_fund(_fund_rows(), income=(1, "10.00"), outgo=(2, "-9.06"))
    saved = text.replace("\t", "").replace(":00:00,生", ":00,生")
    saved = "\r\n".join(f"{line},,," if line.startswith("#") else line for line in saved.split("\r\n"))
    assert [row.identity for row in _read(saved).rows] == [row.identity for row in _read(text).rows]


def test_unknown_kind_of_movement_is_booked_as_other_and_reported():
    read = _read(alipay_fund([fund_row("F1", income="1.00", word="新业务")], income=(1, "1.00")))
    assert read.rows[0].kind is RowKind.OTHER
    assert [(f.code, f.value, f.line) for f in read.findings] == [("unknown_kind", "新业务", 6)]


SUMMARY = (
    "#支付宝业务汇总查询\r\n#账号：[{account}]\r\n"
    "#起始日期：[2026年05月01日 00:00:00]   终止日期：[2026年05月02日 00:00:00]\r\n"
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,服务费（元）\r\n"
    "合计\t,\t,{count},1,26.50,26.50,-0.10\r\n"
)


def _archive(account="20880000000000010156", count=2):
    summary = SUMMARY.format(account=account, count=count).encode("gb18030")
    detail = _two_sales_and_a_refund().encode("gb18030")
    return a_zip(("0501_业务明细(汇总).csv", summary), ("0501_业务明细.csv", detail))


def test_archive_with_the_summary_first_reads_the_detail_against_it():
    read = read_statement(_archive(), filename="bill.zip")
    assert (len(read.rows), read.outcome) == (3, FileOutcome.OK)
    assert {total.name for total in read.control} >= {"汇总 交易订单总笔数", "汇总 服务费"}


def test_summary_that_counts_otherwise_leaves_the_bill_open():
    read = read_statement(_archive(count=5), filename="bill.zip")
    assert [(t.name, t.stated, t.computed) for t in read.differences] == [
        ("汇总 交易订单总笔数", Decimal(5), Decimal(2))
    ]


def test_archive_of_two_accounts_is_refused():
    with pytest.raises(StatementRefused) as refused:
        read_statement(_archive(account="20889999999999990156"), filename="bill.zip")
    assert refused.value.problem.code == "members_disagree"


def test_archive_with_two_details_is_refused():
    detail = _two_sales_and_a_refund().encode("gb18030")
    with pytest.raises(StatementRefused) as refused:
        read_statement(a_zip(("a.csv", detail), ("b.csv", detail)), filename="bill.zip")
    assert refused.value.problem.code == "several_bills"


def test_summary_alone_is_refused_and_asks_for_the_detail():
    with pytest.raises(StatementRefused, match="Upload the detail"):
        _read(SUMMARY.format(account="1", count=2))


def _wechat_day():
    rows = [
        wechat_values(商品名称="灯,大"),
        wechat_values(微信订单号="420000000002", 商户订单号="S2", 应结订单金额="5.50", 订单金额="5.50"),
        wechat_refund(),
    ]
    totals = ["3", "15.50", "4.00", "0.00", "0.10000", "15.50", "4.00"]
    return wechat_trade(rows, totals=totals)


def test_wechat_trade_bill_keeps_commas_in_names_and_agrees_with_its_totals():
    read = _read(_wechat_day(), "utf-8-sig")
    assert (read.format, read.outcome, read.account) == ("wechat.trade", FileOutcome.OK, "1900000001")
    assert (read.totals.credits, read.totals.debits) == (Decimal("15.50"), Decimal("4.00"))
    assert read.rows[0].memo == "灯,大"
    refund = read.rows[2]
    assert (refund.status, refund.refund_ref, refund.fee) == ("PROCESSING", "R1", Decimal("-0.02"))
    assert read.rows[0].refund_ref == ""


def test_rows_behind_the_totals_of_a_wechat_bill_are_read_and_leave_it_open():
    more = wechat_values(微信订单号="420000000009", 应结订单金额="7.00", 订单金额="7.00")
    read = _read(_wechat_day() + backticked(more.values()) + "\r\n", "utf-8")
    assert (len(read.rows), read.outcome) == (4, FileOutcome.OPEN)


def test_totals_padded_by_a_spreadsheet_still_agree():
    read = _read(_wechat_day().rstrip("\r\n") + ",,,,\r\n", "utf-8")
    assert (len(read.rows), read.outcome) == (3, FileOutcome.OK)


def test_wechat_bill_in_fen_does_not_agree_with_totals_in_yuan():
    read = _read(_wechat_day().replace("`5.50,`0.00", "`550,`0.00"), "utf-8-sig")
    assert [(t.name, t.stated, t.computed) for t in read.differences] == [
        ("应结订单总金额", Decimal("15.50"), Decimal("560.00")),
        ("订单总金额", Decimal("15.50"), Decimal("560.00")),
    ]


def test_wechat_bill_without_totals_stays_open():
    read = _read(wechat_trade([wechat_values()]), "utf-8")
    assert (read.outcome, [f.code for f in read.findings]) == (FileOutcome.OPEN, ["no_footer"])


def test_wechat_legacy_columns_and_full_width_colons_still_read():
    header = (
        "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,"
        "代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,"
        "商户数据包,手续费,费率"
    )
    row = wechat_values(
        交易时间="2017-05-01 16：33：45",
        子商户号="0",
        总金额="0.01",
        代金券或立减优惠金额="0.00",
        代金券或立减优惠退款金额="0.00",
        手续费="0.00000",
    )
    totals = "总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额"
    text = wechat_trade(
        [row], header=header, totals_header=totals, totals=["1", "0.01", "0.00", "0.00", "0.00000"]
    )
    read = _read(text, "utf-8")
    assert (read.outcome, read.rows[0].amount, read.rows[0].booked_on) == (
        FileOutcome.OK,
        Decimal("0.01"),
        date(2017, 5, 1),
    )


@pytest.mark.parametrize("kind", ["SUCCESS", "REFUND", "brand"])
def test_wechat_column_sets_read_by_name(kind):
    names = WECHAT_HEADER.split(",")
    refund_columns = {
        "微信退款单号",
        "商户退款单号",
        "退款金额",
        "充值券退款金额",
        "退款类型",
        "退款状态",
        "申请退款金额",
    }
    row = wechat_refund() if kind == "REFUND" else wechat_values()
    if kind == "SUCCESS":
        names = [name for name in names if name not in refund_columns]
    elif kind == "REFUND":
        names[names.index("微信退款单号") : names.index("微信退款单号")] = ["退款申请时间", "退款成功时间"]
        row |= {"退款申请时间": "2026-05-01 09:00:00", "退款成功时间": "2026-05-01 09:00:05"}
    text = wechat_trade([row], header=",".join(names), totals=["1"], totals_header="总交易单数")
    if kind == "brand":
        text = text.replace("微信订单号", "银联订单号").replace("微信退款单号", "银联退款单号")
    read = _read(text, "utf-8")
    wanted = (Direction.OUT, Decimal("4.00")) if kind == "REFUND" else (Direction.IN, Decimal("10.00"))
    assert [(r.direction, r.amount, r.provider_ref) for r in read.rows] == [(*wanted, "420000000001")]


def test_wechat_rows_that_contradict_themselves_wait_for_a_person():
    rows = [
        wechat_values(交易状态="NEW"),
        wechat_values(退款金额="3.00"),
        wechat_values(交易状态="REVOKED"),
        wechat_refund(微信退款单号="0"),
        wechat_values(应结订单金额="-1.00"),
    ]
    read = _read(wechat_trade(rows, totals=["5", "0", "0", "0", "0", "0", "0"]), "utf-8")
    assert _codes(read.review) == [
        (2, "unknown_status", "交易状态"),
        (3, "two_amounts", "退款金额"),
        (4, "bad_direction", "交易状态"),
        (5, "missing_value", "微信退款单号"),
        (6, "negative_amount", "应结订单金额"),
    ]
    # A row under review still counts as a line of the bill.
    assert next(t.name for t in read.control if not t.differs) == "总交易单数"


def test_wechat_row_with_a_missing_field_is_kept_raw():
    text = _wechat_day().replace(",`CNY,`5.50", ",`5.50")
    read = _read(text, "utf-8")
    assert _codes(read.review) == [(3, "field_count", "")]
    assert read.review[0].raw.cells[0].startswith("`2026-05-01")
    assert len(read.rows) == 2


@pytest.mark.parametrize(
    "body",
    [
        "<xml><return_code>FAIL</return_code><return_msg>No Bill Exist</return_msg></xml>",
        '{"code":"NO_STATEMENT_EXIST"}',
    ],
)
def test_answer_for_an_empty_wechat_day_is_an_empty_bill(body):
    read = _read(body, "utf-8")
    assert (read.rows, read.outcome, [f.code for f in read.findings]) == ((), FileOutcome.OK, ["empty_day"])


def _flow(serial, name, word, amount, balance, memo="", voucher="S1"):
    values = [
        "2026-05-01 09:00:00",
        "4200001",
        serial,
        name,
        name,
        word,
        amount,
        balance,
        "API",
        memo,
        voucher,
    ]
    return backticked(values)


def test_wechat_fund_flow_reads_kinds_and_takes_the_fee_out_of_a_net_refund():
    lines = [
        FUNDFLOW_HEADER,
        _flow("F1", "交易", "收入", "10.00", "110.00"),
        _flow("F1", "扣除交易手续费", "支出", "0.06", "109.94"),
        _flow("F2", "退款", "支出", "3.98", "105.96", "退款总金额4.00元;含手续费0.02元", "R1"),
        "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额",
        "`3,`1,`10.00,`2,`4.04",
    ]
    read = _read("\r\n".join(lines), "utf-8-sig")
    assert (read.format, read.outcome, read.closing) == ("wechat.fundflow", FileOutcome.OK, Decimal("105.96"))
    assert [(r.kind, r.merchant_ref, r.refund_ref, r.fee) for r in read.rows] == [
        (RowKind.PAYMENT, "S1", "", None),
        (RowKind.FEE, "S1", "", None),
        (RowKind.REFUND, "", "R1", Decimal("-0.02")),
    ]
    assert len({row.identity for row in read.rows}) == 3
