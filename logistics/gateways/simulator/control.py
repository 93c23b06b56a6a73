"""The hand of tests and demo on a running simulator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import requests

from logistics.gateways.simulated import Account


class ControlError(RuntimeError):
    """The simulator refused; its own words."""


class Control:
    """One method per control call; each returns the simulator's answer."""

    def __init__(self, base_url: str, timeout: float = 60.0) -> None:
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout

    def books(self) -> dict[str, Any]:
        return dict(self._do("books"))

    def contracts(self) -> dict[str, Any]:
        return dict(self._do("contracts"))

    def account(self, courier: str) -> Account:
        return Account(**self._do("accounts")[courier])

    def advance(self, *, days: float = 0, hours: float = 0) -> dict[str, Any]:
        return dict(self._do("advance", days=days, hours=hours))

    def move_clock(self, at: datetime) -> dict[str, Any]:
        """Forward to an instant; before the first parcel also back."""
        return dict(self._do("clock", at=at.isoformat()))

    def plan(self, parcels: list[dict[str, Any]]) -> None:
        """Fate and scale weight of many waybills at once."""
        self._do("plan", parcels=parcels)

    def collect(self) -> dict[str, Any]:
        """The waiting pushes with their signatures; they wait on until `collected`."""
        return dict(self._do("collect"))

    def collected(self, upto: int) -> None:
        self._do("collected", upto=upto)

    def set_state(self, waybill: str, state: str) -> dict[str, Any]:
        return dict(self._do("set", waybill=waybill, state=state))

    def set_fate(self, waybill: str, fate: str) -> dict[str, Any]:
        """deliver, refuse or lose."""
        return dict(self._do("set", waybill=waybill, fate=fate))

    def weigh(self, waybill: str, weight_g: int) -> dict[str, Any]:
        """What the courier's own scale will say at the hand-over."""
        return dict(self._do("set", waybill=waybill, weight_g=weight_g))

    def notify(self, url: str) -> None:
        self._do("notify", url=url)

    def push(self) -> dict[str, int]:
        """Send all waiting pushes now."""
        return dict(self._do("push"))

    def arm(self, kind: str, *, op: str = "", times: int = 1, seconds: float = 0) -> None:
        """Arm a fault; without `op` it hits the next calls of any kind."""
        self._do("fault", kind=kind, op=op, times=times, seconds=seconds)

    def make_statement(
        self, courier: str, period: str, plant: dict[str, int] | None = None
    ) -> dict[str, Any]:
        return dict(self._do("statement", courier=courier, period=period, plant=plant or {}))

    def remit(
        self,
        courier: str,
        *,
        most: int | None = None,
        short: dict[str, str] | None = None,
        net_statement: str | None = None,
    ) -> dict[str, Any]:
        return dict(self._do("remit", courier=courier, most=most, short=short, net_statement=net_statement))

    def _do(self, verb: str, **asked: Any) -> Any:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between us and our own simulator
            url = f"{self.base_url}/control/{verb}"
            answer = session.post(url, json=asked, timeout=self._timeout).json()
        if not answer["result"]:
            raise ControlError(answer.get("message") or "refused")
        return answer["data"]
