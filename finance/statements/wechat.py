"""WeChat Pay merchant bills: trade bill (ALL, SUCCESS, REFUND, legacy) and fund flow (FORMATS 3.2, 3.3).

Every value of a data line starts with a backtick and nothing is quoted, so a comma in a goods name only
splits where a backtick follows. Amounts in bills are yuan. Two last lines state counts and sums.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import zip_longest

from . import cells
from .draft import Draft
from .identity import Key, serial_key
from .problems import Problem, refuse
from .reading import Reading
from .rows import ZERO, Direction, Measure, ParsedStatement, RawCells, RowKind, StatementRow

VERSION = "1"
TRADE, FUNDFLOW = "wechat.trade", "wechat.fundflow"
# The name we use -> the names seen in bills: current, before 2018, provider brands.
_TRADE_NAMES = {
    "交易时间": ("交易时间",),
    "商户号": ("商户号",),
    "微信订单号": ("微信订单号", "银联订单号", "平台订单号"),
    "商户订单号": ("商户订单号",),
    "交易状态": ("交易状态",),
    "货币种类": ("货币种类",),
    "应结订单金额": ("应结订单金额", "总金额"),
    "手续费": ("手续费",),
}
_TRADE_MORE = {
    "微信退款单号": ("微信退款单号", "银联退款单号", "平台退款单号"),
    "商户退款单号": ("商户退款单号",),
    "退款金额": ("退款金额",),
    "退款状态": ("退款状态",),
    "商品名称": ("商品名称",),
    "商户数据包": ("商户数据包",),
    "用户标识": ("用户标识",),
    "订单金额": ("订单金额",),
    "申请退款金额": ("申请退款金额",),
    "充值券退款金额": ("充值券退款金额", "代金券或立减优惠退款金额"),
}
# What else the layouts have and we keep only as raw text; anything beyond is reported.
_OTHER = (
    "公众账号ID 特约商户号 子商户号 设备号 交易类型 付款银行 代金券金额 代金券或立减优惠金额 退款类型 费率 "
    "费率备注 退款申请时间 退款成功时间 资金变更提交申请人"
)
_FUND_NAMES = {
    name: (name,)
    for name in (
        "记账时间",
        "微信支付业务单号",
        "资金流水单号",
        "业务名称",
        "业务类型",
        "收支类型",
        "收支金额",
        "账户结余",
        "备注",
        "业务凭证号",
    )
}
_FUND_KINDS = {
    "交易": RowKind.PAYMENT,
    "扣除交易手续费": RowKind.FEE,
    "手续费": RowKind.FEE,
    "退款": RowKind.REFUND,
    "提现": RowKind.WITHDRAWAL,
    "充值": RowKind.TRANSFER,
    "转账": RowKind.TRANSFER,
    "分账": RowKind.TRANSFER,
    "退还交易手续费": RowKind.FEE_REFUND,
}
_TRADE_TOTALS = {
    "总交易单数": Measure.ROWS,
    "应结订单总金额": Measure.SUM_IN,
    "总交易额": Measure.SUM_IN,
    "退款总金额": Measure.SUM_OUT,
    "总退款金额": Measure.SUM_OUT,
    "手续费总金额": Measure.FEES,
}
# Totals of columns that are no figure of the row itself.
_COLUMN_TOTALS = {
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
    "充值券退款总金额": "充值券退款金额",
    "总代金券或立减优惠退款金额": "充值券退款金额",
    "总代金券或立减优惠退款额": "充值券退款金额",
}
_FUND_TOTALS = {
    "资金流水总笔数": Measure.ROWS,
    "收入笔数": Measure.ROWS_IN,
    "收入金额": Measure.SUM_IN,
    "支出笔数": Measure.ROWS_OUT,
    "支出金额": Measure.SUM_OUT,
}
_NO_BILL = re.compile(r"No Bill Exist|NO_STATEMENT_EXIST")
_REFUND_NET = re.compile(r"退款总金额\s*([\d.]+)\s*元;含手续费\s*([\d.]+)\s*元")
_PLACEHOLDER = frozenset({"0"})


def is_empty_day(text: str) -> bool:
    """The provider's answer for a day without transactions."""
    return len(text) < 2000 and bool(_NO_BILL.search(text))


def format_of(text: str) -> str | None:
    """Which bill a text is, by the names in its first line."""
    names = set(_names(text.lstrip("\ufeff\r\n ").split("\n", 1)[0]))
    if {"微信支付业务单号", "资金流水单号"} <= names:
        return FUNDFLOW
    trade = names & set(_TRADE_NAMES["微信订单号"])
    return TRADE if trade and names & set(_TRADE_NAMES["应结订单金额"]) else None


