"""Start the provider; the first line on standard output is a JSON object that says where it listens."""

import argparse
import json
import os
import signal
import sys
import threading
from decimal import Decimal
from pathlib import Path

from finance.gateways.simulator.account import Account, Identity
from finance.gateways.simulator.api import OpenApi
from finance.gateways.simulator.control import Control, Gate
from finance.gateways.simulator.notices import GAPS, Postman
from finance.gateways.simulator.server import Provider
from finance.gateways.simulator.store import Store, keep_setting


def main(arguments: list[str]) -> None:
    given = _parser().parse_args(arguments)
    store = Store(given.store)
    with store.transaction() as db:
        keep_setting(db, "notify_url", given.notify_url)
    identity = Identity(given.app_id, given.seller_id, given.fee_rate)
    account = Account(store, given.keys or given.store.with_suffix(".keys"), identity)
    api, gate = OpenApi(store, account), Gate()
    postman = Postman(store, account.sign_fields, [gap * given.notify_pace for gap in GAPS])
    control = Control(store, account, api, postman, gate)
    with Provider(
        (given.host, given.port), store=store, account=account, api=api, control=control, gate=gate
    ) as provider:
        url = f"http://{given.host}:{provider.server_port}"
        account.publish(given.public_url or url)
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=provider.shutdown).start())
        if given.end_with_input:
            threading.Thread(target=_end_with_input, args=(provider,), daemon=True).start()
        if given.notify == "auto":
            threading.Thread(target=postman.run, args=(stop, api.close_overdue), daemon=True).start()
        print(json.dumps({"url": url}), flush=True)
        try:
            provider.serve_forever(poll_interval=0.05)
        except KeyboardInterrupt:
            pass
        finally:
            stop.set()


def _end_with_input(provider: Provider) -> None:
    """Whoever started us holds the other end of standard input; when they are gone, so are we."""
    while os.read(sys.stdin.fileno(), 65_536):
        pass
    provider.shutdown()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m finance.gateways.simulator", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=9100, help="0 takes a free one")
    add("--public-url", default="", help="how the payer's browser and the shop reach it")
    add("--store", type=Path, required=True, help="SQLite file of the books")
    add("--keys", type=Path, help="folder for the merchant's side (default: beside the store)")
    add("--notify-url", default=None, help="for trades that name none")
    add("--notify", choices=("auto", "manual"), default="auto", help="manual: only by the control door")
    add("--notify-pace", type=float, default=1.0, help="factor on the gaps between repeats")
    add("--end-with-input", action="store_true", help="stop when standard input is closed")
    add("--app-id", default=Identity.app_id)
    add("--seller-id", default=Identity.seller_id)
    add("--fee-rate", type=Decimal, default=Identity.fee_rate)
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
