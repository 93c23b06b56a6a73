"""Switches with which the tests prove that a guard guards (FAILURES M2, M3, M6).

In production every function here does nothing: a guard can be switched off, a window widened
or a crash provoked only where settings.FAULTS_ALLOWED is true.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

# A test may start a whole process without a guard: SHOPSITE_GUARDS_OFF=F83,F90.
_off: set[str] = {number for number in os.environ.get("SHOPSITE_GUARDS_OFF", "").split(",") if number}
_windows: dict[str, Callable[[], None]] = {}
_lock = threading.Lock()
CRASH_CODE = 137


def allowed() -> bool:
    """Whether this process may be made to fail on purpose."""
    return getattr(settings, "FAULTS_ALLOWED", False)


def guarded(number: str) -> bool:
    """True while the guard with this F number is on, which is always so outside the tests."""
    return number not in _off or not allowed()


@contextmanager
def guard_off(number: str) -> Iterator[None]:
    """Run the block, in all threads, without the guard: the negative control of a race test."""
    if not allowed():
        raise RuntimeError("guards can be switched off in tests only")
    with _lock:
        _off.add(number)
    try:
        yield
    finally:
        with _lock:
            _off.discard(number)


def race_window(number: str) -> None:
    """The place between check and write that a race test widens."""
    if _windows and (hook := _windows.get(number)):
        hook()


@contextmanager
def widened(number: str, hook: Callable[[], None]) -> Iterator[None]:
    """Call `hook` (for example a barrier) at each passage of the named window."""
    if not allowed():
        raise RuntimeError("windows can be widened in tests only")
    _windows[number] = hook
    try:
        yield
    finally:
        _windows.pop(number, None)


def crash_point(name: str) -> None:
    """Die here, as by kill -9, when the environment selects this point (SHOPSITE_CRASH_AT)."""
    if os.environ.get("SHOPSITE_CRASH_AT") == name and allowed():
        os._exit(CRASH_CODE)
