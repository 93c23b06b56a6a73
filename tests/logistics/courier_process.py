"""A courier simulator as a real process, and our side of its parcels, for tests."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import date
from decimal import Decimal as D
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from logistics.gateways.base import Place, WaybillRequest, no_guard
from logistics.gateways.simulated import SimulatedCourier
from logistics.gateways.simulator.control import Control
from logistics.rules.rate_cards import CodTariff, Extras, RateCard, RateLine, Service, StepPrice

ROOT = Path(__file__).resolve().parents[2]
HERE = Place("仓库", "02155550000", "上海市", "上海市", "青浦区", "一号路 1 号")


class Simulator:
    """Starts, stops and kills one process; its store and keys outlive it."""

    def __init__(self, folder, *options, contracts=None, clock="2026-03-01T09:00"):
        self.folder, self.options = Path(folder), options
        self.contracts = contracts
        self.clock = clock
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "logistics.gateways.simulator", "--port", "0",
                "--store", str(self.folder / "couriers.sqlite"), "--keys", str(self.folder / "keys"),
                "--clock", self.clock, *self.options,
                *(["--contracts", str(self.contracts)] if self.contracts else []),
            ],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        self.url = self.process.stdout.readline().split()[-1]
        self.control = Control(self.url)
        return self

    def gateway(self, courier, guard=no_guard, **more):
        return SimulatedCourier(self.url, self.control.account(courier), guard=guard, **more)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait()
        self.process.stdout.close()
        return code


class Bodies(list):
    """What was sent, and to which paths."""

    def __init__(self):
        super().__init__()
        self.paths = set()


@contextmanager
def listener():
    """A notify URL that keeps every body it is sent and answers success."""
    bodies = Bodies()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.paths.add(self.path)
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer = b'{"result": true, "returnCode": "200"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def a_request(reference, province="浙江省", weight_g=1200, cod="0.00", **more):
    receiver = Place("王芳", "13800000000", province)
    return WaybillRequest(reference, HERE, receiver, weight_g, cod_amount=D(cod), **more)


def our_card(contract, courier):
    """Our rate card of the prices that were agreed with this courier."""
    cod = contract["cod"]
    at_hand_over = Extras(
        fuel_pct=D(contract.get("fuel_pct", "0")),
        waybill_fee=D(contract.get("waybill_fee", "0")),
        insurance_pct=D(contract.get("insurance_pct", "0")),
        insurance_minimum=D(contract.get("insurance_min", "0")),
        cod=CodTariff(D(cod["rate_pct"]), D(cod["min"]), D(cod["max"])),
    )
    lines = []
    for service in Service:
        for zone, (first_g, first_fee, step_g, step_fee) in contract[service].items():
            price = StepPrice(first_g, D(first_fee), step_g, D(step_fee))
            lines.append(RateLine("", service, zone, price, date(2026, 1, 1), extras=at_hand_over))
    return RateCard(courier, lines)
