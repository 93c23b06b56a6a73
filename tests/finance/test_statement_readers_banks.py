"""Bank, card and wallet exports that are tables (FORMATS 7.1, 7.2, 7.6, R3-R10; F52, F53, F61)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from finance.statements import (
    ColumnMap,
    Direction,
    FileOutcome,
    Hints,
    RowKind,
    StatementRefused,
    read_statement,
)
from finance.statements.chinese_banks import LAYOUTS
from finance.statements.rows import Measure
from tests.finance.statement_files import a_workbook, mt940

IN, OUT, NEUTRAL = Direction.IN, Direction.OUT, Direction.NEUTRAL

# code -> (export, rows as (direction, amount, day), account)
EXPORTS = {
    "bank.icbc": (
        "[HISTORYDETAIL]\n账号:,1202020001,币种:,人民币\n"
        "凭证号,交易时间,对方单位,对方账号,转入金额,转出金额,余额,用途,摘要,附言\n"
        '0,2026-05-01 10:00:00,甲公司,62001,"1,000.00",,"1,100.00",货款,转账,S1\n'
        '0,2026-05-02 10:00:00,乙公司,62002,,50.00,"1,050.00",运费,转账,\n',
        [(IN, "1000.00", "2026-05-01"), (OUT, "50.00", "2026-05-02")],
        "1202020001",
    ),
    "bank.ccb": (
        "账号,账户名称,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,对方开户机构,记账日期,"
        "摘要,备注,账户明细编号-交易流水号,企业流水号\n"
        "4400001,我方,20260430 23:59:09,,88.00,188.00,人民币元,甲公司,62001,某支行,20260501,货款,S1,1-100,\n",
        [(IN, "88.00", "2026-04-30")],
        "4400001",
    ),
    "bank.cdb": (
        "账号,账户名称,交易时间,借方发生额,贷方发生额,余额,币种,对方户名,对方账号,记账日期,摘要,备注,"
        "账户明细编号-交易流水号,个性化信息名称1\n"
        "4400001,我方,20260501 10:00:00,8.00,,92.00,人民币,甲公司,62001,20260501,服务费,,1-101,\n",
        [(OUT, "8.00", "2026-05-01")],
        "4400001",
    ),
    "bank.pingan": (
        "交易时间,账号,收入,支出,账户余额,对方户名,对方账号,对方账号开户行,摘要,交易流水号,核心唯一流水号,交易用途,币种\n"
        "2026-05-01 10:00:00,1101,5.00,,105.00,甲公司,62001,某行,转账,A1,C1,货款,RMB\n",
        [(IN, "5.00", "2026-05-01")],
        "1101",
    ),
    "bank.cmbc": (
        "账户名称:我方\n账号:6900001\n币种:人民币\n\n"
        "交易时间,交易流水号,借方发生额,贷方发生额,账户余额,凭证号,客户附言,对方账号,对方账号名称,对方开户行\n"
        "2026/5/1 9:05,L1,,7.00,107.00,,S1,62001,甲公司,某行\n",
        [(IN, "7.00", "2026-05-01")],
        "6900001",
    ),
    "bank.cmb": (
        "账号:7550001\n"
        "交易日,交易时间,起息日,交易类型,借方金额,贷方金额,余额,摘要/用途,流程实例号,业务名称,业务参考号,业务摘要,"
        "其他摘要,收(付)方分行名,收(付)方名称,收(付)方帐号\n"
        "20260501,10:11:12,20260501,转账,9.00,,91.00,运费,P1,对外支付,B1,,,深圳,甲公司,62001\n",
        [(OUT, "9.00", "2026-05-01")],
        "7550001",
    ),
    "bank.ceb": (
        "交易时间,借方发生额,贷方发生额,对方名称,摘要,凭证号\n2026-05-01 10:00:00,0.00,6.00,甲公司,货款,\n",
        [(IN, "6.00", "2026-05-01")],
        "",
    ),
    "bank.boc": (
        "交易类型[ Transaction Type ]\t付款人名称[ Payer's Name ]\t收款人名称[ Payee's Name ]\t"
        "交易日期[ Transaction Date ]\t交易时间[ Transaction time ]\t交易货币[ Trade Currency ]\t"
        "交易金额[ Trade Amount ]\t交易后余额[ After-transaction balance ]\t"
        "交易流水号[ Transaction reference number ]\t交易附言[ Remark ]\n"
        "来账\t甲公司\t我方\t20260501\t10:00:00\tCNY\t30.00\t130.00\tR1\tS1\n"
        "往账\t我方\t乙公司\t20260502\t10:00:00\tCNY\t-20.00\t110.00\tR2\t\n",
        [(IN, "30.00", "2026-05-01"), (OUT, "20.00", "2026-05-02")],
        "",
    ),
    "bank.icbc.personal": (
        '明细查询文件下载\n卡号: 6222****1234,"卡别名: "\n\n'
        "交易日期,摘要,交易详情,交易场所,交易国家或地区简称,钞/汇,交易金额(收入),交易金额(支出),交易币种,记账金额(收入),"
        "记账金额(支出),记账币种,余额,对方户名,对方账户\n"
        '2026-05-01   \t,"消费  \t","\t","某店 \t","CHN \t",钞 \t,"- \t","- \t",- \t,'
        '" \t","13.40 \t",人民币 \t,"xx.yy \t","某店 \t","12**34 \t",\t\n'
        ' \n人民币合计,,,,,,,,,"0.00 \t","13.40 \t",\n',
        [(OUT, "13.40", "2026-05-01")],
        "6222****1234",
    ),
    "bank.ccb.personal": (
        "China Construction Bank\n币　　种：,人民币\n账　　号：,6217****0001\n\n"
        "记账日   ,交易日期  ,交易时间 ,支出 ,收入 ,账户余额 ,币种 ,摘要 ,对方账号 ,对方户名 ,交易地点 \n"
        "20260501,20260430,18:53:19,67,0,33,人民币,消费,2088,某店,支付宝\n"
        "以上数据仅供参考|具体内容请以柜台为准,,,,,,,,,,\n",
        [(OUT, "67.00", "2026-04-30")],
        "6217****0001",
    ),
    "bank.boc.debit": (
        "中国银行交易流水明细单\n记账日期,记账时间,币别,金额,余额,交易名称,渠道,网点名称,附言,对方账户名,对方卡号/账号,"
        "对方开户行,借记卡号\n"
        '2026-05-01,10:00:00,人民币,"-2,600.00","1,000.00",转账,手机银行,-------------------,----------,甲,62**1,----,3167\n',
        [(OUT, "2600.00", "2026-05-01")],
        "3167",
    ),
    "bank.boc.credit": (
        "信用卡账单(2026年05月)\n交易日,银行记账日,卡号后四位,交易描述,存入,支出,币种\n"
        "2026-05-01,2026-05-02,4260,某店CHN,,50.00,CNY\n2026-05-01,2026-05-02,4260,某店JPN,3.00,,USD\n",
        [(OUT, "50.00", "2026-05-01"), (IN, "3.00", "2026-05-01")],
        "4260",
    ),
    "bank.bocom.debit": (
        "序号,交易日期,交易时间,交易类型,借贷,交易金额,余额,对方账号,对方户名,交易地点,摘要\n"
        "1,2026-05-01,00:00:00,利息,贷 Cr,1.23,101.23,13,应付利息,批处理,\n"
        "2,2026-05-01,09:00:00,消费,借 Dr,10.00,91.23,14,某店,网络,\n",
        [(IN, "1.23", "2026-05-01"), (OUT, "10.00", "2026-05-01")],
        "",
    ),
    "bank.cmb.debit": (
        '记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n2026-05-01,CNY,"-1,000.00",271.66,转账,张三,\n',
        [(OUT, "1000.00", "2026-05-01")],
        "",
    ),
    "bank.citic.credit": (
        "本期账单明细(人民币),,,,,,,\n交易日期,入账日期,交易描述,卡末四位,交易币种,结算币种,交易金额,结算金额\n"
        "2026-05-01,2026-05-02,某店,6688,人民币,人民币,5.90,5.90\n2026-05-01,2026-05-02,返现,6688,人民币,人民币,-0.20,-0.20\n",
        [(OUT, "5.90", "2026-05-01"), (IN, "0.20", "2026-05-01")],
        "6688",
    ),
    "bank.abc.debit": (
        "交易日期,交易时间,交易摘要,交易金额,本次余额,对手信息,日 志 号,交易渠道,交易附言\n"
        "20260501,123456,转存,+100.00,200.00,甲,3691,超级网银,转账\n20260502,,正常还款,-20.00,180.00,62001,1112\n",
        [(IN, "100.00", "2026-05-01"), (OUT, "20.00", "2026-05-02")],
        "",
    ),
    "bank.hsbc.hk": (
        "Date,Description,Billing amount,Billing currency,Balance,Balance currency\n"
        '02/05/2026,SHOP,"-1,000.00"\t,HKD,"500.00"\t,HKD\n01/05/2026,SALARY,"12.00"\t,CNY,"12.00"\t,CNY \n',
        [(OUT, "1000.00", "2026-05-02"), (IN, "12.00", "2026-05-01")],
        "",
    ),
    "broker.hxsec": (
        '="交收日期"\t="成交时间"\t="业务名称"\t="证券代码"\t="证券名称"\t="清算金额"\t="资金本次余额"\t="币种"\n'
        '="20260501"\t="00:00:00"\t="银行转证券"\t\t\t128000.000\t128000.000\t="人民币"\n',
        [(IN, "128000.00", "2026-05-01")],
        "",
    ),
    "alipay.personal": (
        "------\n支付宝账户：a@example.com\n共3笔记录\n收入：1笔 28.50元\n"
        "支出：1笔 16.54元\n不计收支：1笔 5.00元\n"
        "----支付宝（中国）网络技术有限公司  电子客户回单----\n"
        "交易时间  ,交易分类 ,交易对方 ,对方账号 ,商品说明 ,收/支 ,金额 ,"
        "收/付款方式 ,交易状态 ,交易订单号 ,商家订单号 ,备注 ,\n"
        "2026-05-01 10:00:00 ,收款 ,甲 ,/ ,货款 ,收入 ,28.50 ,余额 ,交易成功 ,P1\t,S1\t, ,\n"
        "2026-05-01 11:00:00 ,日用 ,乙 ,/ ,纸 ,支出 ,16.54 ,余额 ,交易成功 ,P2\t,\t, ,\n"
        "2026-05-01 12:00:00 ,理财 ,丙 ,/ ,转入 ,不计收支 ,5.00 ,余额 ,交易成功 ,P3\t,\t, ,\n",
        [(IN, "28.50", "2026-05-01"), (OUT, "16.54", "2026-05-01"), (NEUTRAL, "5.00", "2026-05-01")],
        "a@example.com",
    ),
    "wechat.personal": (
        "微信支付账单明细,,,,,,,,,,\n共2笔记录,,,,,,,,,,\n"
        "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n"
        '2026-05-01 10:00:00,商户消费,某店,"面",支出,¥28.16,零钱,支付成功,"3985734"\t,"129847"\t,"/"\n'
        '2026-05-01 11:00:00,零钱提现,某行,"/",/,¥100.00,某行,提现已到账,"3985735"\t,"/"\t,"服务费¥0.10"\n',
        [(OUT, "28.16", "2026-05-01"), (NEUTRAL, "100.00", "2026-05-01")],
        "",
    ),
    "meituan.personal": (
        "美团交易账单明细\n起始时间：[2026-05-01] 终止时间：[2026-05-31]\n共：1笔记录\n"
        "交易创建时间,交易成功时间,交易类型,订单标题,收/支,支付方式,订单金额,实付金额,交易单号,商家单号,备注\n"
        '2026-05-01 20:35:13,2026-05-01 20:35:25,支付,茶,支出,月付,¥22.30,¥21.17,"2502\t","0_22\t",/\n',
        [(OUT, "21.17", "2026-05-01")],
        "",
    ),
    "jd.personal": (
        "京东账号名：x\n交易时间,商户名称,交易说明,金额,收/付款方式,交易状态,收/支,交易分类,交易订单号,商家订单号,备注\n"
        "2026-05-01 10:00:00,京东,书,131.77(已退款89.84),卡,交易成功,支出,图书,J1\t,S1\t,\n",
        [(OUT, "131.77", "2026-05-01")],
        "",
    ),
}


def _read(text, encoding="gb18030", **hints):
    return read_statement(text.encode(encoding), filename="export.csv", hints=Hints(**hints))


def _shape(read):
    return [(row.direction, str(row.amount), row.listed_on.isoformat()) for row in read.rows]


def test_every_layout_has_an_export_here():
    assert {layout.code for layout in LAYOUTS} == set(EXPORTS)


@pytest.mark.parametrize("code", EXPORTS)
def test_export_is_recognised_by_its_columns_and_read(code):
    text, rows, account = EXPORTS[code]
    read = _read(text)
    assert (read.format, _shape(read), read.review) == (code, rows, ())
    assert (read.account, read.outcome) == (account, FileOutcome.OK)
    assert [finding for finding in read.findings if finding.code == "unknown_columns"] == []
    assert {row.account for row in read.rows} == {account}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("code", ["bank.ccb", "bank.boc", "bank.icbc.personal", "alipay.personal"])
def test_encoding_changes_nothing(code, encoding):
    text, rows, _ = EXPORTS[code]
    read = _read(text.replace("甲", "甲㐂"), encoding)
    assert (read.format, _shape(read)) == (code, rows)


def test_columns_in_another_order_are_the_same_export():
    lines = EXPORTS["bank.pingan"][0].splitlines()
    turned = "\n".join(",".join(line.split(",")[::-1]) for line in lines)
    assert _shape(_read(turned)) == EXPORTS["bank.pingan"][1]


def test_workbook_with_a_merged_title_and_number_cells_reads_like_the_text():
    rows = [
        ["本期账单明细(人民币)"],
        ["交易日期", "入账日期", "交易描述", "卡末四位", "交易币种", "结算币种", "交易金额", "结算金额"],
        ["2026-05-01", "2026-05-02", "某店", 6688.0, "人民币", "人民币", "5.90", 5.9],
        ["2026-05-01", "2026-05-02", "返现", 6688.0, "人民币", "人民币", "-0.20", -0.2],
    ]
    read = read_statement(a_workbook(("账单", rows)), filename="bill.csv")
    text, shape, account = EXPORTS["bank.citic.credit"]
    assert (read.format, _shape(read), read.account) == ("bank.citic.credit", shape, account)
    assert (read.rows[0].sheet, read.rows[0].line) == ("账单", 3)
    assert [row.identity for row in read.rows] == [row.identity for row in _read(text).rows]


def _wallet_sheet(amounts):
    lines = EXPORTS["wechat.personal"][0].replace('"', "").splitlines()
    rows = [line.split(",") for line in lines]
    for row, amount in zip(rows[3:], amounts, strict=True):
        row[5] = amount
    return rows


def test_two_sheets_with_the_same_rows_count_once():
    book = a_workbook(
        ("明细", _wallet_sheet(["¥28.16", "¥100.00"])), ("Sheet1", _wallet_sheet([28.16, 100.0]))
    )
    read = read_statement(book, filename="wechat.xlsx")
    assert _shape(read) == EXPORTS["wechat.personal"][1]
    assert [finding.code for finding in read.findings] == ["same_sheet_twice"]


def test_two_sheets_with_different_rows_are_a_question():
    book = a_workbook(("甲", _wallet_sheet([1.0, 2.0])), ("乙", _wallet_sheet([1.0, 3.0])))
    with pytest.raises(StatementRefused) as refused:
        read_statement(book, filename="wechat.xlsx")
    assert refused.value.problem.code == "ambiguous_layout"


def test_html_table_under_the_name_of_a_workbook_reads():
    lines = EXPORTS["bank.bocom.debit"][0].splitlines()
    cells = "".join("<tr><td>" + line.replace(",", "</td><td>") + "</td></tr>" for line in lines)
    read = read_statement(f"<html><table>{cells}</table></html>".encode(), filename="export.xls")
    assert (read.format, _shape(read)) == ("bank.bocom.debit", EXPORTS["bank.bocom.debit"][1])


CMB = "记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n"


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("2026-02-30,CNY,1.00,1.00,转账,甲,", "bad_date", "记账日期"),
        ("01/02/2026,CNY,1.00,1.00,转账,甲,", "bad_date", "记账日期"),
        (",CNY,1.00,1.00,转账,甲,", "missing_value", "记账日期"),
        ("2026-05-01,CNY,12..34,1.00,转账,甲,", "bad_amount", "交易金额"),
        ("2026-05-01,CNY,,1.00,转账,甲,", "missing_value", "交易金额"),
        ("2026-05-01,CNY,1.005,1.00,转账,甲,", "too_precise", "交易金额"),
        ("2026-05-01,CNY,1.00,1.00,转账,甲,乙,", "field_count", ""),
        ("2026-05-01,CNY,1.00", "field_count", ""),
        ("2026-05-01,啥,1.00,1.00,转账,甲,", "bad_currency", "货币"),
    ],
)
def test_damaged_row_is_named_and_the_rest_is_read(row, code, column):
    good = "2026-05-0{},CNY,{}.00,1.00,转账,甲,\n"
    read = _read(CMB + good.format(1, 1) + row + "\n" + good.format(2, 2))
    assert _shape(read) == [(IN, "1.00", "2026-05-01"), (IN, "2.00", "2026-05-02")]
    assert [(r.line, p.code, p.column, p.line) for r in read.review for p in r.problems] == [
        (3, code, column, 3)
    ]
    assert str(read.review[0].problems[0]).startswith("export.csv, line 3")


def test_quote_that_is_never_closed_spoils_its_own_row_only():
    rows = [f"2026-05-{n:02d},CNY,{n}.00,1.00,转账,甲,\n" for n in range(1, 15)]
    rows[4] = rows[4].replace(",甲", ',"甲')
    read = _read(CMB + "".join(rows))
    assert (len(read.rows), [r.line for r in read.review]) == (13, [6])


@pytest.mark.parametrize(
    ("shown", "amount"),
    [
        ("￥1,234.50", "1234.50"),
        ("１２．５０", "12.50"),
        ("RMB 8", "8.00"),
        ("+3.00", "3.00"),
        ("5.10元", "5.10"),
    ],
)
def test_amounts_as_banks_print_them(shown, amount):
    read = _read(CMB + f'2026-05-01,CNY,"{shown}",1.00,转账,甲,\n')
    assert _shape(read) == [(IN, amount, "2026-05-01")]


def test_new_column_of_a_bank_is_kept_and_reported():
    text = CMB.strip() + ",返利\n2026-05-01,CNY,1.00,1.00,转账,甲,,0.10\n"
    read = _read(text)
    assert [(f.code, f.params["columns"]) for f in read.findings] == [("unknown_columns", "返利")]
    assert dict(read.rows[0].raw)["返利"] == "0.10"
    assert read.header[-1] == "返利"


@pytest.mark.parametrize("row", ["合计,,3.00,,,,", ",,,,承前页,,", "以上数据仅供参考", "----------,,,,,,"])
def test_totals_rows_and_notes_are_skipped_and_counted(row):
    read = _read(CMB + "2026-05-01,CNY,1.00,1.00,转账,甲,\n" + row + "\n")
    assert (len(read.rows), read.review, read.skipped) == (1, (), 2)


@pytest.mark.parametrize("row", ["2026-05-02", "3.50", ",CNY,1.00,1.00,转账,TOTAL ENERGIES,", "12,,,,,,"])
def test_what_is_left_of_a_row_is_never_taken_for_a_note_or_a_total(row):
    read = _read(CMB + "2026-05-01,CNY,1.00,1.00,转账,甲,\n" + row + "\n")
    assert (len(read.rows), [r.line for r in read.review]) == (1, [3])


def test_unquoted_comma_never_shifts_cells_even_where_the_last_one_is_empty():
    good = "2026-05-0{},CNY,{}.00,1.00,转账,甲,\n"
    read = _read(CMB + good.format(1, 1) + "2026-05-02,CNY,1,000.00,1.00,转账,甲,\n" + good.format(3, 3))
    assert [row.listed_on.day for row in read.rows] == [1, 3]
    assert [p.code for row in read.review for p in row.problems] == ["field_count"]


def test_payer_or_payee_is_the_other_side():
    rows = _read(EXPORTS["bank.boc"][0]).rows
    assert [row.counterparty for row in rows] == ["甲公司", "乙公司"]


def test_fee_of_a_wallet_withdrawal_is_read_from_its_remark():
    assert [row.fee for row in _read(EXPORTS["wechat.personal"][0]).rows] == [None, Decimal("0.10")]


PINGAN = EXPORTS["bank.pingan"][0].splitlines()[0] + "\n"


@pytest.mark.parametrize("digits", [12, 15, 18])
def test_long_serials_survive_as_text_and_are_damaged_as_numbers(digits):
    serial = "9" * digits
    head, cells = PINGAN.strip().split(","), ["2026-05-01 10:00:00", "1101", "5.00", "", "105.00"]
    cells += ["甲", "6", "行", "转账", "A1", serial, "货款", "RMB"]
    text = read_statement(a_workbook(("s", [head, cells])), filename="a.xlsx")
    assert [row.provider_ref for row in text.rows] == [serial]
    cells[10] = int(serial)
    number = read_statement(a_workbook(("s", [head, cells])), filename="a.xlsx")
    if digits <= 15:
        assert [row.identity for row in number.rows] == [row.identity for row in text.rows]
    else:
        assert [p.code for row in number.review for p in row.problems] == ["damaged_id"]
        assert number.rows == ()


def test_long_serial_that_ends_in_zeros_is_flagged_but_kept():
    row = "2026-05-01 10:00:00,1101,5.00,,105.00,甲,6,行,转账,A1,202605011234567000,货款,RMB\n"
    read = _read(PINGAN + row)
    assert (len(read.rows), [f.code for f in read.findings]) == (1, ["rounded_id"])


def test_both_sides_filled_and_none_filled_wait_for_a_person_and_a_negative_side_turns():
    line = "2026-05-01 10:00:00,1101,{},{},105.00,甲,6,行,转账,A1,C{},货款,RMB\n"
    text = PINGAN + line.format("5.00", "5.00", 1) + line.format("", "", 2) + line.format("-5.00", "", 3)
    read = _read(text)
    assert [p.code for row in read.review for p in row.problems] == ["two_amounts", "no_amount"]
    assert [(r.direction, r.amount, r.kind, r.reversal) for r in read.rows] == [
        (OUT, Decimal("5.00"), RowKind.ADJUSTMENT, True)
    ]


def test_word_and_sign_that_contradict_each_other_wait_for_a_person():
    text = EXPORTS["bank.boc"][0].replace("来账\t甲公司\t我方\t20260501\t10:00:00\tCNY\t30.00", "{}")
    read = _read(text.format("来账\t甲公司\t我方\t20260501\t10:00:00\tCNY\t-30.00"))
    assert [p.code for row in read.review for p in row.problems] == ["negative_amount"]


def test_printed_totals_that_differ_leave_the_export_open_with_both_figures():
    text = EXPORTS["bank.icbc.personal"][0].replace('"0.00 \t","13.40 \t",\n', '"0.00 \t","99.99 \t",\n')
    read = _read(text)
    assert read.outcome is FileOutcome.OPEN
    assert [(t.measure, t.stated, t.computed) for t in read.differences] == [
        (Measure.SUM_OUT, Decimal("99.99"), Decimal("13.40"))
    ]


def test_wallet_export_with_a_line_cut_out_stays_open():
    lines = EXPORTS["alipay.personal"][0].splitlines()
    read = _read("\n".join(lines[:-2] + lines[-1:]))
    assert [(t.measure, t.stated, t.computed) for t in read.differences] == [
        (Measure.ROWS, Decimal(3), Decimal(2)),
        (Measure.ROWS_OUT, Decimal(1), Decimal(0)),
        (Measure.SUM_OUT, Decimal("16.54"), Decimal("0.00")),
    ]


def _chain(balances, order=1):
    rows = [f"2026-05-{n + 1:02d},CNY,10.00,{balance},转账,甲,\n" for n, balance in enumerate(balances)]
    return _read(CMB + "".join(rows[::order]))


def test_running_balance_is_followed_in_either_order():
    for order in (1, -1):
        read = _chain(["110.00", "120.00", "130.00"], order)
        assert (read.balance_gaps, read.opening, read.closing) == ((), Decimal("100.00"), Decimal("130.00"))


def test_running_balance_names_the_line_before_which_it_breaks():
    forward, backward = _chain(["110.00", "120.00", "139.00"]), _chain(["110.00", "120.00", "139.00"], -1)
    assert [(gap.line, gap.gap) for gap in forward.balance_gaps] == [(4, Decimal("9.00"))]
    assert [(gap.line, gap.gap) for gap in backward.balance_gaps] == [(2, Decimal("9.00"))]


def test_foreign_account_and_foreign_month_are_refused():
    text = EXPORTS["bank.pingan"][0]
    with pytest.raises(StatementRefused) as account:
        _read(text, account_number="2202")
    with pytest.raises(StatementRefused) as period:
        _read(text, period_from=date(2026, 6, 1), period_to=date(2026, 6, 30))
    assert (account.value.problem.code, period.value.problem.code) == ("wrong_account", "wrong_period")
    assert len(_read(text, account_number="1101", period_from=date(2026, 5, 1)).rows) == 1


@pytest.mark.parametrize(
    ("number", "fits"), [("6222888812341234", True), ("6222888812349999", False), ("6333888812341234", False)]
)
def test_masked_account_fits_only_its_own_digits(number, fits):
    text = EXPORTS["bank.icbc.personal"][0]
    if fits:
        assert len(_read(text, account_number=number).rows) == 1
    else:
        with pytest.raises(StatementRefused):
            _read(text, account_number=number)


@pytest.mark.parametrize(
    ("declared", "expected", "fits"),
    [
        ("37040044/0532013000", "DE89 3704 0044 0532 0130 00", True),
        ("37040044/0532013001", "DE89 3704 0044 0532 0130 00", False),
        ("NL26VAYB8060476890", "NL26 VAYB 8060 4768 90", True),
    ],
)
def test_bank_may_write_the_account_in_another_way(declared, expected, fits):
    data = mt940(":61:2605010501C10,NTRFNONREF", account=declared).encode()
    hints = Hints(account_number=expected)
    if fits:
        assert len(read_statement(data, filename="a.sta", hints=hints).rows) == 1
    else:
        with pytest.raises(StatementRefused):
            read_statement(data, filename="a.sta", hints=hints)


def test_account_of_the_uploader_is_taken_where_the_export_names_none():
    read = _read(EXPORTS["bank.cmb.debit"][0], account_number="6214000000001234")
    assert {row.account for row in read.rows} == {"6214000000001234"} == {read.account}


def test_missing_column_is_refused_by_its_name():
    with pytest.raises(StatementRefused) as refused:
        _read(CMB.replace("交易金额,", "") + "2026-05-01,CNY,1.00,转账,甲,\n")
    assert refused.value.problem.params == {"format": "bank.cmb.debit", "columns": "交易金额"}


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (
            "Date,Description,Amount,Currency,Balance\n2026-05-01,Sale,1.00,EUR,2.00\n2026-05-02,Rent,-9.50,EUR,1.00\n",
            [(IN, "1.00", "2026-05-01"), (OUT, "9.50", "2026-05-02")],
        ),
        (
            "Buchungstag;Verwendungszweck;Betrag;CCY\n2026-05-01;Miete;-1.234,56;EUR\n2026-05-02;Kaffee;4,50;EUR\n",
            [(OUT, "1234.56", "2026-05-01"), (IN, "4.50", "2026-05-02")],
        ),
        (
            "交易日期,摘要,收入,支出,对方户名\n2026-05-01,货款,5.00,,甲\n2026-05-02,运费,,3.00,乙\n",
            [(IN, "5.00", "2026-05-01"), (OUT, "3.00", "2026-05-02")],
        ),
    ],
)
def test_plain_tables_with_usual_header_words_are_read_without_a_map(text, shape):
    read = _read(text, "utf-8")
    assert (read.format, _shape(read)) == ("csv", shape)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Date,Text,Amount,Currency\n01/02/2026,a,1.00,EUR\n", "date_order"),
        ("Date;Text;Amount;Currency\n2026-05-01;a;1,234;EUR\n", "decimal_sign"),
        ("Date,Text,Amount\n2026-05-01,a,1.00\n", "no_currency"),
        ("交易日期,摘要,金额\n2026-05-01,消费,1.00\n", "direction_unknown"),
        ("a,b,c\n1,2,3\n", "unknown_layout"),
    ],
)
def test_what_cannot_be_told_is_asked_and_never_guessed(text, code):
    with pytest.raises(StatementRefused) as refused:
        _read(text, "utf-8")
    assert refused.value.problem.code == code


MAP = ColumnMap(listed="When", amount="Sum", memo=("What",), order="dmy", currency="EUR")


def test_saved_map_reads_day_first_dates_decimal_commas_and_turned_signs():
    text = "Konto X\nWhen;What;Sum\n03/04/2026;Tea;1.234,50\n"
    columns = replace(MAP, decimal_comma=True, spending_positive=True)
    read = _read(text, "utf-8", columns=columns)
    assert _shape(read) == [(OUT, "1234.50", "2026-04-03")]


def test_saved_map_reads_a_file_without_header_by_column_numbers():
    columns = ColumnMap(listed="1", amount="3", mark="4", memo=("2",), currency="CNY", header_row=0)
    read = _read("2026-05-01,货款,5.00,贷\n2026-05-02,运费,3.00,借\n", columns=columns)
    assert _shape(read) == [(IN, "5.00", "2026-05-01"), (OUT, "3.00", "2026-05-02")]
    assert [row.line for row in read.rows] == [1, 2]


@pytest.mark.parametrize("shown", ["1", "100", "123456"])
def test_saved_map_says_that_amounts_are_whole_fen(shown):
    columns = ColumnMap(listed="When", amount="Sum", memo=("What",), currency="CNY", minor_unit=True)
    text = "When,What,Sum\n2026-05-01,a,{}\n"
    assert _read(text.format(shown), columns=columns).rows[0].amount == Decimal(shown) / 100
    assert _read(text.format(shown), columns=replace(columns, minor_unit=False)).rows[0].amount == Decimal(
        shown
    )
    review = _read(text.format("1.50"), columns=columns).review
    assert [p.code for row in review for p in row.problems] == ["too_precise"]


def test_saved_map_that_names_a_column_the_file_lacks_is_refused():
    with pytest.raises(StatementRefused):
        _read("When,What\n01/02/2026,a\n", "utf-8", columns=MAP)
