"""HTTP doors: the couriers' interface under /api, and the hand of the test under /control."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from logistics.gateways.simulator import billing, books, pushes, remittances
from logistics.gateways.simulator.parcels import FATES, Depot, Refusal

API_FAULTS = ("cut", "error", "error_after", "delay", "exists", "cancelled", "forget")
PUSH_FAULTS = ("push_lose", "push_duplicate", "push_forge", "push_reorder")


class Cut(Exception):
    """The line is dropped after the work is done."""


class Exchange:
    """All that the doors need: the depot, the accounts, the faults that are armed."""

    def __init__(self, depot: Depot, keys: Path) -> None:
        self.depot = depot
        self.accounts = {courier: _account(keys, courier) for courier in depot.contracts}

    def fault(self, *kinds: str, op: str = "") -> dict[str, Any] | None:
        """An armed fault of these kinds, used up once."""
        store = self.depot.store
        with store.turn():
            for row in store.rows("SELECT * FROM fault WHERE times > 0 ORDER BY id"):
                if row["kind"] in kinds and row["op"] in {op, ""}:
                    store.run("UPDATE fault SET times = times - 1 WHERE id = ?", row["id"])
                    return row
        return None

    def api(self, courier: str, op: str, form: dict[str, str]) -> dict[str, Any]:
        account = self.accounts.get(courier)
        if not account:
            raise Refusal("404", f"no courier {courier}")
        text = form.get("param", "")
        sign = hashlib.md5((text + account["key"] + account["customer"]).encode()).hexdigest().upper()  # noqa: S324
        if form.get("customer") != account["customer"] or form.get("sign") != sign:
            raise Refusal("503", "the signature is wrong")
        fault = self.fault(*API_FAULTS, op=op) or {"kind": ""}
        if fault["kind"] == "error":
            raise RuntimeError("planted")
        param = json.loads(text)
        if fault["kind"] == "forget":
            return self.depot.create(courier, param, forgetful=True)
        data = self._answer(courier, op, param)
        if fault["kind"] == "exists":
            raise Refusal("8016", f"{data.get('reference')} exists")
        if fault["kind"] == "cancelled":
            self.depot.store.run("UPDATE parcel SET state = 'cancelled' WHERE waybill = ?", data["waybill"])
            data["state"] = "cancelled"
        if fault["kind"] == "cut":
            raise Cut
        if fault["kind"] == "delay":
            time.sleep(fault["seconds"])
        if fault["kind"] == "error_after":
            raise RuntimeError("planted")
        return data

    def _answer(self, courier: str, op: str, param: dict[str, Any]) -> dict[str, Any]:
        depot = self.depot
        match op:
            case "create":
                return depot.create(courier, param)
            case "find":
                return depot.find(courier, param["reference"])
            case "void":
                return depot.void(courier, param["waybill"])
            case "label":
                return depot.label(courier, param["waybill"])
            case "hand_over":
                return depot.hand_over(courier, param["manifest"], param["waybills"])
            case "track":
                return pushes.history(depot, param["num"], courier)
            case "statement":
                return _file(depot, "statement", "period", courier, param["period"])
            case "remittance":
                return _file(depot, "remittance", "paid_on", courier, param["paid_on"])
        raise Refusal("404", f"no call {op}")

    def control(self, verb: str, asked: dict[str, Any]) -> Any:
        depot, store = self.depot, self.depot.store
        match verb:
            case "books":
                return books.read(depot)
            case "accounts":
                return self.accounts
            case "contracts":
                return depot.contracts
            case "advance":
                hours = float(asked.get("hours") or 0) + 24 * float(asked.get("days") or 0)
                return {"happened": depot.advance(hours), "clock": store.get("clock")}
            case "clock":
                happened = depot.move_to(datetime.fromisoformat(asked["at"]))
                return {"happened": happened, "clock": store.get("clock")}
            case "plan":
                for entry in asked["parcels"]:
                    for column in ("fate", "weight_g"):
                        if entry.get(column):
                            self._plan(entry["waybill"], column, entry[column])
                return {}
            case "collect":
                salts = {courier: account["salt"] for courier, account in self.accounts.items()}
                return pushes.collect(depot, salts)
            case "collected":
                return {"left": pushes.drop(depot, int(asked["upto"]))}
            case "set":
                if asked.get("state"):
                    depot.set_state(asked["waybill"], asked["state"])
                for column in ("fate", "weight_g"):
                    if asked.get(column):
                        self._plan(asked["waybill"], column, asked[column])
                return depot.parcel(asked["waybill"])
            case "notify":
                store.put("notify", asked["url"])
                return {}
            case "push":
                salts = {courier: account["salt"] for courier, account in self.accounts.items()}
                return pushes.flush(depot, salts, self.fault)
            case "fault":
                if asked["kind"] not in API_FAULTS + PUSH_FAULTS:
                    raise Refusal("400", f"kinds are {', '.join(API_FAULTS + PUSH_FAULTS)}")
                store.run(
                    "INSERT INTO fault (op, kind, seconds, times) VALUES (?, ?, ?, ?)",
                    asked.get("op", ""), asked["kind"], asked.get("seconds", 0), asked.get("times", 1),
                )  # fmt: skip
                return {}
            case "statement":
                return billing.make_statement(
                    depot, asked["courier"], asked["period"], asked.get("plant") or {}
                )
            case "remit":
                return remittances.pay_out(
                    depot,
                    asked["courier"],
                    most=asked.get("most"),
                    short=asked.get("short") or {},
                    net_statement=asked.get("net_statement"),
                )
        raise Refusal("404", f"no control {verb}")

    def _plan(self, waybill: str, column: str, value: Any) -> None:
        """What will happen to a parcel, or what the courier's own scale says before the hand-over."""
        with self.depot.store.turn():
            parcel = self.depot.parcel(waybill)
            if column == "fate" and value not in FATES:
                raise Refusal("400", f"fates are {', '.join(FATES)}")
            if parcel["state"] != "created" and (column == "weight_g" or parcel["step"]):
                raise Refusal("409", f"{waybill} is {parcel['state']}: too late to change its {column}")
            if column == "fate":
                self.depot.store.run("UPDATE parcel SET fate = ? WHERE waybill = ?", value, waybill)
            else:
                self.depot.store.run("UPDATE parcel SET weight_g = ? WHERE waybill = ?", int(value), waybill)


