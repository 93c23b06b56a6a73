"""The control door: the tests' and the demo's hand on the provider. Loopback and token only."""

import base64
import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from finance.gateways.simulator import books, faults, notices
from finance.gateways.simulator.account import Account
from finance.gateways.simulator.api import OpenApi, fen
from finance.gateways.simulator.forgeries import FORGERIES
from finance.gateways.simulator.store import CLOCK, Store, keep_setting, now, stamp, yuan

Request = dict[str, Any]


class Control:
    """Each of `actions` is one address `/control/<name>`; JSON in, JSON out."""

    def __init__(
        self, store: Store, account: Account, api: OpenApi, postman: notices.Postman, gate: "Gate"
    ) -> None:
        self._store = store
        self._account = account
        self._api = api
        self._postman = postman
        self._gate = gate
        self.actions: dict[str, Callable[[Request], Any]] = {
            "books": self._books,
            "calls": self._calls,
            "notices": self._notices,
            "clock": self._clock,
            "fault": self._fault,
            "clear_faults": self._clear_faults,
            "release": self._release,
            "deliver": self._deliver,
            "send_again": self._send_again,
            "pay": self._pay,
            "pay_many": self._pay_many,
            "collect": self._collect,
            "collected": self._collected,
            "finish": self._finish,
            "pay_out": self._pay_out,
            "forge": self._forge,
            "new_key": lambda request: {"key": self._account.new_key()},
            "sign_with": self._sign_with,
        }

    def _books(self, request: Request) -> Any:
        """Everything the provider knows; `out_trade_no` narrows it to one trade."""
        number = request.get("out_trade_no", "")
        with self._store.transaction() as db:
            books.close_overdue(db, now(db))
            trades = db.execute(
                "SELECT * FROM trade WHERE ? IN ('', out_trade_no) ORDER BY id", [number]
            ).fetchall()
            refunds = db.execute(
                "SELECT refund.*, out_trade_no FROM refund JOIN trade ON trade.id = trade_id"
                " WHERE ? IN ('', out_trade_no) ORDER BY refund.id",
                [number],
            ).fetchall()
            payouts = db.execute("SELECT * FROM payout ORDER BY id").fetchall()
            balance = books.balance(db)
        by_trade: defaultdict[int, list[sqlite3.Row]] = defaultdict(list)
        for row in refunds:
            by_trade[row["trade_id"]].append(row)
        return {
            "trades": [_trade(row, by_trade[row["id"]]) for row in trades],
            "payouts": [
                {name: row[name] for name in ("payout_no", "reference", "bank", "paid_out_at")}
                | {"amount": yuan(row["amount"])}
                for row in payouts
            ],
            "paid": yuan(sum(row["total"] for row in trades if row["paid_at"])),
            "refunded": yuan(sum(row["amount"] for row in refunds)),
            "fees": yuan(sum(row["fee"] - row["fee_returned"] for row in trades)),
            "paid_out": yuan(sum(row["amount"] for row in payouts)),
            "balance": yuan(balance),
        }

    def _calls(self, request: Request) -> Any:
        with self._store.transaction() as db:
            return [dict(row) for row in db.execute("SELECT * FROM call ORDER BY id")]

    def _notices(self, request: Request) -> Any:
        with self._store.transaction() as db:
            rows = db.execute("SELECT * FROM notice ORDER BY id").fetchall()
        return [dict(row) | {"fields": json.loads(row["fields"])} for row in rows]

    def _clock(self, request: Request) -> Any:
        """`at` stops the clock at an instant, `advance` moves a stopped or running one by seconds and stops
        it there, `real` lets it run again."""
        with self._store.transaction() as db:
            if request.get("real"):
                keep_setting(db, CLOCK, None)
            elif "at" in request:
                at = datetime.fromisoformat(request["at"])
                if at.tzinfo is None:
                    raise ValueError("the time needs a zone")
                keep_setting(db, CLOCK, at.isoformat())
            elif "advance" in request:
                keep_setting(db, CLOCK, (now(db) + timedelta(seconds=request["advance"])).isoformat())
            books.close_overdue(db, now(db))
            return {"now": now(db).isoformat()}

    def _fault(self, request: Request) -> Any:
        if request["kind"] in ("hold", "hold_answer"):
            self._gate.shut()
        with self._store.transaction() as db:
            faults.plan(db, **request)
        return {}

    def _clear_faults(self, request: Request) -> Any:
        with self._store.transaction() as db:
            faults.clear(db)
        self._gate.open()
        return {}

    def _release(self, request: Request) -> Any:
        """Let held calls go on and held notices be sent."""
        self._gate.open()
        with self._store.transaction() as db:
            return {"notices": notices.release(db)}

    def _deliver(self, request: Request) -> Any:
        return self._postman.deliver(
            only_due=bool(request.get("only_due")),
            out_trade_no=request.get("out_trade_no", ""),
            newest_first=bool(request.get("newest_first")),
            lines=int(request.get("lines", 1)),
        )

    def _send_again(self, request: Request) -> Any:
        with self._store.transaction() as db:
            return {"notices": notices.send_again(db, request["out_trade_no"])}

    def _pay(self, request: Request) -> Any:
        """Do what a shopper does with a pay page: open its link and pay."""
        order = self._api.order_of(dict(parse_qsl(urlsplit(request["url"]).query)))
        with self._store.transaction() as db:
            books.close_overdue(db, now(db))
            books.open_trade(db, order, now(db))
            trade = books.pay(db, order.out_trade_no, now(db), self._account.identity.fee_rate)
        return _trade(trade, [])

    def _pay_many(self, request: Request) -> Any:
        """Many shoppers, each at an instant of his own. Refusals are answers; the clock stays at the last."""
        return [self._pay_at(payer["url"], payer["at"]) for payer in request["payers"]]

    def _pay_at(self, url: str, at: str) -> Request:
        order = self._api.order_of(dict(parse_qsl(urlsplit(url).query)))
        try:
            with self._store.transaction() as db:
                keep_setting(db, CLOCK, max(now(db), datetime.fromisoformat(at)).isoformat())
                books.close_overdue(db, now(db))
                books.open_trade(db, order, now(db))
                books.pay(db, order.out_trade_no, now(db), self._account.identity.fee_rate)
        except books.Refusal as refusal:
            return {"out_trade_no": order.out_trade_no, "code": refusal.code}
        return {"out_trade_no": order.out_trade_no, "code": "10000"}

    def _collect(self, request: Request) -> Any:
        """The pending notices as they would be sent, for a shop that fetches them."""
        return self._postman.pending()

    def _collected(self, request: Request) -> Any:
        self._postman.acknowledge(request["notices"])
        return {}

    def _finish(self, request: Request) -> Any:
        with self._store.transaction() as db:
            return _trade(books.finish(db, request["out_trade_no"], now(db)), [])

    def _pay_out(self, request: Request) -> Any:
        """Pay `amount`, or the whole balance, out to the bank."""
        with self._store.transaction() as db:
            amount = fen(request["amount"]) if "amount" in request else books.balance(db)
            row = books.pay_out(db, request["reference"], amount, request["bank"], now(db))
            return {"payout_no": row["payout_no"], "amount": yuan(row["amount"])}

    def _forge(self, request: Request) -> Any:
        """A forged copy of the newest notice of a trade; sent unless `send` is false."""
        with self._store.transaction() as db:
            row = db.execute(
                "SELECT url, fields FROM notice WHERE out_trade_no = ? ORDER BY id DESC",
                [request["out_trade_no"]],
            ).fetchone()
            at = stamp(now(db))
        if row is None:
            raise ValueError("this trade has no notice to forge")
        fields = json.loads(row["fields"]) | {"notify_time": at}
        forged = FORGERIES[request["kind"]](fields, self._account.signing_key())
        sent: Request = {
            "method": forged.method,
            "headers": forged.headers,
            "body": base64.b64encode(forged.body).decode(),
        }
        if request.get("send", True):
            status, answer = notices.send_message(row["url"], forged)
            sent |= {"status": status, "answer": answer[:200].decode(errors="replace")}
        return sent

    def _sign_with(self, request: Request) -> Any:
        self._account.sign_with(request["key"])
        return {}


class Gate:
    """Held calls wait here until a release."""

    LONGEST_SECONDS = 120

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self.shut = self._open.clear
        self.open = self._open.set

    def wait(self) -> None:
        self._open.wait(self.LONGEST_SECONDS)


def _trade(row: sqlite3.Row, refunds: list[sqlite3.Row]) -> dict[str, Any]:
    return {
        "trade_no": row["trade_no"],
        "out_trade_no": row["out_trade_no"],
        "status": row["status"],
        "total": yuan(row["total"]),
        "paid": yuan(row["total"] if row["paid_at"] else 0),
        "refunded": yuan(row["refunded"]),
        "fee": yuan(row["fee"]),
        "fee_returned": yuan(row["fee_returned"]),
        "created_at": row["created_at"],
        "paid_at": row["paid_at"],
        "closed_at": row["closed_at"],
        "refunds": [
            {
                "out_request_no": refund["out_request_no"],
                "amount": yuan(refund["amount"]),
                "fee_returned": yuan(refund["fee_returned"]),
                "refunded_at": refund["refunded_at"],
            }
            for refund in refunds
        ],
    }
