"""What can be made to go wrong, and when. A fault waits for its next calls or notices and then is used up.

Calls (`at` is an API method, `bill.download`, or `*` for any call):
  hold          wait for a release before doing anything
  hold_answer   do it, answer after a release
  delay         do it, answer after `argument` seconds
  lose_request  cut the line and do nothing
  cut           do it, then cut the line
  fail          answer `argument` (503) and do nothing
  fail_after    do it, then give the true answer under status `argument` (503)
  garbage, unsigned, bad_sign   do it, answer what proves nothing
  system_error  do it, answer a signed "system error"
  wrong_amount  do it, answer with every amount one fen higher, well signed

Notices (`at` is `notice`):
  drop          never send it
  late          keep it until a release
  reorder       send it after the next notice of the same trade
  duplicate     `argument` copies (2)
  wrong_amount  `argument` fen more or less (-1), well signed
  wrong_seller, wrong_order, wrong_currency   `argument` instead of the truth, well signed
"""

import sqlite3
from dataclasses import dataclass

NOTICE = "notice"
PLACES = frozenset(
    {NOTICE, "*", "bill.download", "alipay.data.dataservice.bill.downloadurl.query"}
    | {f"alipay.trade.{name}" for name in ("query", "close", "refund", "fastpay.refund.query")}
)
CALL_FAULTS = frozenset(
    {"hold", "hold_answer", "delay", "lose_request", "cut", "fail", "fail_after"}
    | {"garbage", "unsigned", "bad_sign", "system_error", "wrong_amount"}
)
NOTICE_FAULTS = frozenset(
    {"drop", "late", "reorder", "duplicate", "wrong_amount", "wrong_seller", "wrong_order", "wrong_currency"}
)


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    argument: str


def plan(
    db: sqlite3.Connection, *, at: str, kind: str, times: int = 1, out_trade_no: str = "", argument: str = ""
) -> None:
    """Arm a fault for the next `times` matching calls or notices; ValueError names an impossible one."""
    if at not in PLACES:
        raise ValueError(f"nothing is called {at!r}")
    if kind not in (NOTICE_FAULTS if at == NOTICE else CALL_FAULTS):
        raise ValueError(f"no fault {kind!r} at {at!r}")
    if times < 1:
        raise ValueError("times is at least 1")
    db.execute(
        "INSERT INTO fault (at, kind, out_trade_no, times, argument) VALUES (?, ?, ?, ?, ?)",
        [at, kind, out_trade_no, times, argument],
    )


def take(db: sqlite3.Connection, at: str, out_trade_no: str) -> list[Fault]:
    """The armed faults that hit this call or notice, in the order of planning, each used once."""
    rows = db.execute(
        "SELECT id, kind, argument FROM fault WHERE times > 0 AND (at = ? OR (at = '*' AND ? <> 'notice'))"
        " AND out_trade_no IN ('', ?) ORDER BY id",
        [at, at, out_trade_no],
    ).fetchall()
    db.executemany("UPDATE fault SET times = times - 1 WHERE id = ?", [[row["id"]] for row in rows])
    return [Fault(row["kind"], row["argument"]) for row in rows]


def clear(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM fault")