def read_wechat(data: bytes, *, filename: str, account: str = "") -> ParsedStatement:
    """Read a trade or fund-flow bill. A fund-flow bill names no account: the uploader gives it."""
    text = cells.decode(data)
    if is_empty_day(text):
        draft = Draft(TRADE, VERSION, filename, data, account=account, currency="CNY")
        draft.find(Problem("empty_day"))
        return draft.finish()
    kind = format_of(text)
    if kind is None:
        raise refuse("not_a_statement", why="its first line is not the header of a WeChat Pay bill")
    draft = Draft(kind, VERSION, filename, data, account=account, currency="CNY")
    bill = _Bill(draft)
    bill.read(text)
    return draft.finish()


def _names(line: str) -> list[str]:
    return [cells.name_of(cell.lstrip("`")) for cell in line.split(",")]


class _Bill:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.trade = draft.format == TRADE
        self.header: list[str] = []
        self.sums: dict[str, Decimal] = dict.fromkeys(_COLUMN_TOTALS.values(), ZERO)
        self.fees = ZERO
        self.merchants: set[str] = set()

    def read(self, text: str) -> None:
        totals: list[str] | None = None
        stated = False
        for number, physical in cells.split_lines(text.lstrip("\ufeff")):
            line = physical.strip("\r\n ")
            if not line.strip(",\t"):
                continue
            if not self.header:
                self._take_header(line)
            elif not line.startswith("`"):
                names = _names(line)
                if names[0] in _TRADE_TOTALS or names[0] in _FUND_TOTALS:
                    totals = names
                    self.draft.skipped += 1
                else:
                    self._damaged(number, line)
            elif totals is not None:
                self.draft.skipped += 1
                # A spreadsheet pads short lines with commas.
                stated = self._state(totals, _values(line.rstrip(",")))
                totals = None
            else:
                self._row(number, line)
        if self.merchants:
            self.draft.account = self.merchants.pop() if len(self.merchants) == 1 else ""
        if not stated:
            self.draft.find(Problem("no_footer"))

    def _take_header(self, line: str) -> None:
        known = {**_TRADE_NAMES, **_TRADE_MORE} if self.trade else _FUND_NAMES
        aliases = {alias: name for name, seen in known.items() for alias in seen}
        self.header = [aliases.get(name, name) for name in _names(line)]
        needed = _TRADE_NAMES if self.trade else _FUND_NAMES
        missing = [name for name in needed if name not in self.header]
        if missing:
            raise refuse("missing_columns", format=self.draft.format, columns=", ".join(missing))
        self.draft.header = tuple(self.header)
        unknown = [name for name in self.header if name and name not in (*known, *_OTHER.split())]
        if unknown:
            self.draft.find(Problem("unknown_columns", {"columns": ", ".join(unknown)}))

    def _damaged(self, number: int, line: str) -> None:
        self.draft.review(number, RawCells(("",), (line,)), [Problem("unreadable_line")])

    def _row(self, number: int, line: str) -> None:
        values = _values(line)
        if len(values) != len(self.header):
            counts = {"found": str(len(values)), "expected": str(len(self.header))}
            self.draft.review(number, RawCells(("",), (line,)), [Problem("field_count", counts)])
            return
        raw = self.draft.raw(self.draft.header, values)
        reading = Reading(dict(raw))
        if self.trade:
            self._trade_row(reading, number, raw)
        else:
            self._fund_row(reading, number, raw)

    def _trade_row(self, reading: Reading, number: int, raw: RawCells) -> None:
        state = reading.text("交易状态")
        settled, refunded = reading.money("应结订单金额") or ZERO, reading.money("退款金额") or ZERO
        fee = reading.exact("手续费")
        when = reading.moment("交易时间")
        trade = reading.reference("微信订单号", needed=True, empty=_PLACEHOLDER)
        refund = reading.reference("微信退款单号", needed=state == "REFUND", empty=_PLACEHOLDER)
        direction, amount = _settle(reading, state, settled, refunded)
        merchant = reading.text("商户号")
        if reading.problems or direction is None or when is None:
            self.draft.review(number, raw, reading.problems, direction=direction)
            return
        self.merchants.add(merchant)
        for name in self.sums:
            self.sums[name] += reading.exact(name) or ZERO
        self.fees += fee or ZERO
        row = StatementRow(
            source=TRADE,
            account=merchant or self.draft.account,
            line=number,
            raw=raw,
            kind=RowKind.PAYMENT if direction is Direction.IN else RowKind.REFUND,
            direction=direction,
            amount=amount,
            currency=reading.text("货币种类") or "CNY",
            booked_on=when.date(),
            listed_on=when.date(),
            occurred_at=when,
            provider_ref=trade,
            merchant_ref=reading.reference("商户订单号", empty=_PLACEHOLDER),
            refund_ref=reading.reference("商户退款单号", empty=_PLACEHOLDER)
            if direction is Direction.OUT
            else "",
            serial=refund,
            fee=cells.cents(fee) if fee is not None else None,
            status=reading.text("退款状态") if direction is Direction.OUT else state,
            counterparty=reading.text("用户标识"),
            memo=" ".join(t for t in (reading.text("商品名称"), reading.text("商户数据包")) if t),
        )
        self.draft.accept(row, _trade_key(merchant, state, trade, refund), unique=True)

    def _fund_row(self, reading: Reading, number: int, raw: RawCells) -> None:
        word = reading.text("收支类型")
        direction = {"收入": Direction.IN, "支出": Direction.OUT}.get(word)
        if direction is None:
            reading.complain("bad_direction", "收支类型", word)
        amount = reading.money("收支金额", needed=True)
        balance = reading.money("账户结余")
        when = reading.moment("记账时间")
        serial = reading.reference("资金流水单号", needed=True)
        trade, voucher = reading.reference("微信支付业务单号"), reading.reference("业务凭证号")
        if reading.problems or direction is None or amount is None or when is None:
            self.draft.review(number, raw, reading.problems, direction=direction)
            return
        business = reading.text("业务类型")
        kind = _FUND_KINDS.get(business) or _FUND_KINDS.get(reading.text("业务名称"), RowKind.OTHER)
        if kind is RowKind.OTHER:
            self.draft.find(Problem("unknown_kind", column="业务类型", value=business), line=number)
        memo = reading.text("备注")
        net = _REFUND_NET.search(cells.fold(memo)) if kind is RowKind.REFUND else None
        row = StatementRow(
            source=FUNDFLOW,
            account=self.draft.account,
            line=number,
            raw=raw,
            kind=kind,
            direction=direction,
            amount=amount,
            currency="CNY",
            booked_on=when.date(),
            listed_on=when.date(),
            occurred_at=when,
            serial=serial,
            provider_ref=trade,
            merchant_ref="" if kind is RowKind.REFUND else voucher,
            refund_ref=voucher if kind is RowKind.REFUND else "",
            balance_after=balance,
            # Refunds are posted net of the fee that comes back.
            fee=-Decimal(net[2]) if net and Decimal(net[1]) - Decimal(net[2]) == amount else None,
            memo=memo,
        )
        self.draft.has_running_balance = True
        self.draft.accept(row, serial_key(serial, business, word), unique=True)

    def _state(self, names: list[str], values: list[str]) -> bool:
        """Record the totals; False if one that counts or sums the rows cannot be read."""
        measures = _TRADE_TOTALS if self.trade else _FUND_TOTALS
        whole = True
        for name, value in zip_longest(names, values, fillvalue=""):
            try:
                stated = cells.money(value)
            except ValueError:
                stated = None
            if stated is None:
                whole = whole and name not in measures
                continue
            if name in measures:
                fees = self.fees if measures[name] is Measure.FEES else None
                self.draft.state(name, measures[name], stated, computed=fees)
            elif name in _COLUMN_TOTALS:
                self.draft.state(name, Measure.OTHER, stated, computed=self.sums[_COLUMN_TOTALS[name]])
        return whole


def _values(line: str) -> list[str]:
    """Cut the first backtick and split where a comma is followed by one."""
    return re.split(r",`", line.removeprefix("`"))


def _settle(
    reading: Reading, state: str, settled: Decimal, refunded: Decimal
) -> tuple[Direction | None, Decimal]:
    """Direction and amount by the state of the trade; what contradicts itself becomes a problem."""
    if settled < 0 or refunded < 0:
        reading.complain("negative_amount", "退款金额" if refunded < 0 else "应结订单金额")
    if state == "SUCCESS":
        if refunded:
            reading.complain("two_amounts", "退款金额", str(refunded))
        return Direction.IN, settled
    if state == "REFUND":
        return Direction.OUT, refunded
    if state == "REVOKED":
        if settled and not refunded:
            reading.complain("bad_direction", "交易状态", state)
        return Direction.OUT, refunded
    reading.complain("unknown_status", "交易状态", state)
    return None, ZERO


def _trade_key(merchant: str, state: str, trade: str, refund: str) -> Key:
    if state == "REFUND":
        return serial_key(merchant, "refund", refund)
    return serial_key(merchant, "payment" if state == "SUCCESS" else state, trade)
