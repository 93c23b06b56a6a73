"""The provider's books: trades, refunds, fees and payouts, each with its balance movement and its notice.

Every function runs inside one transaction of the store. Amounts are whole fen.
"""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from finance.gateways.simulator import notices
from finance.gateways.simulator.store import stamp

FEE_PAYEE = "支付宝（中国）网络技术有限公司 (cnalipay@alipay.com)"
_MASKED_BUYERS = ("*明(138****2046)", "*丽(159****7713)", "*国强(wgq***@163.com)", "*小雨(186****0952)")


class Refusal(Exception):
    """A business refusal with the provider's sub code; nothing has changed."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the merchant asks to be paid for."""

    out_trade_no: str
    total: int
    subject: str
    body: str = ""
    notify_url: str = ""
    return_url: str = ""
    passback_params: str = ""
    expires_at: datetime | None = None


def trade_of(db: sqlite3.Connection, out_trade_no: str) -> sqlite3.Row:
    row = _known(db, out_trade_no)
    if row is None:
        raise Refusal("ACQ.TRADE_NOT_EXIST", "交易不存在")
    return row


def _known(db: sqlite3.Connection, out_trade_no: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM trade WHERE out_trade_no = ?", [out_trade_no]
    ).fetchone()
    return row


def open_trade(db: sqlite3.Connection, order: Order, now: datetime) -> sqlite3.Row:
    """The trade of this number, made when the payer first opens the page; another amount is refused."""
    known = _known(db, order.out_trade_no)
    if known is not None:
        if known["total"] != order.total:
            raise Refusal("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
        return known
    if order.expires_at is not None and order.expires_at <= now:
        raise Refusal("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
    number = db.execute("SELECT coalesce(max(id), 0) + 1 FROM trade").fetchone()[0]
    digest = int.from_bytes(hashlib.sha256(order.out_trade_no.encode()).digest()[:8])
    db.execute(
        "INSERT INTO trade (id, trade_no, out_trade_no, cashier_token, subject, body, status, total,"
        " buyer_id, buyer_logon_id, notify_url, return_url, passback_params, expires_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 'WAIT_BUYER_PAY', ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            number,
            f"{now:%Y%m%d}22001{digest % 10_000:04d}{number:011d}",
            order.out_trade_no,
            secrets.token_urlsafe(24),
            order.subject,
            order.body,
            order.total,
            f"2088{digest % 10**12:012d}",
            _MASKED_BUYERS[digest % len(_MASKED_BUYERS)],
            order.notify_url,
            order.return_url,
            order.passback_params,
            stamp(order.expires_at) if order.expires_at else None,
            stamp(now),
        ],
    )
    return trade_of(db, order.out_trade_no)


def pay(db: sqlite3.Connection, out_trade_no: str, now: datetime, fee_rate: Decimal) -> sqlite3.Row:
    """The payer pays; the fee is taken at once. Paying twice is refused and charges nothing."""
    trade = trade_of(db, out_trade_no)
    if trade["status"] == "TRADE_CLOSED":
        raise Refusal("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
    if trade["status"] != "WAIT_BUYER_PAY":
        raise Refusal("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
    fee = _half_up(Decimal(trade["total"]) * fee_rate)
    db.execute(
        "UPDATE trade SET status = 'TRADE_SUCCESS', paid_at = ?, fee = ? WHERE id = ?",
        [stamp(now), fee, trade["id"]],
    )
    _move(db, trade, now, "在线支付", income=trade["total"])
    _move(db, trade, now, "收费", outgo=fee, memo=f"交易服务费[{trade['trade_no']}]")
    paid = trade_of(db, out_trade_no)
    notices.announce(db, paid, now)
    return paid


def close(db: sqlite3.Connection, out_trade_no: str, now: datetime) -> sqlite3.Row:
    """Close an unpaid trade for good; refused when it is paid or closed already."""
    trade = trade_of(db, out_trade_no)
    if trade["status"] != "WAIT_BUYER_PAY":
        raise Refusal("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    _set_closed(db, trade["id"], now)
    closed = trade_of(db, out_trade_no)
    notices.announce(db, closed, now)
    return closed


def close_overdue(db: sqlite3.Connection, now: datetime) -> int:
    """Close every unpaid trade whose time is up; how many."""
    overdue = db.execute(
        "SELECT out_trade_no FROM trade WHERE status = 'WAIT_BUYER_PAY' AND expires_at <= ?", [stamp(now)]
    ).fetchall()
    for row in overdue:
        close(db, row["out_trade_no"], now)
    return len(overdue)


def finish(db: sqlite3.Connection, out_trade_no: str, now: datetime) -> sqlite3.Row:
    """End the time in which a paid trade can be refunded."""
    trade = trade_of(db, out_trade_no)
    if trade["status"] != "TRADE_SUCCESS":
        raise Refusal("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    db.execute("UPDATE trade SET status = 'TRADE_FINISHED' WHERE id = ?", [trade["id"]])
    finished = trade_of(db, out_trade_no)
    notices.announce(db, finished, now)
    return finished


def refund(
    db: sqlite3.Connection, out_trade_no: str, request_no: str, amount: int, reason: str, now: datetime
) -> tuple[sqlite3.Row, sqlite3.Row, bool]:
    """Give back a part: (trade, refund, whether money moved). The same number is the same refund; with
    another amount it is refused, as is anything beyond what was paid. The fee comes back per share."""
    trade = trade_of(db, out_trade_no)
    known = refund_of(db, trade, request_no)
    if known is not None:
        if known["amount"] != amount:
            raise Refusal("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
        return trade, known, False
    if trade["status"] == "TRADE_FINISHED":
        raise Refusal("ACQ.TRADE_HAS_FINISHED", "交易已完结")
    if trade["paid_at"] is None:
        raise Refusal("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    so_far = trade["refunded"] + amount
    if so_far > trade["total"]:
        raise Refusal("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
    fee_back = _half_up(Decimal(trade["fee"]) * so_far / trade["total"]) - trade["fee_returned"]
    if balance(db) + fee_back < amount:
        raise Refusal("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足")
    db.execute(
        "UPDATE trade SET refunded = ?, fee_returned = fee_returned + ? WHERE id = ?",
        [so_far, fee_back, trade["id"]],
    )
    if so_far == trade["total"]:
        _set_closed(db, trade["id"], now)
    db.execute(
        "INSERT INTO refund (trade_id, out_request_no, amount, fee_returned, refunded_so_far, reason,"
        " refunded_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [trade["id"], request_no, amount, fee_back, so_far, reason, stamp(now)],
    )
    # The fee comes first, so that the balance never dips below zero between the two.
    _move(db, trade, now, "收费", income=fee_back, memo=f"交易服务费退回[{trade['trade_no']}]")
    _move(db, trade, now, "交易退款", outgo=amount, memo=reason, merchant_no=request_no)
    trade = trade_of(db, out_trade_no)
    made: sqlite3.Row = db.execute("SELECT * FROM refund ORDER BY id DESC LIMIT 1").fetchone()
    notices.announce(db, trade, now, made)
    return trade, made, True


def refund_of(db: sqlite3.Connection, trade: sqlite3.Row, request_no: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM refund WHERE trade_id = ? AND out_request_no = ?", [trade["id"], request_no]
    ).fetchone()
    return row


def pay_out(db: sqlite3.Connection, reference: str, amount: int, bank: str, now: datetime) -> sqlite3.Row:
    """Send money from the balance to the merchant's bank; the same reference is the same payout."""
    known: sqlite3.Row | None = db.execute("SELECT * FROM payout WHERE reference = ?", [reference]).fetchone()
    if known is not None:
        if known["amount"] != amount:
            raise Refusal("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
        return known
    if amount <= 0 or amount > balance(db):
        raise Refusal("BALANCE_IS_NOT_ENOUGH", "余额不足")
    number = db.execute("SELECT coalesce(max(id), 0) + 1 FROM payout").fetchone()[0]
    payout_no = f"{now:%Y%m%d}2000400111007300{number:08d}"
    db.execute(
        "INSERT INTO payout VALUES (?, ?, ?, ?, ?, ?)",
        [number, payout_no, reference, amount, bank, stamp(now)],
    )
    _book(db, now, business_no=payout_no, counterparty=bank, kind="提现", outgo=amount, memo=f"提现-{bank}")
    made: sqlite3.Row = db.execute("SELECT * FROM payout WHERE id = ?", [number]).fetchone()
    return made


def balance(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT balance FROM movement ORDER BY id DESC LIMIT 1").fetchone()
    return row["balance"] if row else 0


def _set_closed(db: sqlite3.Connection, trade_id: int, now: datetime) -> None:
    db.execute("UPDATE trade SET status = 'TRADE_CLOSED', closed_at = ? WHERE id = ?", [stamp(now), trade_id])


def _move(
    db: sqlite3.Connection,
    trade: sqlite3.Row,
    now: datetime,
    kind: str,
    *,
    income: int = 0,
    outgo: int = 0,
    memo: str = "",
    merchant_no: str = "",
) -> None:
    fee = kind == "收费"
    _book(
        db,
        now,
        business_no=trade["trade_no"],
        merchant_no=merchant_no or trade["out_trade_no"],
        subject="" if fee else trade["subject"],
        counterparty=FEE_PAYEE if fee else trade["buyer_logon_id"],
        kind=kind,
        income=income,
        outgo=outgo,
        memo=memo,
    )


def _book(
    db: sqlite3.Connection,
    now: datetime,
    *,
    business_no: str,
    counterparty: str,
    kind: str,
    merchant_no: str = "",
    subject: str = "",
    income: int = 0,
    outgo: int = 0,
    memo: str = "",
) -> None:
    if not income and not outgo:
        return
    db.execute(
        "INSERT INTO movement (business_no, merchant_no, subject, counterparty, kind, income, outgo,"
        " balance, memo, moved_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            business_no,
            merchant_no,
            subject,
            counterparty,
            kind,
            income,
            outgo,
            balance(db) + income - outgo,
            memo,
            stamp(now),
        ],
    )


def _half_up(fen: Decimal) -> int:
    return int(fen.quantize(Decimal(1), ROUND_HALF_UP))
