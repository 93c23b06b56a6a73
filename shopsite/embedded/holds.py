"""The users' side: take the shared lock on a server, and have it started if nobody has."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from .errors import EmbeddedError
from .places import find_home

_CHECKOUT = Path(__file__).resolve().parents[2]
_PATIENCE = 330  # seconds; a little more than a keeper's own


class Hold:
    """Addresses of the servers that this process uses; they run at least until `release`."""

    def __init__(self) -> None:
        self.urls: dict[str, str] = {}
        self._folders: dict[str, Path] = {}
        self._locks: list[int] = []

    def lost(self) -> list[str]:
        """Kinds whose server has ended although it is held: it crashed or somebody ended it."""
        return [kind for kind, folder in self._folders.items() if not _keeper_lives(folder)]

    def release(self) -> None:
        """Give the servers up; the last one to do so ends them."""
        while self._locks:
            os.close(self._locks.pop())

    def _take(self, kind: str, folder: Path) -> None:
        descriptor = os.open(folder / "users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        self._locks.append(descriptor)
        self._folders[kind] = folder


def hold(kinds: Iterable[str], *, var: Path, profile: str = "durable") -> Hold:
    """Find or start the servers of these kinds (postgres, broker, cache) and keep them running.

    `profile` "testing" has data of its own that a power cut may lose. Raises EmbeddedError.
    """
    home = find_home(var.resolve(), profile)
    held = Hold()
    waiting: dict[str, _Start] = {}
    try:
        for kind in kinds:
            folder = home / kind
            _make_folder(folder)
            held._take(kind, folder)
            waiting[kind] = _Start(kind, home, profile)
        for kind, start in waiting.items():
            held.urls[kind] = start.finish()
    except PermissionError as error:
        held.release()
        message = f"{error.filename} belongs to another user. Set SHOPSITE_VAR to a folder of your own."
        raise EmbeddedError(message) from error
    except BaseException:
        held.release()
        raise
    finally:
        for start in waiting.values():
            start.close()
    return held


class _Start:
    """A server on its way up; several come up at the same time."""

    def __init__(self, kind: str, home: Path, profile: str) -> None:
        self.kind, self.home, self.profile = kind, home, profile
        self.folder = home / kind
        self.patience = time.monotonic() + _PATIENCE
        self.process: subprocess.Popen[bytes] | None = None
        self._spawn_if_none()

    def _spawn_if_none(self) -> None:
        """Start a keeper unless one lives: it holds the lock `keeper`, inherited from its starter."""
        lock = os.open(self.folder / "keeper", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return
        (self.folder / "server.json").unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "shopsite.embedded.keeper", self.kind, str(self.home), self.profile],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=_CHECKOUT,
                pass_fds=[lock],
                start_new_session=True,
            )
        os.close(lock)

    def finish(self) -> str:
        """The address, as soon as the server answers."""
        while time.monotonic() < self.patience:
            if self.process is not None and self.process.stdout is not None:
                return self._read_answer(self.process.stdout)
            try:
                return str(json.loads((self.folder / "server.json").read_text())["url"])
            except FileNotFoundError:
                time.sleep(0.05)  # another starts it, or it has just ended
                self._spawn_if_none()
        raise EmbeddedError(f"{self.kind} did not answer in time; see {self.folder / 'log'}.")

    def _read_answer(self, answers: IO[bytes]) -> str:
        line = answers.readline()
        if not line:
            raise EmbeddedError(f"The keeper of {self.kind} ended; see {self.folder / 'log'}.")
        answer = json.loads(line)
        if "error" in answer:
            raise EmbeddedError(answer["error"])
        return str(answer["url"])

    def close(self) -> None:
        if self.process is not None:
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process.wait()


def _keeper_lives(folder: Path) -> bool:
    try:
        keeper = json.loads((folder / "server.json").read_text())["keeper"]
        os.kill(keeper, 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:  # the servers' account passes through to its data
            os.chown(folder, 0, folder.parent.stat().st_gid)
            folder.chmod(0o710)
