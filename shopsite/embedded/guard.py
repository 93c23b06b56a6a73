"""The last watch: what a killed supervisor leaves behind is ended even when it does not hear SIGTERM.

A supervisor tells this process which process groups it has started. When the pipe closes,
because the supervisor has ended in whatever way, the groups get a grace period and then SIGKILL. A
Celery worker or a web server that is told to stop while it starts may otherwise stay for ever.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import IO

GRACE = 25.0  # seconds, longer than a supervisor that still lives gives them


class Guard:
    """The supervisor's end of the pipe."""

    def __init__(self, *, grace: float = GRACE) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this file
            [sys.executable, "-S", "-E", __file__, str(grace)],
            stdin=subprocess.PIPE,
            process_group=0,  # Ctrl-C is not for the guard
        )
        self._pipe: IO[bytes] = self._process.stdin  # type: ignore[assignment]

    def watch(self, group: int) -> None:
        self._say(f"+{group}")

    def forget(self, group: int) -> None:
        """It has ended: its number may come to belong to somebody else."""
        self._say(f"-{group}")

    def dismiss(self) -> None:
        """Everything has been ended by its supervisor."""
        self._say("dismissed")
        with contextlib.suppress(BrokenPipeError):
            self._pipe.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # a guard that was killed is no reason to stop
            self._pipe.write(line.encode() + b"\n")
            self._pipe.flush()


def keep_watch(pipe: IO[str], grace: float) -> None:
    watched: set[int] = set()
    for line in pipe:
        if line.strip() == "dismissed":
            return
        (watched.add if line[0] == "+" else watched.discard)(int(line[1:]))
    groups = sorted(watched)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGTERM)
    end = time.monotonic() + grace
    while (groups := [group for group in groups if _lives(group)]) and time.monotonic() < end:
        time.sleep(0.2)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    keep_watch(sys.stdin, float(sys.argv[1]))
