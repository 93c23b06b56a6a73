"""Courier statements, rate cards, opening waybills and remittance advice, from bytes to rows."""

import io
from datetime import date
from decimal import Decimal as D

import pytest
import xlsxwriter

from core.tabular import RefusedFile
from logistics.rules.grouping import Term, group_rows
from logistics.rules.outcomes import FeeKind
from logistics.rules.rate_cards import RateCard, Service
from logistics.rules.rating import Shipment, expected_fee
from logistics.statements.courier import read_courier_statement
from logistics.statements.courier_columns import is_return_text, kind_of_item
from logistics.statements.rate_cards import read_rate_card
from logistics.statements.remittances import read_remittance
from logistics.statements.shipments import read_shipments

K = FeeKind


def csv(text, encoding="utf-8"):
    return "\n".join(line.strip() for line in text.strip().splitlines()).encode(encoding)


def workbook(**sheets):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return target.getvalue()


def amounts(statement):
    return [(line.waybill, line.kind, line.amount) for line in statement.lines]


SF_HEADER = [
    "序号",
    "日期",
    "运单号",
    "到件地区",
    "计费重量",
    "产品类型/服务",
    "付款方式",
    "费用(元)",
    "折扣/促销",
    "应付金额",
]


def sf_row(number, waybill, item, payable, term="寄付月结", weight=2.5):
    return [number, "2026-03-02", waybill, "北京", weight, item, term, 99, 0, payable]


def test_an_sf_statement_has_several_rows_a_waybill_and_is_read_on_the_payable_column():
    file = workbook(
        汇总=[["应付合计", 31.8]],
        明细=[
            ["月结账单"],
            ["账期", "2026-03"],
            [],
            SF_HEADER,
            sf_row(1, "SF1020000000037", "标准快递", 20.5),
            sf_row(2, "SF1020000000037", "保价", 1.0),
            sf_row(3, "SF1020000000037", "代收货款服务费", 2.3),
            sf_row(4, "SF1020000000074", "标准快递", 8, term="到付"),
            ["合计", "", "", "", "", "", "", 396, 0, 31.8],
        ],
    )
    statement = read_courier_statement(file, name="sf.xlsx", courier="sf")
    assert (statement.layout, statement.header_row, statement.rows) == ("courier.sf", 4, 4)
    assert amounts(statement) == [
        ("SF1020000000037", K.FREIGHT, D("20.50")),
        ("SF1020000000037", K.SURCHARGE, D("1.00")),
        ("SF1020000000037", K.COD_FEE, D("2.30")),
        ("SF1020000000074", K.FREIGHT, D("8.00")),
    ]
    assert (statement.billed, statement.differences, statement.folded) == (D("31.80"), [], frozenset())
    first, *_, collect = statement.lines
    assert (first.weight_g, first.destination, first.day, first.place) == (
        2500,
        "北京",
        date(2026, 3, 2),
        "明细!5",
    )
    assert (first.term, collect.term) == (Term.MONTHLY, Term.COLLECT)
    assert [billed.waybill for billed in group_rows(line.as_billed() for line in statement.lines)] == [
        "SF1020000000037",
        "SF1020000000074",
    ]


def test_totals_that_the_rows_do_not_give_are_told_with_both_figures():
    file = workbook(
        汇总=[["应付金额", 29]],
        明细=[SF_HEADER, sf_row(1, "SF1020000000037", "标准快递", 20.5), ["总计", *[""] * 8, 21.5]],
    )
    statement = read_courier_statement(file, name="sf.xlsx")
    assert [(d.place, d.stated, d.summed) for d in statement.differences] == [
        ("3", D("21.50"), D("20.50")),
        ("汇总!1", D("29.00"), D("20.50")),
    ]
    assert len(statement.lines) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_branch_sheet_has_a_column_per_fee(encoding):
    file = csv(
        """
        某网点三月账单,,,,,,,
        面单号,揽收时间,目的省份,网点称重,快递费,加收费用,代收货款,代收手续费,合计费用
        YT1020000000037,2026/3/2 9:05,浙江,1.2,4.20,0.60,100.00,2.00,6.80
        YT1020000000074,2026/3/2 9:06,新疆,1,15.00,,,,15.50
        小计,,,,15.00,,,,
        合计,,,,19.20,0.60,100.00,2.00,22.30
        """,
        encoding,
    )
    statement = read_courier_statement(file, name="yto.csv", courier="yto")
    assert amounts(statement) == [
        ("YT1020000000037", K.FREIGHT, D("4.20")),
        ("YT1020000000037", K.SURCHARGE, D("0.60")),
        ("YT1020000000037", K.COD_FEE, D("2.00")),
        ("YT1020000000037", K.COD, D("100.00")),
        ("YT1020000000074", K.FREIGHT, D("15.00")),
        ("YT1020000000074", K.SURCHARGE, D("0.50")),
    ]
    assert statement.lines[-1].item == "not itemised"
    assert (statement.states_cod, statement.billed, statement.differences) == (True, D("22.30"), [])


