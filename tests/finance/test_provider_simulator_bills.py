"""The bill that merchants download, read back with nothing but the standard library (FORMATS 2.1-2.4)."""

import io
import os
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from finance.gateways.base import BEIJING, BillKind, RefundRequest, Refused, Unknown
from tests.finance.simulators import a_gateway, a_payment, a_simulator, pay_page

SAMPLES = Path(os.environ.get("SHOPSITE_SAMPLES", Path(__file__).resolve().parents[3] / "shared" / "data"))
DAY = date(2026, 9, 16)
UTF8_NAME = 0x800


def at(hour: int, minute: int = 0, second: int = 0, *, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=BEIJING)


@pytest.fixture(scope="module")
def mixed_day(tmp_path_factory):
    """Payments, a part refund and a full one, a payment over midnight, a payout: on a stopped clock."""
    with a_simulator(tmp_path_factory.mktemp("bills")) as running:
        provider, gateway = running.remote, a_gateway(running.remote)

        def pay(amount: str, when: datetime, subject: str = "保温杯 500ml") -> str:
            provider.stop_clock(when)
            request = a_payment(amount, subject=subject, expires_at=when + timedelta(hours=2))
            requests.get(pay_page(gateway, request), timeout=10)
            provider.advance_clock(7)
            provider.pay(pay_page(gateway, request))
            return request.merchant_ref

        yesterday = pay("500.00", at(9, day=DAY - timedelta(days=1)))
        first = pay("128.00", at(10, 55, 16), '桌上加湿器, 白\t"大" 〇𠮷')
        provider.stop_clock(at(10, 56, 48))
        gateway.refund(RefundRequest(first, "RF1", Decimal("28.00"), "部分退款, 一件"))
        gateway.refund(RefundRequest(first, "RF2", Decimal("0.01")))
        second = pay("59.90", at(16, 58, 56))
        provider.stop_clock(at(17))
        gateway.refund(RefundRequest(second, "RF1", Decimal("59.90")))
        provider.advance_clock(60)
        gateway.refund(RefundRequest(yesterday, "RF1", Decimal("100.00")))
        provider.pay_out("W1", Decimal("300.00"))
        pay("199.00", at(23, 59, 56))
        provider.stop_clock(at(9, day=DAY + timedelta(days=3)))
        yield provider, gateway


def members(content: bytes) -> dict[str, list[str]]:
    """Member texts by their first line, in the archive's order."""
    with zipfile.ZipFile(io.BytesIO(content), metadata_encoding="gbk") as archive:
        assert archive.testzip() is None
        texts = [archive.read(info).decode("gb18030") for info in archive.infolist()]
    assert all(text.endswith("\r\n") and "\n" not in text.replace("\r\n", "") for text in texts)
    return {text.splitlines()[0]: text.split("\r\n")[:-1] for text in texts}


def table(lines: list[str]) -> list[dict[str, str]]:
    plain = [line.split(",") for line in lines if not line.startswith("#")]
    return [dict(zip(plain[0], cells, strict=True)) for cells in plain[1:]]


def the_sum(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal("0.00"))


def test_the_archive_is_as_the_provider_packs_it(mixed_day):
    _, gateway = mixed_day
    content = gateway.download_bill(DAY, BillKind.TRADE)

    with zipfile.ZipFile(io.BytesIO(content), metadata_encoding="gbk") as archive:
        assert [info.filename for info in archive.infolist()] == [
            "20880000000000010156_20260916_业务明细(汇总).csv",
            "20880000000000010156_20260916_业务明细.csv",
        ]
        assert not any(info.flag_bits & UTF8_NAME for info in archive.infolist())
    assert list(members(content)) == ["#支付宝业务汇总查询", "#支付宝业务明细查询"]


