"""Asynchronous notices: written with the event itself, sent later, repeated until the shop says `success`."""

import http.client
import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from finance.gateways.simulator import faults
from finance.gateways.simulator.forgeries import Message, form
from finance.gateways.simulator.store import Store, now, setting, stamp, yuan

# Seconds between the eight sendings, 24 h 24 min in all (FORMATS 2.6).
GAPS: tuple[float, ...] = (240, 600, 600, 3600, 7200, 21600, 54000)
SEND_SECONDS = 15
OPEN_STATES = ("pending", "behind", "held")


def announce(
    db: sqlite3.Connection, trade: sqlite3.Row, at: datetime, refund: sqlite3.Row | None = None
) -> None:
    """Write the notice of what has just happened to a trade, bent by the faults that are armed."""
    url = trade["notify_url"] or setting(db, "notify_url")
    if not url:
        return
    fields = _fields(db, trade, refund)
    state, copies = "pending", 1
    for fault in faults.take(db, faults.NOTICE, trade["out_trade_no"]):
        match fault.kind:
            case "drop":
                state = "dropped"
            case "late":
                state = "held"
            case "reorder":
                state = "behind"
            case "duplicate":
                copies = int(fault.argument or 2)
            case "wrong_amount":
                fields["total_amount"] = yuan(trade["total"] + int(fault.argument or -1))
            case "wrong_seller":
                fields["seller_id"] = fault.argument or "2088999999999999"
            case "wrong_order":
                fields["out_trade_no"] = fault.argument
            case "wrong_currency":
                fields["trans_currency"] = fault.argument or "USD"
    db.executemany(
        "INSERT INTO notice (notify_id, out_trade_no, url, fields, state, due_at) VALUES (?, ?, ?, ?, ?, ?)",
        [[fields["notify_id"], trade["out_trade_no"], url, json.dumps(fields), state, at.timestamp()]]
        * copies,
    )


def _fields(db: sqlite3.Connection, trade: sqlite3.Row, refund: sqlite3.Row | None) -> dict[str, str]:
    total = yuan(trade["total"])
    fields = {
        "notify_type": "trade_status_sync",
        "notify_id": secrets.token_hex(17),
        "app_id": setting(db, "app_id") or "",
        "charset": "utf-8",
        "version": "1.0",
        "trade_no": trade["trade_no"],
        "out_trade_no": trade["out_trade_no"],
        "buyer_id": trade["buyer_id"],
        "buyer_logon_id": trade["buyer_logon_id"],
        "seller_id": setting(db, "seller_id") or "",
        "trade_status": trade["status"],
        "total_amount": total,
        "subject": trade["subject"],
        "body": trade["body"],
        "passback_params": trade["passback_params"],
        "gmt_create": trade["created_at"],
        "gmt_payment": trade["paid_at"] or "",
        "gmt_close": trade["closed_at"] or "",
    }
    if trade["paid_at"]:
        fields |= dict.fromkeys(("receipt_amount", "invoice_amount", "buyer_pay_amount"), total)
        fields |= {"point_amount": "0.00", "refund_fee": yuan(trade["refunded"])}
        channel = [{"amount": total, "fundChannel": "ALIPAYACCOUNT"}]
        fields["fund_bill_list"] = json.dumps(channel, separators=(",", ":"))
    if refund is not None:
        fields |= {
            "out_biz_no": refund["out_request_no"],
            "gmt_refund": refund["refunded_at"] + ".000",
            "refund_fee": yuan(refund["refunded_so_far"]),
        }
    return {key: value for key, value in fields.items() if value}


def release(db: sqlite3.Connection) -> int:
    """Let go of the notices that were kept back; how many."""
    return db.execute("UPDATE notice SET state = 'pending' WHERE state IN ('held', 'behind')").rowcount


def send_again(db: sqlite3.Connection, out_trade_no: str) -> int:
    """Make every notice of a trade pending once more, whatever was answered; how many."""
    return db.execute(
        "UPDATE notice SET state = 'pending', attempts = 0 WHERE out_trade_no = ?", [out_trade_no]
    ).rowcount