def test_one_amount_a_waybill_folds_what_it_does_not_show():
    file = csv("waybill,weight,amount,cod\nA1,2.2,15.00,100.00\nA2,1,8.00,\n")
    statement = read_courier_statement(file, name="x.csv")
    assert statement.folded == {K.SURCHARGE, K.COD_FEE}
    assert amounts(statement) == [
        ("A1", K.FREIGHT, D("15.00")),
        ("A1", K.COD, D("100.00")),
        ("A2", K.FREIGHT, D("8.00")),
    ]


def test_a_clerk_names_the_columns_of_an_unknown_layout():
    file = csv("Nr,Kilo,Brutto,Nachnahme,运费\nA1,2.2,15.00,100.00,9.00\n")
    with pytest.raises(RefusedFile, match="Missing"):
        read_courier_statement(csv("Nr,Kilo,Brutto\nA1,2.2,15.00\n"), name="x.csv")
    chosen = {"waybill": "Nr", "weight": "Kilo", "amount": "Brutto", "cod": "Nachnahme"}
    statement = read_courier_statement(file, name="x.csv", columns=chosen)
    assert amounts(statement) == [("A1", K.FREIGHT, D("15.00")), ("A1", K.COD, D("100.00"))]
    assert statement.lines[0].weight_g == 2200
    with pytest.raises(RefusedFile, match="Brutto2"):
        read_courier_statement(file, name="x.csv", columns={**chosen, "amount": "Brutto2"})


def test_rows_that_can_not_be_read_wait_with_their_reason_and_the_rest_goes_on():
    file = csv(
        """
        运单号,日期,计费重量,金额
        A1,2026-03-01,1,8.00
        7.73061E+14,2026-03-01,1,8.00
        ,2026-03-01,1,30.00
        A3,2026-03-01,1,12..34
        A4,2026-03-01,heavy,8.00
        A5,someday,1,8.00
        A6,2026-03-01,1
        合计,,,74.00
        """
    )
    statement = read_courier_statement(file, name="x.csv")
    assert [(line.row_no, line.waybill, line.amount) for line in statement.to_review] == [
        (3, "", D("8.00")),
        (4, "", D("30.00")),
        (5, "A3", D("0.00")),
        (6, "A4", D("8.00")),
        (8, "", D("0.00")),
    ]
    assert all(line.problem for line in statement.to_review)
    assert (statement.billed, len(statement.warnings)) == (D("16.00"), 1)
    assert [(d.stated, d.summed) for d in statement.differences] == [(D("74.00"), D("62.00"))]


def test_equal_rows_keep_an_identity_each_and_a_second_reading_gives_the_same():
    file = csv("运单号,费用类型,金额\nA1,运费,8.00\nA1,运费,8.00\nA1,代收货款服务费,2.00\nA1,更正,-1.00\n")
    one, again = (
        [line.identity("acct", "2026-03") for line in read_courier_statement(file, name=name).lines]
        for name in ("a.csv", "renamed.csv")
    )
    assert one == again
    assert len(set(one)) == 4
    assert one[1] == ("acct", "2026-03", "A1", "运费", "8.00", "2")
    kinds = [line.kind for line in read_courier_statement(file, name="a.csv").lines]
    assert kinds == [K.FREIGHT, K.FREIGHT, K.COD_FEE, K.ADJUSTMENT]


def test_children_are_billed_under_their_mother_and_returns_are_marked():
    file = csv(
        """
        运单号,母单号,业务类型,金额
        SF1020000000037,,派件,20.00
        SF1020000000037001,SF1020000000037,派件,0.00
        SF1020000000074,,退件,9.00
        """
    )
    statement = read_courier_statement(file, name="x.csv")
    billed = group_rows(line.as_billed() for line in statement.lines)
    assert [(one.waybill, one.total(K.FREIGHT), one.is_return) for one in billed] == [
        ("SF1020000000037", D("20.00"), False),
        ("SF1020000000074", D("9.00"), True),
    ]


