"""The yard works beside the shop: its side of a day in a process of its own (`__main__`), on the other core.

The first process says what is to be done and waits for the answer where both sides must have come equally
far. Neither outlives the other.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Self

from django.conf import settings

from shopsite.embedded.children import start_child

READY: Final = "ready"
DONE: Final = "done"
_PATIENCE = 30.0


class YardProcess:
    """The hand of the first process on the second. Leaving the block ends it."""

    def __init__(self) -> None:
        self._process = start_child(
            [sys.executable, "-m", __package__],
            death_signal=signal.SIGKILL,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            env=os.environ | {"COURIER_GATEWAY_URL": settings.COURIER_GATEWAY_URL},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()  # between two steps it does nothing, and what it has begun can be done again
        self._process.wait(_PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def await_ready(self) -> None:
        self._expect(READY)

    @contextmanager
    def beside(self, day: int, part: str) -> Iterator[None]:
        """The yard does its side of a part of a day while the block does the shop's; both are done after it.

        Raises RuntimeError when the yard's process has ended before that; why is on its standard error.
        """
        self._say(f"{day} {part}")
        yield
        self._expect(DONE)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise self._gone() from error

    def _expect(self, word: str) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readline().decode().strip() != word:
            raise self._gone()

    def _gone(self) -> RuntimeError:
        return RuntimeError("The yard's side of the history has ended. Start again: it goes on where it was.")
