"""Every way in knows where the servers are, and leaves servers alone that it was given."""

import json
import os
import subprocess
import sys

import pytest

from .builders import CHECKOUT, a_checkout, no_process_is_left, processes_of

_NAMES = ("DATABASE_URL", "REDIS_URL", "CACHE_URL")
_SHOW = (
    "import json, os; from shopsite.entry import find_servers; find_servers();"
    f"print(json.dumps({{name: os.environ.get(name) for name in {_NAMES}}}));"
    "print(json.dumps(sorted(os.listdir(os.environ['SHOPSITE_VAR'] + '/servers'))"
    " if os.path.isdir(os.environ['SHOPSITE_VAR'] + '/servers') else '[]'))"
)
_THEIRS = {"DATABASE_URL": "postgres://theirs/shop", "REDIS_URL": "redis://theirs/0"}


def _enter(folder, given, *, checkout=CHECKOUT, program=_SHOW):
    inherited = {
        name: value for name, value in os.environ.items() if name not in (*_NAMES, "SHOPSITE_EMBEDDED")
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=inherited | {"SHOPSITE_VAR": str(folder / "var"), "PYTHONPATH": str(checkout)} | given,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_given_servers_are_used_and_nothing_is_started(folder):
    urls, _started = _enter(folder, _THEIRS)
    assert urls == _THEIRS | {"CACHE_URL": None}
    assert not (folder / "var/servers").exists()
    assert processes_of(folder) == []


def test_servers_named_in_dotenv_are_used_too(folder):
    checkout = a_checkout(folder / "clone")
    (checkout / ".env").write_text("".join(f"{name}={value}\n" for name, value in _THEIRS.items()))
    urls, _started = _enter(folder, {}, checkout=checkout)
    assert urls == _THEIRS | {"CACHE_URL": None}


def _kinds(names):
    """Without the copies of programs that lie beside them when the packages are in a private home."""
    return [name for name in names if name in ("broker", "cache", "postgres")]


@pytest.mark.slow
def test_each_server_is_given_or_started_by_itself(folder):
    urls, started = _enter(folder, {"DATABASE_URL": _THEIRS["DATABASE_URL"]})
    assert urls["DATABASE_URL"] == _THEIRS["DATABASE_URL"]
    assert urls["REDIS_URL"] != urls["CACHE_URL"]
    assert _kinds(started) == ["broker", "cache"]
    urls, started = _enter(folder, {"REDIS_URL": _THEIRS["REDIS_URL"]})
    assert urls["REDIS_URL"] == _THEIRS["REDIS_URL"]
    assert urls["DATABASE_URL"].startswith("postgres://shopsite:")
    assert _kinds(started) == ["broker", "cache", "postgres"]  # the first two from the start before
    no_process_is_left(folder)


@pytest.mark.slow
def test_a_child_process_holds_the_servers_itself(folder):
    """Its parent's addresses are not blindly trusted: the parent may end first."""
    child = _SHOW.replace('"', "'")
    program = (
        "import os, subprocess, sys; from shopsite.entry import find_servers, release_servers;"
        "find_servers(); release_servers();"
        f'subprocess.run([sys.executable, "-c", """{child}"""], check=True)'
    )
    urls, _started = _enter(folder, {}, program=program)
    assert all(urls.values())
    no_process_is_left(folder)


def test_help_needs_no_server(folder):
    environment = {name: value for name, value in os.environ.items() if name not in _NAMES}
    subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), "help"],
        env=environment
        | {"SHOPSITE_VAR": str(folder / "var"), "DJANGO_SETTINGS_MODULE": "shopsite.settings"},
        check=True,
        capture_output=True,
    )
    assert not (folder / "var/servers").exists()
