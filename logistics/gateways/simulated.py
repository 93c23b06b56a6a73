"""The courier simulator as a gateway, over real HTTP: what the demo and the tests ship with."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import requests

from logistics.gateways import kuaidi100
from logistics.gateways.base import (
    Cancelled,
    Guard,
    HandedOver,
    Issued,
    LabelData,
    NotFound,
    Refused,
    StatementFile,
    Timeouts,
    Tracked,
    Unknown,
    Voided,
    WaybillRequest,
)


@dataclass(frozen=True)
class Account:
    """Our contract with one courier: who we are, the key of our calls, the salt of its pushes."""

    courier: str
    customer: str
    key: str
    salt: str


class SimulatedCourier:
    """A `CourierGateway`. Every call runs `guard` first and ends in a typed answer."""

    def __init__(
        self, base_url: str, account: Account, *, guard: Guard, timeouts: Timeouts | None = None
    ) -> None:
        self.code = account.courier
        self._base = base_url.rstrip("/")
        self._account = account
        self._guard = guard
        self._timeouts = timeouts or Timeouts()

    def create_waybill(self, request: WaybillRequest) -> Issued | Cancelled | Refused | Unknown:
        asked = {key: value for key, value in asdict(request).items() if value is not None}
        answer = self._call("create", json.loads(json.dumps(asked, default=str)))
        return _issued(answer) if isinstance(answer, dict) else answer

    def find_by_reference(self, reference: str) -> Issued | Cancelled | NotFound | Unknown:
        answer = self._call("find", {"reference": reference})
        if isinstance(answer, Refused):
            return NotFound(reference) if answer.code == "404" else Unknown(answer.message)
        return _issued(answer) if isinstance(answer, dict) else answer

    def void_waybill(self, waybill: str) -> Voided | Refused | Unknown:
        answer = self._call("void", {"waybill": waybill})
        return Voided(waybill) if isinstance(answer, dict) else answer

    def label_data(self, waybill: str) -> LabelData | Refused | Unknown:
        answer = self._call("label", {"waybill": waybill})
        if not isinstance(answer, dict):
            return answer
        return LabelData(waybill, answer["sorting_code"], answer["bag_place"], Decimal(answer["cod"]))

    def hand_over(self, manifest: str, waybills: Sequence[str]) -> HandedOver | Refused | Unknown:
        answer = self._call("hand_over", {"manifest": manifest, "waybills": list(waybills)})
        if not isinstance(answer, dict):
            return answer
        return HandedOver(manifest, tuple(answer["accepted"]), answer["refused"])

    def track(self, waybill: str) -> Tracked | Refused | Unknown:
        answer = self._call("track", {"num": waybill})
        return kuaidi100.read_result(answer) if isinstance(answer, dict) else answer

    def parse_push(self, raw: bytes) -> Tracked:
        return kuaidi100.parse_push(raw, self._account.salt)

    def fetch_statement(self, period: str) -> StatementFile | Refused | Unknown:
        return _file(self._call("statement", {"period": period}))

    def fetch_remittance(self, paid_on: date) -> StatementFile | Refused | Unknown:
        return _file(self._call("remittance", {"paid_on": paid_on.isoformat()}))

    def _call(self, op: str, param: dict[str, Any]) -> dict[str, Any] | Refused | Unknown:
        self._guard()
        text = json.dumps(param, ensure_ascii=False)
        sign = kuaidi100.query_sign(text, self._account.key, self._account.customer)
        form = {"param": text, "customer": self._account.customer, "sign": sign}
        try:
            response = requests.post(
                f"{self._base}/api/{self.code}/{op}",
                data=form,
                timeout=(self._timeouts.connect, self._timeouts.read),
            )
            if response.status_code >= 500:
                return Unknown(f"{op}: the courier answered {response.status_code}")
            answer = response.json()
            if answer["result"]:
                return dict(answer["data"])
            return Refused(str(answer["returnCode"]), str(answer["message"]))
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            return Unknown(f"{op}: {type(error).__name__}")


def _issued(answer: dict[str, Any]) -> Issued | Cancelled | Unknown:
    """The answer is checked for the state of its own shipment, whatever its return code says."""
    if answer.get("state") == "cancelled":
        return Cancelled(answer["reference"], answer["waybill"])
    if not answer.get("waybill"):
        return Unknown("the answer has no waybill")
    return Issued(
        answer["reference"],
        answer["waybill"],
        tuple(answer.get("children") or ()),
        bool(answer.get("existed")),
        answer.get("zone") or "",
    )


def _file(answer: dict[str, Any] | Refused | Unknown) -> StatementFile | Refused | Unknown:
    if not isinstance(answer, dict):
        return answer
    return StatementFile(answer["name"], base64.b64decode(answer["content"]))
