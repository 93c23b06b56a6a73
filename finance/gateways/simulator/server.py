"""The HTTP face: open API, pay page, bill download and control door on one port."""

import hmac
import ipaddress
import json
import socket
import sqlite3
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from finance.gateways.base import parsed_amount
from finance.gateways.simulator import books, faults, pages
from finance.gateways.simulator.account import Account
from finance.gateways.simulator.api import PAGE_METHODS, OpenApi
from finance.gateways.simulator.control import Control, Gate
from finance.gateways.simulator.store import Store, now

MOST_BYTES = 1024 * 1024
BILL_DOWNLOAD = "bill.download"


class LineCut(Exception):
    """The connection is to be dropped without an answer."""


class Failure(Exception):
    """An answer with this status instead of the true one."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Provider(ThreadingHTTPServer):
    """The parts of the provider, shared by the threads that serve requests."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        *,
        store: Store,
        account: Account,
        api: OpenApi,
        control: Control,
        gate: Gate,
    ) -> None:
        super().__init__(address, Door)
        self.store = store
        self.account = account
        self.api = api
        self.control = control
        self.gate = gate

    def faulty(self, at: str, out_trade_no: str, perform: Callable[[], Any]) -> tuple[Any, dict[str, str]]:
        """Perform a call with the faults that wait for it: what came out, and how to spoil the answer."""
        with self.store.transaction() as db:
            armed = {fault.kind: fault.argument for fault in faults.take(db, at, out_trade_no)}
        if "hold" in armed:
            self.gate.wait()
        if "lose_request" in armed:
            raise LineCut
        if "fail" in armed:
            raise Failure(int(armed["fail"] or 503))
        result = perform()
        if "hold_answer" in armed:
            self.gate.wait()
        if "delay" in armed:
            time.sleep(float(armed["delay"] or 1))
        if "cut" in armed:
            raise LineCut
        return result, armed


