"""The hand on a simulator, for tests and the demo: start it, set its clock, make it fail, read its books."""

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import requests

from finance.gateways.alipay import AlipaySettings
from finance.gateways.simulator.account import ACCOUNT_FILE, MERCHANT_PRIVATE, TOKEN_FILE
from finance.gateways.simulator.forgeries import Message

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 30
DELIVERY_SECONDS = 600


class ControlRefused(Exception):
    """The provider said no to a control call; `code` is its own."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


def merchant_settings(keys: Path, *, notify_url: str, return_url: str, **timeouts: float) -> AlipaySettings:
    """What the shop needs to be this provider's merchant, from the folder that the simulator has written."""
    facts = json.loads((keys / ACCOUNT_FILE).read_text())
    return AlipaySettings(
        gateway_url=facts["gateway_url"],
        app_id=facts["app_id"],
        seller_id=facts["seller_id"],
        merchant_private_key=(keys / MERCHANT_PRIVATE).read_text(),
        provider_public_keys={
            key_id: (keys / f"provider_public_{key_id}.pem").read_text() for key_id in facts["provider_keys"]
        },
        notify_url=notify_url,
        return_url=return_url,
        **timeouts,
    )


@dataclass(frozen=True, slots=True)
class SimulatorRemote:
    """The control door of one simulator."""

    url: str
    keys: Path

    def books(self, out_trade_no: str = "") -> dict[str, Any]:
        """Trades, refunds, payouts and totals as the provider sees them: the oracle."""
        return self._do("books", out_trade_no=out_trade_no)

    def calls(self) -> list[dict[str, Any]]:
        return self._rows("calls")

    def notices(self) -> list[dict[str, Any]]:
        return self._rows("notices")

    def stop_clock(self, at: datetime) -> None:
        self._do("clock", at=at.isoformat())

    def advance_clock(self, seconds: float) -> None:
        self._do("clock", advance=seconds)

    def run_clock(self) -> None:
        self._do("clock", real=True)

    def fault(
        self, at: str, kind: str, *, times: int = 1, out_trade_no: str = "", argument: object = ""
    ) -> None:
        """Arm a fault; the list is in `simulator.faults`."""
        self._do("fault", at=at, kind=kind, times=times, out_trade_no=out_trade_no, argument=str(argument))

    def clear_faults(self) -> None:
        self._do("clear_faults")

    def release(self) -> None:
        """Let go of held calls and notices."""
        self._do("release")

    def deliver(
        self, out_trade_no: str = "", *, only_due: bool = False, newest_first: bool = False, lines: int = 1
    ) -> list[dict[str, Any]]:
        """Send pending notices now, over so many lines at once, and wait for the shop's answers."""
        return self._rows(
            "deliver", out_trade_no=out_trade_no, only_due=only_due, newest_first=newest_first, lines=lines
        )

    def send_again(self, out_trade_no: str) -> None:
        self._do("send_again", out_trade_no=out_trade_no)

    def pay(self, url: str) -> dict[str, Any]:
        """Open a pay page's link and pay, as the shopper does."""
        return self._do("pay", url=url)

    def pay_many(self, payers: Sequence[tuple[str, datetime]]) -> list[dict[str, Any]]:
        """Shoppers pay one after the other, each at his instant; what the provider said to each."""
        return self._rows("pay_many", payers=[{"url": url, "at": at.isoformat()} for url, at in payers])

    def collect(self) -> list[dict[str, Any]]:
        """The pending notices with their signatures; they stay pending until `collected`."""
        return self._rows("collect")

    def collected(self, notices: Sequence[int]) -> None:
        self._do("collected", notices=list(notices))

    def finish(self, out_trade_no: str) -> dict[str, Any]:
        """End the refund period of a trade."""
        return self._do("finish", out_trade_no=out_trade_no)

    def pay_out(
        self, reference: str, amount: Decimal | None = None, *, bank: str = "招商银行(1234)"
    ) -> dict[str, Any]:
        """Send an amount, or the whole balance, to the merchant's bank."""
        return self._do(
            "pay_out", reference=reference, bank=bank, **({} if amount is None else {"amount": str(amount)})
        )

    def forge(self, kind: str, out_trade_no: str) -> dict[str, Any]:
        """Send a forged notice; status and body of the shop's answer."""
        return self._do("forge", kind=kind, out_trade_no=out_trade_no)

    def forged(self, kind: str, out_trade_no: str) -> Message:
        """The same forged notice, not sent."""
        made = self._do("forge", kind=kind, out_trade_no=out_trade_no, send=False)
        return Message(made["method"], made["headers"], base64.b64decode(made["body"]))

    def new_key(self) -> str:
        return str(self._do("new_key")["key"])

    def sign_with(self, key_id: str) -> None:
        self._do("sign_with", key=key_id)

    def _do(self, action: str, **request: object) -> dict[str, Any]:
        return dict(self._ask(action, request))

    def _rows(self, action: str, **request: object) -> list[dict[str, Any]]:
        return list(self._ask(action, request))

    def _ask(self, action: str, request: dict[str, object]) -> Any:
        token = (self.keys / TOKEN_FILE).read_text().strip()
        with requests.Session() as session:
            session.trust_env = False
            response = session.post(
                f"{self.url}/control/{action}",
                json=request,
                headers={"X-Control-Token": token},
                timeout=DELIVERY_SECONDS if action == "deliver" else PATIENCE_SECONDS,
            )
        if response.status_code in (400, 409):
            raise ControlRefused(**response.json())
        response.raise_for_status()
        return response.json()


class RunningSimulator:
    """A simulator started by us. It ends with the block, and with our process however that ends."""

    def __init__(
        self, store: Path, *, keys: Path | None = None, port: int = 0, options: Sequence[str] = ()
    ) -> None:
        self.store = store
        self.keys = keys or store.with_suffix(".keys")
        command = [sys.executable, "-m", "finance.gateways.simulator", "--store", str(store)]
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, "--keys", str(self.keys), "--port", str(port), "--end-with-input", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        first = self.process.stdout.readline() if self.process.stdout else ""
        if not first:
            self.stop()
            raise RuntimeError("the provider simulator did not start; its message is on standard error")
        self.remote = SimulatorRemote(json.loads(first)["url"], self.keys)

    def kill(self) -> None:
        """As a power cut does it: no chance to tidy up."""
        self.process.kill()
        self._reap()

    def stop(self) -> None:
        self.process.terminate()
        self._reap()

    def _reap(self) -> None:
        self.process.wait(PATIENCE_SECONDS)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.stop()
        else:
            self._reap()