def test_the_trade_bill_of_a_mixed_day_equals_the_books(mixed_day):
    provider, gateway = mixed_day
    found = members(gateway.download_bill(DAY, BillKind.TRADE))
    lines = found["#支付宝业务明细查询"]
    rows = table(lines)
    paid = [row for row in rows if row["业务类型"] == "交易\t"]
    back = [row for row in rows if row["业务类型"] == "退款\t"]
    trades = {trade["out_trade_no"]: trade for trade in provider.books()["trades"]}

    assert all(len(row) == 25 for row in rows)
    assert [row["商家实收（元）"] for row in paid] == ["128.00", "59.90"]  # the one over midnight is not here
    assert [row["商家实收（元）"] for row in back] == ["-28.00", "-0.01", "-59.90", "-100.00"]
    for row in paid:
        trade = trades[row["商户订单号"].removesuffix("\t")]
        assert row["支付宝交易号"] == trade["trade_no"] + "\t"
        assert (row["创建时间"], row["完成时间"]) == (trade["created_at"], trade["paid_at"])
        assert Decimal(row["服务费（元）"]) == -Decimal(trade["fee"])
    for row in back:
        trade = trades[row["商户订单号"].removesuffix("\t")]
        (refund,) = [r for r in trade["refunds"] if r["out_request_no"] + "\t" == row["退款批次号/请求号"]]
        assert Decimal(row["商家实收（元）"]) == -Decimal(refund["amount"])
        assert Decimal(row["服务费（元）"]) == Decimal(refund["fee_returned"])
        assert (row["创建时间"], row["完成时间"]) == (trade["created_at"], refund["refunded_at"])
    assert paid[0]["商品名称"] == '桌上加湿器， 白 "大" 〇𠮷'
    assert "#交易合计：2笔，商家实收共187.90元，商家优惠共0.00元" in lines
    assert "#退款合计：4笔，商家实收退款共-187.91元，商家优惠退款共0.00元" in lines
    (total,) = table(found["#支付宝业务汇总查询"])
    assert (total["交易订单总笔数"], total["退款订单总笔数"]) == ("2", "4")
    assert Decimal(total["商家实收（元）"]) == the_sum(rows, "商家实收（元）")
    assert Decimal(total["服务费（元）"]) == the_sum(rows, "服务费（元）")
    assert Decimal(total["实收净额（元）"]) == the_sum(rows, "商家实收（元）") + the_sum(rows, "服务费（元）")


def test_the_fund_bill_of_a_mixed_day_runs_from_balance_to_balance(mixed_day):
    _, gateway = mixed_day
    found = members(gateway.download_bill(DAY, BillKind.FUND))
    lines = found["#支付宝账务明细查询"]
    rows = table(lines)
    income, outgo = the_sum(rows, "收入金额（+元）"), the_sum(rows, "支出金额（-元）")

    assert all(len(row) == 12 for row in rows)
    running = Decimal("497.00")  # yesterday's 500.00 less its fee
    for row in rows:
        running += Decimal(row["收入金额（+元）"]) + Decimal(row["支出金额（-元）"])
        assert Decimal(row["账户余额（元）"]) == running
    assert [row["业务类型"] for row in rows].count("提现") == 1
    outgoing = [row for row in rows if row["支出金额（-元）"] != "0.00"]
    assert f"#支出合计：{len(outgoing)}笔，共{outgo}元" in lines
    assert f"#收入合计：{len(rows) - len(outgoing)}笔，共{income}元" in lines
    assert table(found["#支付宝账务汇总查询"])[-1] == {
        "类型": "合计",
        "收入笔数": str(len(rows) - len(outgoing)),
        "收入金额（+元）": str(income),
        "支出笔数": str(len(outgoing)),
        "支出金额（-元）": str(outgo),
        "总金额（元）": str(income + outgo),
    }


def test_a_refund_in_the_fund_bill_carries_its_own_number_under_the_number_of_the_trade(mixed_day):
    provider, gateway = mixed_day
    rows = table(members(gateway.download_bill(DAY, BillKind.FUND))["#支付宝账务明细查询"])
    refunds = {
        (trade["trade_no"] + "\t", refund["out_request_no"] + "\t", f"-{refund['amount']}")
        for trade in provider.books()["trades"]
        for refund in trade["refunds"]
    }

    assert refunds == {
        (row["业务流水号"], row["商户订单号"], row["支出金额（-元）"])
        for row in rows
        if row["业务类型"] == "交易退款"
    }


def test_a_month_is_a_bill_of_its_own_once_it_is_over(mixed_day):
    provider, gateway = mixed_day
    ask = {"bill_type": "trade", "bill_date": "2026-09"}
    method = "alipay.data.dataservice.bill.downloadurl.query"
    assert isinstance(gateway._call(method, ask), Refused)

    provider.stop_clock(datetime(2026, 10, 4, 12, tzinfo=BEIJING))
    link = gateway._call(method, ask)["bill_download_url"]
    lines = members(requests.get(link, timeout=10).content)["#支付宝业务明细查询"]
    provider.stop_clock(at(9, day=DAY + timedelta(days=3)))

    assert lines[2] == "#起始日期：[2026年09月01日 00:00:00]   终止日期：[2026年10月01日 00:00:00]"
    books = provider.books()
    rows = table(lines)
    assert the_sum(rows, "商家实收（元）") == Decimal(books["paid"]) - Decimal(books["refunded"])
    assert the_sum(rows, "服务费（元）") == -Decimal(books["fees"])