class Door(BaseHTTPRequestHandler):
    """One request."""

    server: Provider
    timeout = 30

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: addresses carry order numbers."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= MOST_BYTES:
                self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"")
                return
            body = self.rfile.read(length)
            if parts.path.startswith("/control/"):
                self._control(parts.path.removeprefix("/control/"), body)
            elif parts.path == "/gateway.do":
                fields = dict(parse_qsl(parts.query)) | dict(parse_qsl(body.decode()))
                if fields.get("method") in PAGE_METHODS:
                    self._open_cashier(fields)
                else:
                    self._call(fields)
            elif parts.path.startswith("/cashier/"):
                self._cashier(parts.path.removeprefix("/cashier/"), dict(parse_qsl(body.decode())))
            elif parts.path == "/bill/download":
                self._bill(dict(parse_qsl(parts.query)))
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"")
        except LineCut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        except Failure as failure:
            self._answer(failure.status, b"")
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except ValueError:
            self._answer(HTTPStatus.BAD_REQUEST, b"")

    def _call(self, fields: dict[str, str]) -> None:
        api, method = self.server.api, fields.get("method", "")
        number = _number(fields)
        answer, spoiled = self.server.faulty(method, number, lambda: api.perform(fields))
        if "system_error" in spoiled:
            answer = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.SYSTEM_ERROR"}
        if "wrong_amount" in spoiled:
            answer = _one_fen_more(answer)
        content = api.written(method, answer)
        if "garbage" in spoiled:
            content = b"<html>502 Bad Gateway</html>"
        if "unsigned" in spoiled:
            content = content[: content.rindex(b',"sign"')] + b"}"
        if "bad_sign" in spoiled:
            content = content.replace(b'"code":"', b'"code" :"', 1)
        self._answer(_status(spoiled), content, "application/json;charset=utf-8")

    def _open_cashier(self, fields: dict[str, str]) -> None:
        try:
            order = self.server.api.order_of(fields)
            self.server.api.close_overdue()
            with self.server.store.transaction() as db:
                trade = books.open_trade(db, order, now(db))
        except books.Refusal as refusal:
            self._page(pages.refusal(refusal.code, refusal.text), HTTPStatus.BAD_REQUEST)
            return
        self._redirect(f"/cashier/{trade['cashier_token']}")

    def _cashier(self, token: str, form: dict[str, str]) -> None:
        self.server.api.close_overdue()
        with self.server.store.transaction() as db:
            trade = db.execute("SELECT * FROM trade WHERE cashier_token = ?", [token]).fetchone()
        if trade is None:
            self._page(pages.message("没有这笔交易 · No such trade"), HTTPStatus.NOT_FOUND)
        elif self.command == "POST" and form.get("act") == "pay":
            self._pay(trade)
        else:
            note = {"fail": pages.FAILED, "later": pages.LEFT}.get(form.get("act", ""), "")
            self._page(pages.cashier(trade, note))

    def _pay(self, trade: sqlite3.Row) -> None:
        try:
            with self.server.store.transaction() as db:
                at = now(db)
                trade = books.pay(db, trade["out_trade_no"], at, self.server.account.identity.fee_rate)
        except books.Refusal:
            with self.server.store.transaction() as db:
                trade = books.trade_of(db, trade["out_trade_no"])
            self._page(pages.cashier(trade))
            return
        if trade["return_url"]:
            self._redirect(self.server.api.return_address(trade, at))
        else:
            self._page(pages.cashier(trade))

    def _bill(self, fields: dict[str, str]) -> None:
        content, spoiled = self.server.faulty(BILL_DOWNLOAD, "", lambda: self.server.api.bill(fields))
        if content is None or "garbage" in spoiled:
            self._answer(HTTPStatus.OK, "<html>下载链接已失效</html>".encode(), "text/html;charset=utf-8")
        else:
            self._answer(_status(spoiled), content, "application/zip")

    def _control(self, name: str, body: bytes) -> None:
        near = ipaddress.ip_address(self.client_address[0]).is_loopback
        token = self.headers.get("X-Control-Token", "")
        if not near or not hmac.compare_digest(token.encode(), self.server.account.control_token.encode()):
            self._answer(HTTPStatus.FORBIDDEN, b"")
            return
        action = self.server.control.actions.get(name)
        if action is None:
            self._answer(HTTPStatus.NOT_FOUND, b"")
            return
        try:
            status, result = HTTPStatus.OK, action(json.loads(body or b"{}"))
        except books.Refusal as refusal:
            status, result = HTTPStatus.CONFLICT, {"code": refusal.code, "text": refusal.text}
        except (ValueError, KeyError, TypeError) as failure:
            status, result = HTTPStatus.BAD_REQUEST, {"code": type(failure).__name__, "text": str(failure)}
        self._answer(status, json.dumps(result).encode(), "application/json")

    def _page(self, text: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._answer(status, text.encode(), "text/html;charset=utf-8")

    def _redirect(self, address: str) -> None:
        self._answer(HTTPStatus.SEE_OTHER, b"", location=address)

    def _answer(
        self, status: int, content: bytes, kind: str = "text/plain;charset=utf-8", location: str = ""
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(content)


def _number(fields: dict[str, str]) -> str:
    try:
        return str(json.loads(fields.get("biz_content", "")).get("out_trade_no", ""))
    except (ValueError, AttributeError):
        return ""


def _status(spoiled: dict[str, str]) -> int:
    return int(spoiled["fail_after"] or 503) if "fail_after" in spoiled else 200


def _one_fen_more(answer: dict[str, Any]) -> dict[str, Any]:
    amounts = ("total_amount", "receipt_amount", "refund_amount", "refund_fee", "send_back_fee")
    return answer | {
        name: f"{parsed_amount(answer[name]) + parsed_amount('0.01'):.2f}"
        for name in amounts
        if name in answer
    }
