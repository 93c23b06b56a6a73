"""Real threads that start at one barrier, each with a database connection of its own (FAILURES M1)."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(0..count-1)` together and return results in order; what raised is returned as exception."""
    barrier = threading.Barrier(count, timeout=20)

    def run(index: int) -> Any:
        try:
            connections["default"].ensure_connection()
            barrier.wait()
            return work(index)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def eventually(condition: Callable[[], Any], *, seconds: float = 60) -> Any:
    """Wait for another process or transaction: the first true value of the condition, or a failure."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain")
        time.sleep(0.05)
    return value
