"""Takes away what a parser never needs, before any parser is imported (FAILURES S15)."""

import ctypes
import os
import resource
import signal
import sys
from typing import Any

CLONE_NEWNET = 0x40000000
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "ctypes.dlopen")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Forbidden(BaseException):
    """Something in the child tried to reach outside."""


def confine(*, address_bytes: int, cpu_seconds: int) -> None:
    """Limit this process for good. Network is taken where the platform lets us; the rest always."""
    _leave_network()
    limits = {
        resource.RLIMIT_AS: address_bytes,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 16,
    }
    for which, value in limits.items():
        _soft, hard = resource.getrlimit(which)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (allowed, allowed))
    sys.addaudithook(_refuse_to_reach_out)


def _leave_network() -> None:
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.geteuid() == 0:
        libc.unshare(CLONE_NEWNET)
    else:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def _refuse_to_reach_out(event: str, args: tuple[Any, ...]) -> None:
    """A second fence for platforms without namespaces: no socket, no process, no file for writing."""
    if event.startswith(FORBIDDEN):
        raise Forbidden(event)
    if event == "open" and not isinstance(args[0], int) and args[2] & WRITING:
        raise Forbidden(event)
