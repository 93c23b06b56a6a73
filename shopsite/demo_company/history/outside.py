"""The world outside: the payment provider and the couriers, processes with books of their own.

Those that run already (`make demo` starts them) are used; else they are started here and end with us.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import requests
from django.conf import settings
from django.db import connection, transaction

from core import clock
from core.models import JobProgress
from finance.gateways.simulator.remote import RunningSimulator, SimulatorRemote
from logistics.gateways.base import HandedOver
from logistics.gateways.simulator.control import Control
from logistics.models import Courier
from logistics.services.accounts import gateway_of
from shopsite.demo_company import HISTORY
from shopsite.embedded.children import start_child

PATIENCE = 30.0


@dataclass(frozen=True)
class World:
    provider: SimulatorRemote
    couriers: Control

    def move_to(self, at: datetime) -> None:
        """The clocks of all of them; one that is ahead, because we were interrupted, stays."""
        self.provider.stop_clock(at)
        self.couriers.move_clock(at)


def load_van(courier: Courier, manifest: str, waybills: list[str]) -> None:
    """The driver scans a manifest; a manifest scanned before is answered as before."""
    answer = gateway_of(courier).hand_over(manifest, waybills)
    if not isinstance(answer, HandedOver):
        raise RuntimeError(f"{courier.code} did not take {manifest}: {answer}")


def write_through() -> None:
    """What the world is told next must be on our disk first: it will not forget it when we do.

    The history is written without waiting for the disk; a commit that waits takes all earlier ones along.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO on")
        JobProgress.objects.filter(job__kind=HISTORY).update(heartbeat=clock.machine_now())


@contextmanager
def the_world() -> Iterator[World]:
    """The simulators, running, with our settings pointing at them.

    The provider's clock goes on by itself only when the block has come to its end: where that was
    interrupted, shoppers of the past still have to pay in time.
    """
    with _provider() as provider, _couriers() as couriers:
        yield World(provider, couriers)
        with suppress(requests.RequestException):
            provider.run_clock()


@contextmanager
def _provider() -> Iterator[SimulatorRemote]:
    keys = Path(settings.ALIPAY["keys_dir"])
    if remote := _running_provider(keys):
        yield remote
        return
    store = settings.VAR_DIR / "simulators" / "provider.sqlite"
    store.parent.mkdir(parents=True, exist_ok=True)
    with RunningSimulator(store, keys=keys, options=["--notify", "manual"]) as running:
        yield running.remote
        if running.process.stdin:  # it ends with its input
            running.process.stdin.close()
            running.process.wait(PATIENCE)


def _running_provider(keys: Path) -> SimulatorRemote | None:
    until = time.monotonic() + (PATIENCE if "ALIPAY_GATEWAY_URL" in os.environ else 0)
    while True:
        with suppress(OSError, ValueError, KeyError, requests.RequestException):
            url = json.loads((keys / "account.json").read_text())["gateway_url"].removesuffix("/gateway.do")
            if os.environ.get("ALIPAY_GATEWAY_URL", url).startswith(url):
                remote = SimulatorRemote(url, keys)
                remote.books("none")
                return remote
        if time.monotonic() > until:
            return None
        time.sleep(0.2)


@contextmanager
def _couriers() -> Iterator[Control]:
    if "COURIER_GATEWAY_URL" in os.environ:
        control = Control(settings.COURIER_GATEWAY_URL)
        _await(control)
        yield control
        return
    store = settings.VAR_DIR / "simulators" / "courier.sqlite"
    command = [sys.executable, "-m", "logistics.gateways.simulator", "--port", "0"]
    process = start_child(
        [*command, "--store", str(store), "--keys", settings.COURIER_KEYS_DIR],
        death_signal=signal.SIGTERM,
        stdout=subprocess.PIPE,
        cwd=settings.BASE_DIR,
    )
    try:
        line = process.stdout.readline().decode() if process.stdout else ""
        settings.COURIER_GATEWAY_URL = line.split()[-1]
        yield Control(settings.COURIER_GATEWAY_URL)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        if process.stdout:
            process.stdout.close()


def _await(control: Control) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            control.contracts()
            return
        except requests.RequestException:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
