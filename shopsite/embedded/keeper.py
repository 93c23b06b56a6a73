"""The process that owns one embedded server: `python -m shopsite.embedded.keeper KIND HOME PROFILE`.

It starts the server as a child that dies with it, tells its starter the address on standard output,
and then waits for the exclusive lock on `users`. It gets that lock when the last user has gone, by
whatever way, and stops the server while it holds it: whoever comes meanwhile waits at the lock.
"""

import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from . import postgres, redis
from .children import start_child
from .errors import EmbeddedError
from .places import account_for
from .ports import free_port, is_free

KINDS: dict[str, type[postgres.Postgres] | type[redis.Broker] | type[redis.Cache]] = {
    "postgres": postgres.Postgres,
    "broker": redis.Broker,
    "cache": redis.Cache,
}
_PATIENCE = 300  # seconds; recovery after a crash may replay much


def main(kind: str, home: str, profile: str) -> None:
    if os.fork():
        os._exit(0)  # the starter need not wait for us at its end
    os.setsid()
    os.chdir("/")
    signals = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    folder = Path(home) / kind
    try:
        server, child, stop_signal = _start(kind, Path(home), profile)
    except (EmbeddedError, OSError) as error:
        _answer({"error": str(error)})
        return
    state = folder / "server.json"
    _write_private(state, json.dumps({"url": server, "pid": child.pid, "keeper": os.getpid()}))
    _answer({"url": server})

    threading.Thread(target=_wait_for_last_user, args=(folder / "users", os.getpid()), daemon=True).start()
    while child.poll() is None:
        if signal.sigwait(signals) != signal.SIGCHLD:
            break
    state.unlink(missing_ok=True)
    if child.poll() is None:
        child.send_signal(stop_signal)
        child.wait()


def _start(kind: str, home: Path, profile: str) -> tuple[str, subprocess.Popen[bytes], signal.Signals]:
    folder = home / kind
    account = account_for(folder / "data")
    server = KINDS[kind](home=home, folder=folder, account=account, secret=_secret(folder), profile=profile)
    stop_signal = postgres.STOP_SIGNAL if kind == "postgres" else redis.STOP_SIGNAL
    server.prepare()
    for _attempt in range(3):
        port = _choose_port(folder / "port")
        with (folder / "log").open("ab") as log:
            child = start_child(
                server.command(port),
                death_signal=stop_signal,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=server.data,
                env=server.environment(),
                umask=0o077,
                **account.popen(),
            )
        _feed(child.stdin, server.configuration(port))
        patience = time.monotonic() + _PATIENCE
        while child.poll() is None and time.monotonic() < patience:
            if server.is_ready(child.pid, port):
                return server.url(port), child, stop_signal
            time.sleep(0.02)
        if child.poll() is None:
            child.send_signal(stop_signal)
            child.wait()
        if is_free(port):
            break  # it was not the port
    raise EmbeddedError(f"{kind} did not start. The end of {folder / 'log'}:\n{_tail(folder / 'log')}")


def _wait_for_last_user(users: Path, keeper: int) -> None:
    with users.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.kill(keeper, signal.SIGTERM)
        threading.Event().wait()  # keep the lock until the server has stopped and the process ends


def _feed(stdin: IO[bytes] | None, text: str) -> None:
    if stdin is not None:
        try:
            with stdin:
                stdin.write(text.encode())
        except BrokenPipeError:
            pass  # it ended at once; the log says why


def _secret(folder: Path) -> str:
    path = folder / "secret"
    if not path.exists():
        if (folder / "data").exists():
            raise EmbeddedError(f"{path} is missing: nobody can sign in to {folder / 'data'}. Restore it.")
        _write_private(path, secrets.token_hex(24))
    return path.read_text()


def _write_private(path: Path, text: str) -> None:
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    half.rename(path)


def _choose_port(path: Path) -> int:
    """The port of last time if it is still free, so that addresses stay."""
    recorded = path.read_text().strip() if path.exists() else ""
    if not recorded.isdigit() or not is_free(int(recorded)):
        recorded = str(free_port())
        path.write_text(recorded)
    return int(recorded)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-12:])


def _answer(message: dict[str, str]) -> None:
    print(json.dumps(message), flush=True)
    os.close(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
