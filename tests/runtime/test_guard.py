"""What a killed supervisor leaves behind is ended, also when it does not hear."""

import contextlib
import os
import select
import signal
import subprocess
import sys

import pytest

from .builders import CHECKOUT

_DEAF = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
_SUPERVISOR = """
import os, subprocess, sys, time
from shopsite.embedded.guard import Guard
guard = Guard(grace=0.5) if {guarded} else None
child = subprocess.Popen([sys.executable, "-c", {deaf!r}], process_group=0, stdout=subprocess.PIPE)
child.stdout.readline()
if guard:
    guard.watch(child.pid)
print(child.pid, flush=True)
{then}
"""


@contextlib.contextmanager
def a_supervisor(**how):
    code = _SUPERVISOR.format(deaf=_DEAF, **({"guarded": True, "then": "time.sleep(600)"} | how))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=CHECKOUT, text=True)
    with process:
        yield process, int(process.stdout.readline())
        process.kill()


@pytest.fixture
def deaf_children():
    pids = []
    yield pids
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _ended_within(pid: int, seconds: float) -> bool:
    """Whether the process ends; its handle is readable from then on."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def test_a_deaf_child_of_a_killed_supervisor_is_killed(deaf_children):
    with a_supervisor() as (supervisor, child):
        deaf_children.append(child)
        supervisor.kill()
        assert _ended_within(child, 30)


def test_without_the_guard_it_stays(deaf_children):
    with a_supervisor(guarded=False) as (supervisor, child):
        deaf_children.append(child)
        supervisor.kill()
        assert not _ended_within(child, 2)


@pytest.mark.parametrize("then", ["guard.dismiss()", "guard.forget(child.pid)"])
def test_what_is_no_longer_watched_is_left_alone(deaf_children, then):
    with a_supervisor(then=then) as (supervisor, child):
        deaf_children.append(child)
        supervisor.wait()
        assert not _ended_within(child, 2)
