"""The life of a parcel at the courier: issued, voided, taken over, moved, delivered or brought back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import heapify, heappop, heappush
from typing import Any

from logistics.gateways.simulator import contracts
from logistics.gateways.simulator.store import BEIJING, Store

# hours after the hand-over, code, state, what the courier writes
FATES: dict[str, list[tuple[int, str, str, str]]] = {
    "deliver": [
        (8, "0", "in_transit", "快件已离开转运中心"),
        (24, "1001", "in_transit", "快件到达目的城市"),
        (30, "5", "out_for_delivery", "快递员正在派件"),
        (34, "301", "delivered", "快件已由本人签收"),
    ],
    "refuse": [
        (8, "0", "in_transit", "快件已离开转运中心"),
        (30, "5", "out_for_delivery", "快递员正在派件"),
        (34, "203", "refused", "收件人拒收"),
        (40, "6", "returning", "快件退回中"),
        (90, "4", "returned", "退回件已由寄件人签收"),
    ],
    "lose": [
        (8, "0", "in_transit", "快件已离开转运中心"),
        (240, "202", "lost", "快件长时间无更新"),
    ],
}
CODES = {state: (code, text) for fate in FATES.values() for _, code, state, text in fate}
NAMES = {"1": "揽收", "0": "在途", "5": "派件", "3": "签收", "2": "疑难", "6": "退回", "4": "退签"}


class Refusal(Exception):
    """What the courier answers instead of data."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class Depot:
    """All couriers of this process, over one store."""

    store: Store
    contracts: dict[str, dict[str, Any]]

    def parcel(self, waybill: str, courier: str | None = None) -> dict[str, Any]:
        found = self.store.row("SELECT * FROM parcel WHERE waybill = ?", waybill)
        if not found or (courier and found["courier"] != courier):
            raise Refusal("404", f"no waybill {waybill}")
        return found

    def create(self, courier: str, asked: dict[str, Any], *, forgetful: bool = False) -> dict[str, Any]:
        """A new waybill, or the one that this reference already has; a forgetful courier sells another."""
        reference = str(asked.get("reference") or "")
        if not reference:
            raise Refusal("400", "no reference")
        if int(asked.get("weight_g") or 0) <= 0:
            raise Refusal("400", "no weight")
        with self.store.turn():
            known = self._by_reference(courier, reference)
            if known and not forgetful:
                return {**self._answer(known), "existed": True}
            province = asked["receiver"]["province"]
            waybill = self._new_number(courier)
            pieces = int(asked.get("pieces") or 1)
            children = [f"{waybill}{piece:03}" for piece in range(1, pieces)]
            self._insert(courier, waybill, reference, "forward", province, asked, children)
            return self._answer(self.parcel(waybill))

    def find(self, courier: str, reference: str) -> dict[str, Any]:
        known = self._by_reference(courier, reference)
        if not known:
            raise Refusal("404", f"nothing under {reference}")
        return {**self._answer(known), "existed": True}

    def void(self, courier: str, waybill: str) -> dict[str, Any]:
        with self.store.turn():
            parcel = self.parcel(waybill, courier)
            if parcel["state"] not in {"created", "cancelled"}:
                raise Refusal("409", f"{waybill} is {parcel['state']} and can't be voided")
            self.store.run("UPDATE parcel SET state = 'cancelled' WHERE waybill = ?", waybill)
        return {"waybill": waybill}

    def label(self, courier: str, waybill: str) -> dict[str, Any]:
        parcel = self.parcel(waybill, courier)
        if parcel["state"] == "cancelled":
            raise Refusal("409", f"{waybill} is void")
        place = f"{parcel['zone']}{sum(map(ord, parcel['province'])) % 900 + 100}"
        return {
            "sorting_code": f"{place}-{waybill[-2:]}",
            "bag_place": parcel["province"],
            "cod": parcel["cod"],
        }

    def hand_over(self, courier: str, manifest: str, waybills: list[str]) -> dict[str, Any]:
        """The driver's scan. A manifest scanned again answers what it answered first."""
        with self.store.turn():
            known = self.store.row(
                "SELECT answer FROM manifest WHERE courier = ? AND number = ?", courier, manifest
            )
            if known:
                return dict(json.loads(known["answer"]))
            accepted, refused = [], {}
            for waybill in dict.fromkeys(waybills):
                try:
                    parcel = self.parcel(waybill, courier)
                except Refusal as refusal:
                    refused[waybill] = refusal.message
                    continue
                if parcel["state"] != "created":
                    refused[waybill] = parcel["state"]
                    continue
                self.take(parcel, manifest)
                accepted.append(waybill)
            answer = {"accepted": accepted, "refused": refused}
            self.store.run(
                "INSERT INTO manifest (courier, number, answer) VALUES (?, ?, ?)",
                courier, manifest, json.dumps(answer),
            )  # fmt: skip
        return answer

    def take(self, parcel: dict[str, Any], manifest: str | None) -> None:
        now = self.store.now().isoformat()
        self.store.run(
            "UPDATE parcel SET state = 'collected', taken_at = ?, manifest = ? WHERE waybill = ?",
            now, manifest, parcel["waybill"],
        )  # fmt: skip
        self._event(parcel["waybill"], "103", "快件已揽收", self.store.now())
        contract = self.contracts[parcel["courier"]]
        price = contracts.freight(contract, parcel["service"], parcel["zone"], parcel["weight_g"])
        self._charge(parcel["waybill"], "freight", contract["product"], price)
        for item, amount in contracts.services(contract, price, Decimal(parcel["declared"])).items():
            self._charge(parcel["waybill"], "surcharge", item, amount)

    def advance(self, hours: float) -> int:
        """Move the clock and let everything happen that is due by then, in its own order."""
        with self.store.turn():
            until = self.store.now() + timedelta(hours=hours)
            happened = 0
            due = self._due(until)
            heapify(due)
            while due:
                at, waybill = heappop(due)
                self.store.put("clock", at.isoformat())
                parcel = self.parcel(waybill)
                _, code, state, text = FATES[parcel["fate"]][parcel["step"]]
                self._move(parcel, state, code, text)
                self.store.run("UPDATE parcel SET step = step + 1 WHERE waybill = ?", waybill)
                for following in self._next({**parcel, "step": parcel["step"] + 1}, until):
                    heappush(due, following)
                happened += 1
            self.store.put("clock", until.isoformat())
        return happened

    def move_to(self, at: datetime) -> int:
        """Move the clock forward to an instant; before the first parcel it may be set anywhere."""
        with self.store.turn():
            if not self.store.row("SELECT 1 FROM parcel LIMIT 1"):
                self.store.put("clock", at.astimezone(BEIJING).isoformat())
                return 0
            hours = (at - self.store.now()).total_seconds() / 3600
            return self.advance(hours) if hours > 0 else 0

    def set_state(self, waybill: str, state: str) -> None:
        """Force what happens to a parcel now; its own plan ends there."""
        if state not in CODES:
            raise Refusal("400", f"state is one of {', '.join(CODES)}")
        with self.store.turn():
            parcel = self.parcel(waybill)
            if parcel["state"] in {"created", "cancelled"}:
                raise Refusal("409", f"{waybill} is {parcel['state']}: hand it over first")
            self._move(parcel, state, *CODES[state])
            self.store.run("UPDATE parcel SET step = 99 WHERE waybill = ?", waybill)

    def _due(self, until: datetime) -> list[tuple[datetime, str]]:
        rows = self.store.rows(
            "SELECT waybill, fate, step, taken_at FROM parcel "
            "WHERE taken_at IS NOT NULL AND step < 90 AND service = 'forward'"
        )
        return [found for parcel in rows for found in self._next(parcel, until)]

    def _next(self, parcel: dict[str, Any], until: datetime) -> list[tuple[datetime, str]]:
        """The next thing that happens to a parcel, if it is due by then."""
        steps = FATES[parcel["fate"]]
        if parcel["step"] >= len(steps):
            return []
        at = datetime.fromisoformat(parcel["taken_at"]) + timedelta(hours=steps[parcel["step"]][0])
        return [(max(at, self.store.now()), parcel["waybill"])] if at <= until else []

    def _move(self, parcel: dict[str, Any], state: str, code: str, text: str) -> None:
        waybill, now = parcel["waybill"], self.store.now()
        if state == "delivered" and parcel["service"] == "forward" and not parcel["delivered_at"]:
            self._deliver(parcel)
        if state == "returning" and not parcel["return_waybill"]:
            text = f"{text}, 新单号 {self._return(parcel)}"
        self.store.run("UPDATE parcel SET state = ? WHERE waybill = ?", state, waybill)
        self._event(waybill, code, text, now)
        if state == "returned":
            self.store.run("UPDATE parcel SET state = 'delivered' WHERE forward_waybill = ?", waybill)

    def _deliver(self, parcel: dict[str, Any]) -> None:
        self.store.run(
            "UPDATE parcel SET delivered_at = ?, collected = cod WHERE waybill = ?",
            self.store.now().isoformat(), parcel["waybill"],
        )  # fmt: skip
        cash = Decimal(parcel["cod"])
        if cash:
            contract = self.contracts[parcel["courier"]]
            self._charge(parcel["waybill"], "cod", "代收货款", cash)
            self._charge(
                parcel["waybill"], "cod_fee", "代收货款服务费", contracts.collecting_fee(contract, cash)
            )

    def _return(self, parcel: dict[str, Any]) -> str:
        """A return is a shipment of its own, at the return price (ANCHORS 3.15)."""
        number = self._new_number(parcel["courier"])
        asked = {"weight_g": parcel["weight_g"]}
        self._insert(
            parcel["courier"],
            number,
            f"return of {parcel['waybill']}",
            "return",
            parcel["province"],
            asked,
            [],
        )
        self.store.run("UPDATE parcel SET forward_waybill = ? WHERE waybill = ?", parcel["waybill"], number)
        self.store.run("UPDATE parcel SET return_waybill = ? WHERE waybill = ?", number, parcel["waybill"])
        self.take(self.parcel(number), None)
        return number

    def _insert(
        self, courier: str, waybill: str, reference: str, service: str, province: str,
        asked: dict[str, Any], children: list[str],
    ) -> None:  # fmt: skip
        self.store.run(
            "INSERT INTO parcel (waybill, courier, reference, service, children, province, zone, weight_g,"
            " declared, cod, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'created', ?)",
            waybill, courier, reference, service, json.dumps(children), province,
            contracts.zone_of(self.contracts[courier], province), int(asked["weight_g"]),
            str(Decimal(asked.get("declared_value") or "0.00")),
            str(Decimal(asked.get("cod_amount") or "0.00")),
            self.store.now().isoformat(),
        )  # fmt: skip

    def _by_reference(self, courier: str, reference: str) -> dict[str, Any] | None:
        return self.store.row(
            "SELECT * FROM parcel WHERE courier = ? AND reference = ? ORDER BY rowid", courier, reference
        )

    def _new_number(self, courier: str) -> str:
        serial = 1_020_000_000_000 + self.store.next_number(f"number {courier}") * 37
        return f"{self.contracts[courier]['prefix']}{serial:013}"

    def _answer(self, parcel: dict[str, Any]) -> dict[str, Any]:
        kept = {key: parcel[key] for key in ("reference", "waybill", "zone", "state")}
        return {**kept, "children": json.loads(parcel["children"])}

    def _charge(self, waybill: str, kind: str, item: str, amount: Decimal) -> None:
        self.store.run(
            "INSERT INTO charge (waybill, kind, item, amount, at) VALUES (?, ?, ?, ?, ?)",
            waybill, kind, item, f"{amount:.2f}", self.store.now().isoformat(),
        )  # fmt: skip

    def _event(self, waybill: str, code: str, text: str, at: datetime) -> None:
        parcel = self.parcel(waybill)
        status = NAMES["0" if code.startswith("100") else code[0]]
        self.store.run(
            "INSERT INTO event (waybill, at, code, status, text, place) VALUES (?, ?, ?, ?, ?, ?)",
            waybill, at.isoformat(), code, status, text, parcel["province"],
        )  # fmt: skip
        self.store.run("INSERT INTO push (waybill, event) VALUES (?, last_insert_rowid())", waybill)
