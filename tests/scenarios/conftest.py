"""The outside world of the stories: a payment provider and a courier, each a process with its own books."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core import clock
from finance.gateways.simulator.remote import SimulatorRemote
from logistics.gateways.base import StatementFile
from logistics.gateways.simulator.control import Control
from tests.finance.simulators import a_simulator
from tests.logistics.courier_process import Simulator

# The prices that tests/scenarios/company.py agrees with its courier.
CONTRACT = {
    "sf": {
        "name": "SF",
        "com": "shunfeng",
        "prefix": "SF",
        "layout": "items",
        "product": "标准快递",
        "zones": {"江西": "1"},
        "forward": {"1": [1000, "8.00", 1000, "3.50"]},
        "return": {"1": [1000, "8.00", 1000, "3.50"]},
        "cod": {"rate_pct": "1.0", "min": "2.00", "max": "500.00"},
        "cod_fee_in": "statement",
    }
}


@dataclass(frozen=True)
class Couriers:
    """The courier simulator's control, and its side of the counter."""

    control: Control
    keys: Path

    def collect(self, waybills: list[str], manifest: str = "M1") -> None:
        """The driver comes, scans the manifest and takes the parcels."""
        from logistics.models import Courier
        from logistics.services.accounts import gateway_of

        taken = gateway_of(Courier.objects.get(code="sf")).hand_over(manifest, waybills)
        assert set(taken.accepted) == set(waybills)

    def books(self, waybill: str) -> dict:
        return self.control.books()["parcels"][waybill]

    def bill(self, courier, plant: dict[str, int] | None = None) -> tuple[dict, StatementFile]:
        """The courier bills everything until today: its plan, and the workbook that it sends."""
        from logistics.services.accounts import gateway_of

        month = self.control.books()["clock"][:7]
        made = self.control.make_statement(courier.code, month, plant)
        return made, gateway_of(courier).fetch_statement(month)

    def pay_out(self, courier, **options) -> tuple[dict, StatementFile]:
        """The courier pays out collected cash: what it says, and its advice."""
        from logistics.services.accounts import gateway_of

        made = self.control.remit(courier.code, **options)
        return made, gateway_of(courier).fetch_remittance(date.fromisoformat(made["paid_on"]))


@pytest.fixture
def provider(tmp_path, settings, live_server) -> Iterator[SimulatorRemote]:
    """The payment provider; its notices come to our own door over HTTP.

    Every story has a provider of its own: order numbers begin anew with each test, and a provider that
    remembers the last one would say that an order is paid which nobody has paid.
    """
    with a_simulator(tmp_path) as running:
        settings.ALIPAY = settings.ALIPAY | {"keys_dir": str(running.remote.keys)}
        settings.SITE_URL = live_server.url
        yield running.remote


@pytest.fixture
def couriers(tmp_path, settings) -> Iterator[Couriers]:
    contracts = tmp_path / "contracts.json"
    contracts.write_text(json.dumps(CONTRACT))
    beijing = clock.now().astimezone(ZoneInfo("Asia/Shanghai"))
    running = Simulator(tmp_path, contracts=contracts, clock=f"{beijing:%Y-%m-%dT%H:%M}").start()
    settings.COURIER_GATEWAY_URL = running.url
    settings.COURIER_KEYS_DIR = str(tmp_path / "keys")
    yield Couriers(running.control, tmp_path / "keys")
    running.end()