def _file(depot: Depot, table: str, column: str, courier: str, value: str) -> dict[str, Any]:
    sql = {
        "statement": "SELECT number, content FROM statement WHERE courier = ? AND period = ?",
        "remittance": "SELECT number, content FROM remittance WHERE courier = ? AND paid_on = ?",
    }[table]
    found = depot.store.row(sql, courier, value)
    if not found:
        raise Refusal("404", f"no {table} for {column} {value}")
    return {"name": f"{found['number']}.xlsx", "content": base64.b64encode(found["content"]).decode()}


def _account(keys: Path, courier: str) -> dict[str, str]:
    """The secrets of one contract, made at the first start and kept in the keys folder."""
    path = keys / f"courier-{courier}.json"
    if not path.exists():
        keys.mkdir(parents=True, exist_ok=True)
        made = {"courier": courier, "customer": secrets.token_hex(8), "key": secrets.token_hex(16)}
        path.touch(mode=0o600)
        path.write_text(json.dumps({**made, "salt": secrets.token_hex(16)}))
    return dict(json.loads(path.read_text()))


def make_server(exchange: Exchange, host: str, port: int) -> ThreadingHTTPServer:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _serve(self, raw: bytes) -> None:
            url = urlsplit(self.path)
            parts = [part for part in url.path.split("/") if part]
            try:
                if parts[:1] == ["api"] and len(parts) == 3:
                    form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
                    data = exchange.api(parts[1], parts[2], form)
                elif parts[:1] == ["control"] and len(parts) == 2:
                    asked = dict(parse_qsl(url.query)) | (json.loads(raw) if raw else {})
                    data = exchange.control(parts[1], asked)
                else:
                    raise Refusal("404", "no such door")
                self._reply(200, {"result": True, "returnCode": "200", "data": data})
            except Refusal as refusal:
                self._reply(200, {"result": False, "returnCode": refusal.code, "message": refusal.message})
            except Cut:
                self.close_connection = True
            except RuntimeError:
                self._reply(502, {"result": False})
            except (ValueError, KeyError, TypeError) as error:
                self._reply(200, {"result": False, "returnCode": "400", "message": repr(error)})

        def _reply(self, status: int, answer: dict[str, Any]) -> None:
            text = json.dumps(answer, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Quiet: the books are the log."""

    server = ThreadingHTTPServer((host, port), Door)
    server.daemon_threads = True
    return server
