"""Start processes that do not outlive the one that started them."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def before_exec() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return before_exec


def start_child(
    command: Sequence[str], *, death_signal: signal.Signals, **popen: Any
) -> subprocess.Popen[bytes]:
    """Start `command`; the kernel sends it `death_signal` when the calling thread ends, even by kill -9.

    Call it from a thread that lives as long as the child shall: the main thread.
    """
    return subprocess.Popen(  # noqa: S603
        command,
        preexec_fn=_die_with_parent(death_signal),
        **popen,
    )


def processes_in(folder: Path, program: str) -> list[int]:
    """Ids of the processes of `program` that work in `folder`: servers left over from a killed keeper."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                name = Path(f"/proc/{entry}/comm").read_text().strip()
                if name == program and os.readlink(f"/proc/{entry}/cwd") == str(folder):
                    found.append(int(entry))
            except OSError:
                continue  # it ended meanwhile, or belongs to somebody else
    return found
