"""A real provider simulator, a real gateway towards it, and a small shop that hears its notifications."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from finance.gateways.alipay import AlipayGateway, AlipaySettings
from finance.gateways.base import PaymentRequest, PayPage
from finance.gateways.rsa2 import private_pem, public_pem
from finance.gateways.simulator.remote import RunningSimulator, SimulatorRemote, merchant_settings

_numbers = count(1)


@contextmanager
def a_simulator(folder: Path, *options: str, notify: str = "manual") -> Iterator[RunningSimulator]:
    """A provider process on a free port; notices only go out when the test says so."""
    with RunningSimulator(folder / "provider.sqlite", options=["--notify", notify, *options]) as running:
        yield running


def its_settings(remote: SimulatorRemote, *, notify_url: str = "", **timeouts: float) -> AlipaySettings:
    return merchant_settings(
        remote.keys, notify_url=notify_url, return_url="http://shop.test/back", **timeouts
    )


def a_gateway(remote: SimulatorRemote, *, notify_url: str = "", **timeouts: float) -> AlipayGateway:
    return AlipayGateway(
        its_settings(remote, notify_url=notify_url, **timeouts),
        now=lambda: datetime.now(UTC),
        inside_transaction=lambda: False,
    )


def a_payment(amount: str = "128.00", **changes: object) -> PaymentRequest:
    """An attempt with a number that no other test uses."""
    given = {
        "merchant_ref": f"P{next(_numbers):06d}",
        "amount": Decimal(amount),
        "subject": "桌上加湿器, 白",
        "expires_at": datetime.now(UTC) + timedelta(minutes=30),
    }
    return PaymentRequest(**(given | changes))


def pay_page(gateway: AlipayGateway, request: PaymentRequest) -> str:
    page = gateway.create(request)
    assert isinstance(page, PayPage)
    return page.url


@dataclass
class Shop:
    """Hears notifications and answers them as told."""

    answer: Callable[[bytes], bytes] = lambda body: b"success"
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    arrived: threading.Condition = field(default_factory=threading.Condition)


@contextmanager
def a_shop() -> Iterator[Shop]:
    shop = Shop()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = shop.answer(body)
            with shop.arrived:
                shop.heard.append(("POST", dict(self.headers), body))
                shop.arrived.notify_all()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    class Shopfront(ThreadingHTTPServer):
        request_queue_size = 128  # sixteen lines at once are more than its five

    with Shopfront(("127.0.0.1", 0), Door) as server:
        shop.url = f"http://127.0.0.1:{server.server_port}/notify"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield shop
        finally:
            server.shutdown()
            thread.join()


def write_keys(folder: Path) -> None:
    """What a merchant's folder holds, without any provider behind it."""
    key = rsa.generate_private_key(65537, 2048)
    (folder / "merchant_private.pem").write_text(private_pem(key))
    (folder / "provider_public_k1.pem").write_text(public_pem(key.public_key()))
