"""`python -m logistics.gateways.simulator --port P --store FILE.sqlite --keys DIR`"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

from logistics.gateways.simulator import contracts
from logistics.gateways.simulator.parcels import Depot
from logistics.gateways.simulator.server import Exchange, make_server
from logistics.gateways.simulator.store import BEIJING, Store


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="courier-simulator", description="Couriers with books of their own."
    )
    parser.add_argument(
        "--port", type=int, default=0, help="0 takes a free one; the first line printed names it"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--keys", type=Path, required=True)
    parser.add_argument("--contracts", type=Path, help="JSON that replaces the three default couriers")
    parser.add_argument(
        "--clock", type=datetime.fromisoformat, help="start of the virtual clock, Beijing time"
    )
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--pace", type=float, default=0, help="virtual hours a minute; 0: by control only")
    pace.add_argument("--real-time", action="store_true", help="the clock is the machine's")
    parser.add_argument("--notify", help="where pushes go, {courier} is filled in; kept in the store")
    options = parser.parse_args()

    store = Store(options.store)
    if store.get("clock") is None:
        start = options.clock or datetime.now(BEIJING).replace(microsecond=0)
        store.put("clock", start.replace(tzinfo=start.tzinfo or BEIJING).isoformat())
    if options.notify:
        store.put("notify", options.notify)
    depot = Depot(store, contracts.load(options.contracts))
    exchange = Exchange(depot, options.keys)
    server = make_server(exchange, options.host, options.port)
    ending = threading.Event()
    lives = options.real_time or options.pace > 0
    life = threading.Thread(target=_live, args=(exchange, options.pace, ending))

    def stop(*_: object) -> None:
        ending.set()
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    if lives:
        life.start()
    print(f"courier simulator on http://{options.host}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        ending.set()
        if lives:
            life.join()
        server.server_close()
        store.close()
    return 0


def _live(exchange: Exchange, pace: float, ending: threading.Event) -> None:
    """Let the clock run and the news out by themselves, for a demo that nobody drives.

    Without a pace the clock is the machine's; one that is ahead of it waits.
    """
    while not ending.wait(1.0):
        if pace:
            exchange.control("advance", {"hours": pace / 60})
        else:
            exchange.control("clock", {"at": datetime.now(BEIJING).isoformat()})
        exchange.control("push", {})


if __name__ == "__main__":
    sys.exit(main())
