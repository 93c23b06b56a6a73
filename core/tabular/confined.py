"""The worker's side of the confined process: starts it, waits within a limit, and believes nothing.

Whatever happens in the child (no memory, no time, a signal, half an answer) arrives here as one
`RefusedFile`; the worker goes on with its next task (F54, FAILURES S13-S15).
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from .blobs import Blob, Spooled, spool
from .limits import Limits
from .problems import RefusedFile

ROOT = Path(__file__).resolve().parents[2]
START = (
    "import sys; sys.path.append(sys.argv[1]); from core.tabular.child.main import main; main(sys.argv[2:])"
)
LINE_BYTES = 64 * 1024 * 1024
READ = 1 << 18


class Child:
    """One confined reader of one file. Use as a context manager; leaving it ends the process."""

    def __init__(self, blob: Blob, *, task: str, limits: Limits, encoding: str = "") -> None:
        if blob.size > limits.file_bytes:
            raise RefusedFile("too_large", size=blob.size, limit=limits.file_bytes)
        self.left = limits.seconds
        self.archive_bytes = limits.archive_bytes
        self.buffer = bytearray()
        self.closed = False
        job = {
            "task": task,
            "encoding": encoding,
            "address_bytes": limits.address_bytes,
            "cpu_seconds": limits.cpu_seconds,
            "inflated_bytes": limits.inflated_bytes,
            "members": limits.members,
            "rows": limits.rows,
            "columns": limits.columns,
            "cell_chars": limits.cell_chars,
            "archive_members": limits.archive_members,
            "archive_bytes": limits.archive_bytes,
        }
        on_disk = _on_disk(blob)
        with on_disk.open() as file:
            job["file"] = file.fileno()
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-B", "-c", START, str(ROOT), json.dumps(job)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(file.fileno(),),
                env={},
                cwd="/",
            )
        try:
            self.hello: dict[str, Any] = self._message()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and reap it; safe to call twice."""
        if self.closed:
            return
        self.closed = True
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        self.process.wait()

    def ask(self, command: str) -> Iterator[Any]:
        """The data of one answer, in order. Raises RefusedFile unless it ends with its end mark."""
        self._send(command)
        count = 0
        while True:
            message = self._message()
            if "end" in message:
                if message["end"] != count:
                    raise RefusedFile("reader_died")
                return
            count += 1
            if "data" not in message:
                raise RefusedFile("reader_died")
            yield message["data"]

    def members(self) -> Iterator[Blob]:
        """The files of an archive, each on disk of its own, in the order of the archive."""
        self._send("members")
        count = 0
        left = self.archive_bytes
        member: tuple[Blob, Spooled] | None = None
        while True:
            message = self._message()
            if "bytes" in message and member:
                size = message["bytes"]
                left -= size if isinstance(size, int) and 0 < size <= LINE_BYTES else left + 1
                if left < 0:
                    raise RefusedFile("reader_died")
                member[1].add(self._take(size))
                continue
            if member:
                yield member[0]
            if "end" in message:
                if message["end"] != count:
                    raise RefusedFile("reader_died")
                return
            count += 1
            member = spool(str(message["data"]["member"]))

    def _send(self, command: str) -> None:
        pipe = self.process.stdin
        try:
            if pipe is not None:
                pipe.write(command.encode() + b"\n")
                pipe.flush()
        except (BrokenPipeError, ValueError):
            raise self._why_it_died() from None

    def _message(self) -> dict[str, Any]:
        searched = 0
        while (end := self.buffer.find(b"\n", searched)) < 0:
            searched = len(self.buffer)
            if searched > LINE_BYTES:
                raise RefusedFile("reader_died")
            self._fill()
        line = self._take(end + 1)
        try:
            message = json.loads(line)
        except ValueError:
            raise RefusedFile("reader_died") from None
        if not isinstance(message, dict):
            raise RefusedFile("reader_died")
        if "refused" in message:
            raise _refusal(message)
        return message

    def _take(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self._fill()
        taken = bytes(memoryview(self.buffer)[:size])
        del self.buffer[:size]
        return taken

    def _fill(self) -> None:
        """Wait for more of the answer. Only the waiting counts against the time limit: a slow reader
        of our rows is not the file's fault."""
        pipe = self.process.stdout
        if pipe is None or self.closed:
            raise RefusedFile("reader_died")
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            started = time.monotonic()
            ready = selector.select(max(self.left, 0))
            self.left -= time.monotonic() - started
        if not ready:
            self.close()
            raise RefusedFile("no_time")
        data = os.read(pipe.fileno(), READ)
        if not data:
            raise self._why_it_died()
        self.buffer += data

    def _why_it_died(self) -> RefusedFile:
        code = self.process.wait()
        self.close()
        if code in (-signal.SIGABRT, -signal.SIGSEGV):
            # an allocation that is refused aborts the parser: there is nothing to catch inside
            return RefusedFile("no_memory")
        if code in (-signal.SIGXCPU,):
            return RefusedFile("no_time")
        return RefusedFile("reader_died")


def _refusal(message: dict[str, Any]) -> RefusedFile:
    """The child's reason, if it is one that we know: its words are data like all the rest."""
    try:
        return RefusedFile(message["refused"], **message["params"])
    except (KeyError, TypeError, ValueError):
        return RefusedFile("reader_died")


def _on_disk(blob: Blob) -> Blob:
    if blob.path is not None:
        return blob
    return spool(blob.name, blob.data or b"")[0]
