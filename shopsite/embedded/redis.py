"""The two embedded Redis servers: a broker that never forgets and a cache that may (FAILURES C10, F91)."""

import os
import signal
import socket
import time
from pathlib import Path

from .children import processes_in
from .errors import EmbeddedError
from .places import Account, make_data_folder, redis_program

STOP_SIGNAL = signal.SIGTERM


class _Redis:
    def __init__(self, *, home: Path, folder: Path, account: Account, secret: str, profile: str) -> None:
        self.program = redis_program(home, account)
        self.account, self.secret, self.profile = account, secret, profile
        self.data = folder / "data"

    def prepare(self) -> None:
        """Leave a data folder that no server holds open."""
        if not self.data.exists():
            make_data_folder(self.data, self.account)
        patience = time.monotonic() + 30
        while left := processes_in(self.data, "redis-server"):
            for process in left:
                os.kill(process, STOP_SIGNAL)
            if time.monotonic() > patience:
                raise EmbeddedError(f"Processes {left} still use {self.data}; end them and start again.")
            time.sleep(0.1)

    def command(self, port: int) -> list[str]:
        return [str(self.program), "-"]

    def environment(self) -> dict[str, str]:
        return {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}

    def configuration(self, port: int) -> str:
        """Read by the server from its standard input: the password is in no file and no process list."""
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {self.secret}",
            f'dir "{self.data}"',
            'save ""',
            *self._memory(),
        ]
        return "\n".join(lines) + "\n"

    def _memory(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self, process: int, port: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.secret}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (more := connection.recv(200)):
                    answer += more
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def url(self, port: int) -> str:
        return f"redis://:{self.secret}@127.0.0.1:{port}/0"


class Broker(_Redis):
    """Holds the Celery queues: on disk, and full means refused, never evicted."""

    def _memory(self) -> list[str]:
        durable = "no" if self.profile == "testing" else "yes"
        return [f"appendonly {durable}", "appendfsync everysec", "maxmemory-policy noeviction"]


class Cache(_Redis):
    """Holds nothing that cannot be computed again."""

    def _memory(self) -> list[str]:
        return ["appendonly no", "maxmemory 128mb", "maxmemory-policy allkeys-lru"]