def test_the_days_of_a_month_add_up_to_the_balance(mixed_day):
    provider, gateway = mixed_day
    total = Decimal("0.00")
    for step in range(-1, 3):
        content = gateway.download_bill(DAY + timedelta(days=step), BillKind.FUND)
        lines = members(content)["#支付宝账务明细查询"]
        if any(not line.startswith("#") for line in lines):
            rows = table(lines)
            total += the_sum(rows, "收入金额（+元）") + the_sum(rows, "支出金额（-元）")

    assert total == Decimal(provider.books()["balance"])


def test_a_payment_over_midnight_belongs_to_the_day_on_which_it_was_finished(mixed_day):
    _, gateway = mixed_day
    content = gateway.download_bill(DAY + timedelta(days=1), BillKind.TRADE)

    (row,) = table(members(content)["#支付宝业务明细查询"])

    assert (row["创建时间"], row["完成时间"]) == ("2026-09-16 23:59:56", "2026-09-17 00:00:03")
    assert row["商家实收（元）"] == "199.00"


@pytest.mark.parametrize("kind", BillKind)
def test_an_empty_day_is_marker_lines_only(mixed_day, kind):
    _, gateway = mixed_day
    found = members(gateway.download_bill(DAY + timedelta(days=2), kind))

    assert len(found) == 2
    assert all(line.startswith("#") for lines in found.values() for line in lines)


@pytest.mark.parametrize("day", [date(2026, 9, 19), date(2026, 9, 20), date(2024, 1, 1)])
def test_today_and_days_out_of_reach_have_no_bill(mixed_day, day):
    _, gateway = mixed_day

    assert gateway.download_bill(day, BillKind.TRADE) == Refused("isp.bill_date_invalid", "参数不合法")


def test_a_link_dies_within_half_a_minute_and_cannot_be_changed(mixed_day):
    provider, gateway = mixed_day
    answer = gateway._call(
        "alipay.data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": "2026-09-16"}
    )
    link = answer["bill_download_url"]

    assert requests.get(link, timeout=10).content.startswith(b"PK")
    assert not requests.get(link.replace("2026-09-16", "2026-09-15"), timeout=10).content.startswith(b"PK")
    provider.advance_clock(31)
    assert not requests.get(link, timeout=10).content.startswith(b"PK")


def test_a_bill_that_cannot_be_loaded_is_unknown(mixed_day):
    provider, gateway = mixed_day
    for kind in ("garbage", "cut", "fail", "fail_after"):
        provider.fault("bill.download", kind)
        assert isinstance(gateway.download_bill(DAY, BillKind.TRADE), Unknown)

    assert isinstance(gateway.download_bill(DAY, BillKind.TRADE), bytes)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample data is not beside this checkout")
@pytest.mark.parametrize(("kind", "part"), [(BillKind.TRADE, "trade"), (BillKind.FUND, "fnd")])
def test_our_bill_has_the_lines_of_the_published_sample(mixed_day, kind, part):
    """Same markers, same headers, TAB in the same columns."""
    _, gateway = mixed_day
    sample = members(
        (SAMPLES / "merchant_bills" / f"20880000000000010156_20260916_{part}.csv.zip").read_bytes()
    )
    ours = members(gateway.download_bill(DAY, kind))

    def frame(lines: list[str]) -> list[str]:
        return [line.partition("：")[0] for line in lines if line.startswith("#")] + [
            line for line in lines if not line.startswith("#")
        ][:1]

    def tabs(lines: list[str]) -> set[tuple[bool, ...]]:
        rows = [line.split(",") for line in lines if not line.startswith("#")][1:]
        return {tuple(cell.endswith("\t") for cell in row) for row in rows}

    assert list(ours) == list(sample)
    for first_line, lines in sample.items():
        assert frame(ours[first_line]) == frame(lines)
        assert tabs(ours[first_line]) == tabs(lines)
