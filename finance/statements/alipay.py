"""Alipay merchant bills: 业务明细 (trade) and 账务明细 (fund), plain or in their archive (FORMATS 2.2-2.4).

Both are GB18030 text between `#` lines. Columns are taken by name; a quote is an ordinary character; the
two 合计 lines and the summary beside a detail are control totals. An empty day is a valid bill.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from . import cells
from .draft import Draft
from .identity import serial_key
from .problems import Problem, refuse
from .reading import Reading
from .rows import Direction, Measure, ParsedStatement, RawCells, RowKind, StatementRow

VERSION = "1"
TRADE, FUND = "alipay.trade", "alipay.fund"
_TITLES = {
    "#支付宝业务明细查询": (TRADE, "detail"),
    "#支付宝业务汇总查询": (TRADE, "summary"),
    "#支付宝账务明细查询": (FUND, "detail"),
    "#支付宝账务汇总查询": (FUND, "summary"),
}
_NEEDED = {
    TRADE: ("支付宝交易号", "商户订单号", "业务类型", "创建时间", "完成时间", "商家实收", "服务费"),
    FUND: (
        "账务流水号",
        "业务流水号",
        "商户订单号",
        "发生时间",
        "收入金额",
        "支出金额",
        "账户余额",
        "业务类型",
    ),
}
# What else the layouts have and we keep only as raw text; anything beyond is reported.
_OTHER = {
    TRADE: "商品名称 门店编号 门店名称 操作员 终端号 对方账户 订单金额 支付宝红包 集分宝 支付宝优惠 商家优惠 "
    "券核销金额 券名称 商家红包消费金额 卡消费金额 退款批次号 分润 备注 "
    "实收净额 商户识别号 交易方式 花呗分期手续费 花呗分期数",
    FUND: "商品名称 对方账号 交易渠道 备注 业务描述 业务基础订单号 业务订单号",
}
_FUND_KINDS = {
    "在线支付": RowKind.PAYMENT,
    "交易付款": RowKind.PAYMENT,
    "收费": RowKind.FEE,
    "服务费": RowKind.FEE,
    "退款": RowKind.REFUND,
    "交易退款": RowKind.REFUND,
    "提现": RowKind.WITHDRAWAL,
    "转账": RowKind.TRANSFER,
    "交易分账": RowKind.TRANSFER,
    "其它": RowKind.OTHER,
    "其他": RowKind.OTHER,
}
_TOTAL = re.compile(r"^#(交易|退款|收入|支出)合计:(\d{1,9})笔,[^,]*?共(-?\d{1,12}(?:\.\d+)?)元")
_PERIOD = re.compile(r"起始日期:\[(\d{4}年\d\d月\d\d日)[^\]]*\]\s*终止日期:\[(\d{4}年\d\d月\d\d日)[^\]]*\]")


def title_of(text: str) -> tuple[str, str] | None:
    """Which bill a text is, by its first line: (format, "detail" or "summary")."""
    first = cells.fold(text[:200].lstrip("\ufeff\r\n ").split("\n", 1)[0]).strip(",\t \r")
    return _TITLES.get(first)


@dataclass
class _Bill:
    """The parts of one member: declarations, header and lines between the markers."""

    format: str
    account: str = ""
    period_from: date | None = None
    period_to: date | None = None
    header: tuple[str, ...] = ()
    before: int = 0
    behind: int = 0
    lines: list[cells.Line] = field(default_factory=list)
    totals: list[tuple[str, int, Decimal]] = field(default_factory=list)
    skipped: int = 0
    ended: bool = False

    def column(self, line: cells.Line, name: str) -> str:
        return line.cells[self.header.index(name)] if name in self.header else ""


def read_alipay(data: bytes, *, filename: str, account: str = "", summary: str = "") -> ParsedStatement:
    """Read a detail bill; `summary` is the text of its summary from the same archive."""
    text = cells.decode(data)
    title = title_of(text)
    if title is None:
        raise refuse("not_a_statement", why="its first line is not the title of an Alipay bill")
    if title[1] == "summary":
        raise refuse("summary_only")
    bill = _parse(text, title[0])
    draft = Draft(bill.format, VERSION, filename, data, account=bill.account or account, currency="CNY")
    draft.period_from, draft.period_to, draft.skipped = bill.period_from, bill.period_to, bill.skipped
    draft.has_running_balance, draft.header = bill.format == FUND, bill.header
    if bill.header:
        missing = [name for name in _NEEDED[bill.format] if name not in bill.header]
        if missing:
            raise refuse("missing_columns", format=bill.format, columns=", ".join(missing))
        unknown = [n for n in bill.header if n not in (*_NEEDED[bill.format], *_OTHER[bill.format].split())]
        if unknown:
            draft.find(Problem("unknown_columns", {"columns": ", ".join(unknown)}))
    read_row: Callable[[Draft, _Bill, cells.Line], None] = _trade_row if bill.format == TRADE else _fund_row
    for line in bill.lines:
        if len(line.cells) != len(bill.header):
            counts = {"found": str(len(line.cells)), "expected": str(len(bill.header))}
            draft.review(line.number, _raw(draft, bill, line), [Problem("field_count", counts)])
        else:
            read_row(draft, bill, line)
    _state_totals(draft, bill)
    if summary:
        _state_summary(draft, bill, _parse(summary, bill.format))
    return draft.finish()


def _parse(text: str, format_code: str) -> _Bill:
    bill = _Bill(format_code)
    for number, physical in cells.split_lines(text.lstrip("\ufeff")):
        shown = cells.fold(physical).strip(",\t ")
        if not shown:
            continue
        if shown.startswith("#"):
            _declare(bill, shown)
            bill.skipped += 1
            continue
        fields = tuple(physical.split(","))
        if not bill.header:
            begin, end = cells.without_edges(fields)
            bill.header = tuple(_name(cell) for cell in fields[begin:end])
            bill.before, bill.behind = begin, len(fields) - end
        else:
            # Only the edges that the header has too: a comma in a name must not pass as one of them.
            end = len(fields) - bill.behind
            edges = (*fields[: bill.before], *fields[end:])
            inner = fields if any(cells.fold(edge) for edge in edges) else fields[bill.before : end]
            bill.lines.append(cells.Line(number, inner))
    return bill


def _name(header: str) -> str:
    return cells.name_of(header).removesuffix("/请求号")


def _declare(bill: _Bill, shown: str) -> None:
    shown = re.sub(r"\s*:\s*", ":", shown)
    if account := re.search(r"账号:\[(\d+)\]", shown):
        bill.account = account[1]
    if period := _PERIOD.search(shown):
        bill.period_from = cells.day(period[1])
        # The end is exclusive: the bill of a day ends at midnight of the next.
        bill.period_to = max(cells.day(period[2]) - timedelta(days=1), bill.period_from)
    if total := _TOTAL.match(shown):
        bill.totals.append((total[1], int(total[2]), abs(Decimal(total[3]))))
    bill.ended = bill.ended or "列表结束" in shown


def _raw(draft: Draft, bill: _Bill, line: cells.Line) -> RawCells:
    extra = len(line.cells) - len(bill.header)
    names = (*bill.header, *(f"+{n}" for n in range(1, 1 + extra))) if extra > 0 else bill.header
    return draft.raw(names, line.cells)


def _trade_row(draft: Draft, bill: _Bill, line: cells.Line) -> None:
    raw = _raw(draft, bill, line)
    reading = Reading(dict(raw))
    trade, request = reading.reference("支付宝交易号", needed=True), reading.reference("退款批次号")
    order = reading.reference("商户订单号")
    received, fee = reading.money("商家实收", needed=True), reading.money("服务费")
    word = reading.text("业务类型")
    direction = {"交易": Direction.IN, "退款": Direction.OUT}.get(word)
    if direction is None:
        reading.complain("bad_direction", "业务类型", word)
    if direction is Direction.IN and received is not None and received < 0:
        reading.complain("negative_amount", "商家实收", str(received))
    when = reading.moment("完成时间")
    if reading.problems or direction is None or received is None or when is None:
        draft.review(line.number, raw, reading.problems, direction=direction)
        return
    row = StatementRow(
        source=TRADE,
        account=draft.account,
        line=line.number,
        raw=raw,
        kind=RowKind.PAYMENT if direction is Direction.IN else RowKind.REFUND,
        direction=direction,
        amount=abs(received),
        currency="CNY",
        booked_on=when.date(),
        listed_on=when.date(),
        occurred_at=when,
        provider_ref=trade,
        merchant_ref=order,
        refund_ref=request if direction is Direction.OUT else "",
        # The bill shows a fee as money taken away.
        fee=-fee if fee is not None else None,
        counterparty=reading.text("对方账户"),
        memo=_memo(bill, line, "商品名称", "备注"),
    )
    draft.accept(row, serial_key(trade, word, request), unique=True)


def _fund_row(draft: Draft, bill: _Bill, line: cells.Line) -> None:
    raw = _raw(draft, bill, line)
    reading = Reading(dict(raw))
    serial = reading.reference("账务流水号", needed=True)
    trade, order = reading.reference("业务流水号"), reading.reference("商户订单号")
    income, outgo = reading.money("收入金额") or Decimal(0), reading.money("支出金额") or Decimal(0)
    if not reading.problems and bool(income) == bool(outgo):
        reading.complain("two_amounts" if income else "no_amount", "收入金额")
    if income < 0:
        reading.complain("negative_amount", "收入金额", str(income))
    when = reading.moment("发生时间")
    direction = Direction.IN if income else Direction.OUT
    balance = reading.money("账户余额")
    if reading.problems or when is None:
        known = direction if bool(income) != bool(outgo) else None
        draft.review(line.number, raw, reading.problems, direction=known)
        return
    word = reading.text("业务类型")
    kind = _FUND_KINDS.get(word, RowKind.OTHER)
    if word not in _FUND_KINDS:
        draft.find(Problem("unknown_kind", column="业务类型", value=word), line=line.number)
    if kind is RowKind.FEE and direction is Direction.IN:
        kind = RowKind.FEE_REFUND
    refund = kind is RowKind.REFUND
    row = StatementRow(
        source=FUND,
        account=draft.account,
        line=line.number,
        raw=raw,
        kind=kind,
        direction=direction,
        amount=abs(income or outgo),
        currency="CNY",
        booked_on=when.date(),
        listed_on=when.date(),
        occurred_at=when,
        serial=serial,
        provider_ref=trade,
        # Shops of the marketplace carry their order number behind this mark.
        merchant_ref=order.removeprefix("T200P"),
        # On refunds this column may hold the request number, so matching goes by the trade number first.
        refund_ref=order if refund else "",
        balance_after=balance,
        counterparty=reading.text("对方账号"),
        memo=_memo(bill, line, "商品名称", "业务描述", "备注"),
    )
    draft.accept(row, serial_key(serial), unique=True)


def _memo(bill: _Bill, line: cells.Line, *names: str) -> str:
    texts = (bill.column(line, name).strip("\t\r ") for name in names)
    return " ".join(text for text in texts if text)


def _state_totals(draft: Draft, bill: _Bill) -> None:
    # An empty day may have marker lines only; rows without both their totals prove nothing.
    if len(bill.totals) < 2 and (bill.lines or not bill.ended):
        draft.find(Problem("no_footer"))
    for word, count, amount in bill.totals:
        income = word in ("交易", "收入")
        draft.state(f"{word}合计", Measure.ROWS_IN if income else Measure.ROWS_OUT, Decimal(count))
        draft.state(f"{word}合计", Measure.SUM_IN if income else Measure.SUM_OUT, amount)


def _state_summary(draft: Draft, bill: _Bill, summary: _Bill) -> None:
    for what, detail, other in (
        ("account", bill.account, summary.account),
        ("period", f"{bill.period_from}/{bill.period_to}", f"{summary.period_from}/{summary.period_to}"),
    ):
        if detail != other:
            raise refuse("members_disagree", what=what, detail=detail, summary=other)
    total = next((line for line in summary.lines if cells.bare(line.cells[0]) == "合计"), None)
    if total is None or len(total.cells) != len(summary.header):
        return
    names = {
        "交易订单总笔数": Measure.ROWS_IN,
        "退款订单总笔数": Measure.ROWS_OUT,
        "收入笔数": Measure.ROWS_IN,
        "收入金额": Measure.SUM_IN,
        "支出笔数": Measure.ROWS_OUT,
        "支出金额": Measure.SUM_OUT,
        "服务费": Measure.FEES,
    }
    for name, measure in names.items():
        try:
            stated = cells.money(summary.column(total, name))
        except ValueError:
            continue
        if stated is not None:
            stated = -stated if measure is Measure.FEES else abs(stated)
            draft.state(f"汇总 {name}", measure, stated)
