"""The bill of a day or month: a ZIP of two CSV members in GB18030, as merchants get it (FORMATS 2.2-2.4)."""

import io
import sqlite3
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from finance.gateways.simulator.store import setting, stamp, yuan

TRADE_HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,"
    "券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
TRADE_SUMMARY_HEADER = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,"
    "商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)
FUND_HEADER = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,"
    "交易渠道,业务类型,备注"
)
FUND_SUMMARY_HEADER = "类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）,总金额（元）"
TAB = "\t"
NOTHING = "0.00"
LEDGER_BASE = 54_600_000_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a month, the end exclusive."""

    start: date
    end: date
    label: str  # as in file names: 20260916 or 202609

    @classmethod
    def parse(cls, text: str) -> "Period":
        """From `yyyy-MM-dd` or `yyyy-MM`; ValueError otherwise."""
        if len(text) == 7:
            start = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a calendar month
            return cls(start, (start + timedelta(days=31)).replace(day=1), f"{start:%Y%m}")
        start = date.fromisoformat(text)
        return cls(start, start + timedelta(days=1), f"{start:%Y%m%d}")

    @property
    def bounds(self) -> tuple[str, str]:
        return f"{self.start} 00:00:00", f"{self.end} 00:00:00"


def archive(db: sqlite3.Connection, kind: str, period: Period, exported_at: datetime) -> bytes:
    """The bill of `trade` or `fund`: summary first, names in GBK without the UTF-8 flag."""
    account = f"{setting(db, 'seller_id')}0156"
    make = _trade_bill if kind == "trade" else _fund_bill
    topic = "业务" if kind == "trade" else "账务"
    detail, summary = make(db, period)
    printed = f"#导出时间：[{_written(exported_at)}]"
    return _zip(
        [
            (
                f"{account}_{period.label}_{topic}明细(汇总).csv",
                _preamble(topic, "汇总", account, period) + summary + [printed] * (kind == "trade"),
            ),
            (
                f"{account}_{period.label}_{topic}明细.csv",
                _preamble(topic, "明细", account, period) + detail + [printed],
            ),
        ]
    )


def file_name(account: str, kind: str, period: Period) -> str:
    return f"{account}_{period.label}_{'trade' if kind == 'trade' else 'fnd'}.csv.zip"


def _preamble(topic: str, part: str, account: str, period: Period) -> list[str]:
    start, end = (f"{day:%Y年%m月%d日} 00:00:00" for day in (period.start, period.end))
    return [
        f"#支付宝{topic}{part}查询",
        f"#账号：[{account}]",
        f"#起始日期：[{start}]   终止日期：[{end}]",
    ]


def _opening(text: str) -> str:
    return f"#{'-' * 41}{text}{'-' * 40}"


def _closing(text: str, left: int = 41) -> str:
    return f"#{'-' * left}{text}结束{'-' * (77 - left)}"


def _trade_bill(db: sqlite3.Connection, period: Period) -> tuple[list[str], list[str]]:
    rows = db.execute(
        "SELECT *, '交易' AS kind, total AS amount, fee AS charge, paid_at AS done_at, '' AS request_no,"
        "  '' AS memo FROM trade WHERE paid_at >= :start AND paid_at < :end"
        " UNION ALL SELECT trade.*, '退款', -refund.amount, -refund.fee_returned, refund.refunded_at,"
        "  refund.out_request_no, refund.reason FROM refund JOIN trade ON trade.id = refund.trade_id"
        " WHERE refund.refunded_at >= :start AND refund.refunded_at < :end ORDER BY done_at, id, kind",
        dict(zip(("start", "end"), period.bounds, strict=True)),
    ).fetchall()
    paid = [row["amount"] for row in rows if row["kind"] == "交易"]
    back = [row["amount"] for row in rows if row["kind"] == "退款"]
    detail = [
        _opening("业务明细列表"),
        *([TRADE_HEADER] if rows else []),
        *map(_trade_line, rows),
        _closing("业务明细列表"),
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid))}元，商家优惠共{NOTHING}元",
        f"#退款合计：{len(back)}笔，商家实收退款共{yuan(sum(back))}元，商家优惠退款共{NOTHING}元",
    ]
    net, fees = sum(paid) + sum(back), -sum(row["charge"] for row in rows)
    total = [
        "合计" + TAB, TAB, str(len(paid)), str(len(back)), yuan(net), yuan(net), NOTHING, NOTHING, NOTHING,
        yuan(fees), NOTHING, yuan(net + fees),
    ]  # fmt: skip
    summary = [
        _opening("业务汇总列表"),
        *([TRADE_SUMMARY_HEADER, ",".join(total)] if rows else []),
        _closing("业务汇总列表"),
    ]
    return detail, summary


def _trade_line(row: sqlite3.Row) -> str:
    amount = yuan(row["amount"])
    cells = [
        row["trade_no"] + TAB, row["out_trade_no"] + TAB, row["kind"] + TAB, _cell(row["subject"]),
        row["created_at"], row["done_at"], TAB, TAB, TAB, TAB, row["buyer_logon_id"] + TAB, amount, amount,
        NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, "", NOTHING + TAB, NOTHING, row["request_no"] + TAB,
        yuan(-row["charge"]), NOTHING, _cell(row["memo"]),
    ]  # fmt: skip
    return ",".join(cells)


def _fund_bill(db: sqlite3.Connection, period: Period) -> tuple[list[str], list[str]]:
    rows = db.execute(
        "SELECT * FROM movement WHERE moved_at >= ? AND moved_at < ? ORDER BY moved_at, id", period.bounds
    ).fetchall()
    income = [row["income"] for row in rows if row["income"]]
    outgo = [row["outgo"] for row in rows if row["outgo"]]
    detail = [
        _opening("账务明细列表"),
        *([FUND_HEADER] if rows else []),
        *map(_fund_line, rows),
        _closing("账务明细列表", left=40),
        f"#支出合计：{len(outgo)}笔，共{yuan(-sum(outgo))}元",
        f"#收入合计：{len(income)}笔，共{yuan(sum(income))}元",
    ]
    kinds = dict.fromkeys(row["kind"] for row in rows)
    summary = [_fund_total(kind, [row for row in rows if row["kind"] == kind]) for kind in kinds]
    return detail, [FUND_SUMMARY_HEADER, *summary, _fund_total("合计", rows)] if rows else []


def _fund_line(row: sqlite3.Row) -> str:
    cells = [
        f"{LEDGER_BASE + row['id']}{TAB}", row["business_no"] + TAB, row["merchant_no"] + TAB,
        _cell(row["subject"]) + TAB, row["moved_at"], _cell(row["counterparty"]) + TAB, yuan(row["income"]),
        yuan(-row["outgo"]), yuan(row["balance"]), "支付宝", row["kind"], _cell(row["memo"]),
    ]  # fmt: skip
    return ",".join(cells)


def _fund_total(name: str, rows: Sequence[sqlite3.Row]) -> str:
    income, outgo = [row["income"] for row in rows], [row["outgo"] for row in rows]
    counts = (sum(fen > 0 for fen in income), sum(fen > 0 for fen in outgo))
    totals = (sum(income), -sum(outgo))
    return f"{name},{counts[0]},{yuan(totals[0])},{counts[1]},{yuan(totals[1])},{yuan(sum(totals))}"


def _cell(text: str) -> str:
    """Free text in an unquoted cell: no comma, TAB or line break of its own."""
    return " ".join(text.replace(",", "，").split())


def _written(at: datetime) -> str:
    return f"{stamp(at)[:4]}年{stamp(at)[5:7]}月{stamp(at)[8:10]}日 {stamp(at)[11:]}"


def _zip(members: Iterable[tuple[str, list[str]]]) -> bytes:
    """zipfile flags every non-ASCII name as UTF-8, so stand-ins of equal length are written first and the
    GBK bytes put in their place; names take part in no checksum."""
    buffer = io.BytesIO()
    names: list[tuple[bytes, bytes]] = []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for number, (name, lines) in enumerate(members):
            raw = name.encode("gbk")
            stand_in = f"{number:~>{len(raw)}}"
            file.writestr(stand_in, "".join(f"{line}\r\n" for line in lines).encode("gb18030"))
            names.append((stand_in.encode(), raw))
    content = buffer.getvalue()
    for stand_in_name, raw_name in names:
        if content.count(stand_in_name) != 2:
            raise RuntimeError("a stand-in name occurs in the content")
        content = content.replace(stand_in_name, raw_name)
    return content
