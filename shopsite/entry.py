"""First step of every way in (manage.py, wsgi, celery, tests): know where the servers are.

Addresses that the environment or `.env` names are used as they are. For the rest the embedded servers
are found or started, and held until this process ends.
"""

import os
import sys
from pathlib import Path

import environ

from shopsite.embedded import EmbeddedError, Hold, hold

CHECKOUT = Path(__file__).resolve().parents[1]
_NAMES = {"DATABASE_URL": "postgres", "REDIS_URL": "broker", "CACHE_URL": "cache"}
_MARK = "SHOPSITE_EMBEDDED"  # names that we set: a child process takes its own hold instead of trusting them
_WITHOUT_SERVERS = {"help", "version", "makemessages"}

_held: Hold | None = None


def find_servers(*, profile: str = "durable") -> None:
    """Fill in DATABASE_URL, REDIS_URL and CACHE_URL. May be called again. Raises EmbeddedError."""
    global _held
    if _held is not None:
        return
    if (CHECKOUT / ".env").exists():
        environ.Env.read_env(CHECKOUT / ".env")
    ours = set(filter(None, os.environ.get(_MARK, "").split(",")))
    given = {name for name in _NAMES if os.environ.get(name) and name not in ours}
    if "REDIS_URL" in given:
        given.add("CACHE_URL")  # whoever brings a Redis gets no second one from us
    wanted = {name: kind for name, kind in _NAMES.items() if name not in given}
    _held = hold(wanted.values(), var=var_folder(), profile=profile) if wanted else Hold()
    for name, kind in wanted.items():
        os.environ[name] = _held.urls[kind]
    os.environ[_MARK] = ",".join(wanted)


def lost_servers() -> list[str]:
    """Embedded servers of ours that have ended although we hold them."""
    return _held.lost() if _held is not None else []


def release_servers() -> None:
    """Give the embedded servers up before the process ends."""
    global _held
    if _held is not None:
        _held.release()
        _held = None


def find_servers_for(arguments: list[str]) -> None:
    """`find_servers` for a command line; ends the process with a message if that cannot be done."""
    command = arguments[1] if len(arguments) > 1 else "help"
    if command in _WITHOUT_SERVERS or command.startswith("-"):
        return
    try:
        find_servers()
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error


def var_folder() -> Path:
    """Where this copy keeps data, logs and keys."""
    return Path(os.environ.get("SHOPSITE_VAR") or CHECKOUT / "var").resolve()