class Postman:
    """Sends notices: by himself when due, or at once on demand. At least once, in no promised order."""

    def __init__(
        self, store: Store, sign: Callable[[dict[str, str]], dict[str, str]], gaps: Sequence[float] = GAPS
    ) -> None:
        self._store = store
        self._sign = sign
        self._gaps = gaps

    def deliver(
        self, *, only_due: bool, out_trade_no: str = "", newest_first: bool = False, lines: int = 1
    ) -> list[dict[str, Any]]:
        """Send every pending notice (of one trade) once, over so many lines; what the shop answered."""
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT * FROM notice WHERE state = 'pending' AND (? = '' OR out_trade_no = ?)"
                " AND (NOT ? OR due_at <= ?) ORDER BY due_at, id",
                [out_trade_no, out_trade_no, only_due, now(db).timestamp()],
            ).fetchall()
        if newest_first:
            rows.reverse()
        with ThreadPoolExecutor(lines) as senders:
            return list(senders.map(self._send, rows))

    def pending(self) -> list[dict[str, Any]]:
        """What would be sent, signed, with the number by which to acknowledge it."""
        with self._store.transaction() as db:
            rows = db.execute("SELECT * FROM notice WHERE state = 'pending' ORDER BY due_at, id").fetchall()
            at = stamp(now(db))
        found = []
        for row in rows:
            message = form(self._sign(json.loads(row["fields"]) | {"notify_time": at}))
            found.append(
                {"id": row["id"], "headers": message.headers, "body": message.body.decode("latin-1")}
            )
        return found

    def acknowledge(self, numbers: Sequence[int]) -> None:
        with self._store.transaction() as db:
            db.executemany(
                "UPDATE notice SET state = 'acknowledged' WHERE id = ?", [[number] for number in numbers]
            )

    def run(self, stop: threading.Event, overdue: Callable[[], None]) -> None:
        """Close what is overdue and send what is due, until stopped."""
        while not stop.wait(0.1):
            overdue()
            self.deliver(only_due=True)

    def _send(self, row: sqlite3.Row) -> dict[str, Any]:
        with self._store.transaction() as db:
            fields = json.loads(row["fields"]) | {"notify_time": stamp(now(db))}
        status, answer = send_message(row["url"], form(self._sign(fields)))
        done = status == 200 and answer == b"success"
        with self._store.transaction() as db:
            attempts = db.execute("SELECT attempts FROM notice WHERE id = ?", [row["id"]]).fetchone()[0] + 1
            last = attempts > len(self._gaps)
            db.execute(
                "UPDATE notice SET attempts = ?, state = ?, due_at = ?, last_status = ?, last_answer = ?"
                " WHERE id = ?",
                [
                    attempts,
                    "acknowledged" if done else "given_up" if last else "pending",
                    row["due_at"] if last else now(db).timestamp() + self._gaps[attempts - 1],
                    status,
                    answer[:200].decode(errors="replace"),
                    row["id"],
                ],
            )
            db.execute(
                "UPDATE notice SET state = 'pending' WHERE state = 'behind' AND out_trade_no = ?",
                [row["out_trade_no"]],
            )
        return {
            "notify_id": row["notify_id"],
            "out_trade_no": row["out_trade_no"],
            "trade_status": fields["trade_status"],
            "attempt": attempts,
            "status": status,
            "answer": answer[:200].decode(errors="replace"),
            "acknowledged": done,
        }


def send_message(url: str, message: Message) -> tuple[int | None, bytes]:
    """Status and body of the shop's answer; status None when there was none."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    query, body = parts.query, message.body
    if message.method == "GET":
        query, body = body.decode("latin-1"), b""
    try:
        with closing(kind(parts.netloc, timeout=SEND_SECONDS)) as line:
            line.request(message.method, f"{parts.path or '/'}?{query}".rstrip("?"), body, message.headers)
            response = line.getresponse()
            return response.status, response.read(64 * 1024)
    except (OSError, http.client.HTTPException):
        return None, b""
