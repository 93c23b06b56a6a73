"""`make demo` as a whole: one process brings the shop up, and its end, however it comes, takes all down."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from django.db import connection

from .builders import (
    CHECKOUT,
    a_user,
    copy_database,
    no_process_is_left,
    oldest_process,
    processes_of,
    query,
    wait_until,
)

pytestmark = pytest.mark.slow
_NAMES = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "SHOPSITE_EMBEDDED", "DJANGO_SETTINGS_MODULE")


@contextlib.contextmanager
def a_demo(var, **extra):
    environment = {name: value for name, value in os.environ.items() if name not in _NAMES}
    process = subprocess.Popen(
        [sys.executable, "-m", "shopsite.demo"],
        cwd=CHECKOUT,
        env=environment | {"SHOPSITE_VAR": str(var), "DEMO_ORDERS": "20"} | extra,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def _read_until_up(process) -> str:
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Everything runs"):
            return "".join(lines)
    pytest.fail("".join(lines))


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _url_of_test_database() -> str:
    settings = connection.settings_dict
    login = settings["USER"] + (f":{settings['PASSWORD']}" if settings["PASSWORD"] else "")
    return f"postgres://{login}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


@pytest.mark.django_db(transaction=True)  # its database is copied, not used
def test_the_demo_comes_up_reports_a_dead_part_and_ends_with_its_supervisor(folder):
    var, port = folder / "var", _free_port()
    with a_user(var, "postgres") as user:
        copy_database(_url_of_test_database(), user.answer["postgres"])
        user.leave()
    with a_demo(var, PORT=port) as demo:
        printed = _read_until_up(demo)
        assert f"http://127.0.0.1:{port}/" in printed
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/admin/login/") as answer:
            assert answer.status == 200
        for part in ("granian", "-Q critical", "-Q default", "-Q bulk", " beat "):
            assert any(part in line for line in processes_of(folder)), part
        with a_user(var, "postgres") as user:  # any other command meets the same servers
            url = user.answer["postgres"]
            query(url, "CREATE TABLE kept AS SELECT 4711 AS number")
            wait_until(lambda: query(url, "SELECT count(*) FROM core_heartbeat") == [(3,)], patience=120)
            wait_until(lambda: query(url, "SELECT count(*) FROM core_periodicrun") != [(0,)], patience=120)
            user.leave()
        demo.send_signal(signal.SIGTERM)
        demo.stdout.read()
        assert demo.wait() == 0
        no_process_is_left(folder)
    with a_demo(var, PORT=port) as demo:
        _read_until_up(demo)
        os.kill(oldest_process("-Q bulk", folder), signal.SIGKILL)
        assert any("worker-bulk ended with code -9 and is not restarted" in line for line in demo.stdout)
        assert any("-Q default" in line for line in processes_of(folder))
        demo.kill()
        no_process_is_left(folder)
    with a_user(var, "postgres") as user:
        assert query(user.answer["postgres"], "SELECT number FROM kept") == [(4711,)]


def test_a_wished_port_that_is_taken_is_said_so(folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        with a_demo(folder / "var", PORT=port) as demo:
            printed = demo.stdout.read()
            assert demo.wait() == 1
    assert f"Port {port} is taken" in printed