def test_opening_waybills_are_read_once_each():
    file = csv(
        """
        waybill,order,service,shipped_on,origin,destination,zone,weight_kg,length_cm,width_cm,height_cm,cod_amount
        sf1020000000037,SO1,forward,2026-03-01,上海,北京,2,2.2,30,20,10,100
        SF1020000000074,SO2,Return,2026-03-02,北京,上海,1,0.35,,,,
        SF1020000000074,SO3,forward,2026-03-02,北京,上海,1,1,,,,
        SF1020000000111,SO4,sideways,2026-03-02,北京,上海,1,1,,,,
        SF1020000000148,SO5,forward,soon,北京,上海,1,1,,,,-5
        """
    )
    found = read_shipments(file, name="s.csv", courier="sf")
    one, two = found.rows
    assert (one.waybill, one.service, one.weight_g, one.dims_cm) == (
        "SF1020000000037",
        Service.FORWARD,
        2200,
        (D(30), D(20), D(10)),
    )
    assert (one.shipped_on, one.zone, one.cod_amount) == (date(2026, 3, 1), "2", D("100.00"))
    assert (two.service, two.weight_g, two.dims_cm, two.cod_amount) == (Service.RETURN, 350, None, D("0.00"))
    assert (found.read, found.rows_to_review) == (5, 3)
    assert sorted({problem.row for problem in found.problems}) == [4, 5, 6]


def test_a_rate_card_file_prices_parcels():
    file = csv(
        """
        product,zone,service,first_weight_kg,first_fee,step_kg,step_fee,valid_from,valid_to,cod_pct,cod_min,cod_max
        std,1,forward,1,8.00,1,3.50,2026-01-01,2026-03-31,1.2,2,200
        std,1,forward,1,9.00,1,4.00,2026-04-01,,1.2,2,200
        std,1,return,0.5,5.00,0.5,1.20,2026-01-01,,,,
        std,2,forward,1,,1,4.00,2026-01-01,,,,
        std,2,forward,1,9.00,1,4.00,2026-04-01,2026-01-01,,,
        """
    )
    found = read_rate_card(file, name="card.csv")
    assert [number for number, _ in found.lines] == [2, 3, 4]
    assert sorted({problem.row for problem in found.problems}) == [5, 6]
    card = RateCard("sf", [line for _, line in found.lines])
    march = expected_fee(card, Shipment("1", 2200, date(2026, 3, 31), cod_amount=D("500")))
    assert (march.freight, march.cod_fee) == (D("15.00"), D("6.00"))
    assert expected_fee(card, Shipment("1", 2200, date(2026, 4, 1))).freight == D("17.00")
    back = Shipment("1", 600, date(2026, 4, 1), Service.RETURN, cod_amount=D("500"))
    assert expected_fee(card, back).total == D("6.20")


def test_a_remittance_line_must_add_up():
    file = csv(
        """
        运单号,代收货款,手续费,实付金额,备注
        YT1020000000037,100.00,2.00,98.00,
        YT1020000000074,100.00,2.00,99.00,
        ,0.00,0.00,-30.00,抵扣运费
        合计,200.00,4.00,167.00,
        """
    )
    advice = read_remittance(file, name="r.csv")
    assert [(line.waybill, line.net, bool(line.problem), line.is_netting) for line in advice.lines] == [
        ("YT1020000000037", D("98.00"), False, False),
        ("YT1020000000074", D("99.00"), True, False),
        ("", D("-30.00"), False, True),
    ]
    assert (advice.paid, advice.differences) == (D("68.00"), [])


@pytest.mark.parametrize(
    ("name", "amount", "kind"),
    [
        ("标准快递", "8", K.FREIGHT),
        ("Base freight", "8", K.FREIGHT),
        ("代收货款", "100", K.COD),
        ("COD", "-100", K.COD),
        ("代收货款手续费", "2", K.COD_FEE),
        ("COD fee", "2", K.COD_FEE),
        ("COD charges", "-2", K.ADJUSTMENT),
        ("Postcode surcharge", "3", K.SURCHARGE),
        ("燃油附加费", "1", K.SURCHARGE),
        ("保价", "1", K.SURCHARGE),
        ("标准快递", "-8", K.ADJUSTMENT),
        ("费用冲减", "1", K.ADJUSTMENT),
    ],
)
def test_a_fee_is_what_its_name_says(name, amount, kind):
    assert kind_of_item(name, D(amount)) == kind


def test_only_a_return_is_a_return():
    words = ["退件", "退回件", "RTO", "Forward and RTO charges", "return", "carton", "派件", ""]
    assert [is_return_text(word) for word in words] == [True] * 5 + [False] * 3


def test_who_waits_hears_how_many_rows_are_read():
    rows = "\n".join(f"SF{1_000_000_000_000 + number},8.00" for number in range(2500))
    heard = []
    found = read_courier_statement(f"运单号,运费\n{rows}\n".encode(), name="long.csv", show=heard.append)
    assert (found.rows, heard) == (2500, [1000, 2000])
