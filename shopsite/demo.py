"""`make demo`: the whole shop on this machine until Ctrl-C.

Starts servers, database, demo company, web, workers, beat and the simulators of the outside world,
and prints where they are. Children die with this process, however it ends; none is restarted silently.
"""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from shopsite import entry
from shopsite.embedded import EmbeddedError
from shopsite.embedded.children import start_child
from shopsite.embedded.guard import Guard
from shopsite.embedded.ports import free_port, is_free
from shopsite.messages import compile_messages

PYTHON = [sys.executable]
MANAGE = [sys.executable, str(entry.CHECKOUT / "manage.py")]
_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}
_ORDERS = "600"  # a minute or two of work; DEMO_ORDERS=60 make demo is a smaller past
_OUTSIDE = {"ALIPAY_GATEWAY_URL", "COURIER_GATEWAY_URL"}
_GRACE = 20  # seconds for children to finish what they do


class Stopped(Exception):
    """The demo shall end before it is up: Ctrl-C, a signal, or nothing more was asked for."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    reported: bool = False


@dataclass
class Step:
    """A management command that runs to its end."""

    arguments: list[str]
    process: subprocess.Popen[bytes]


class Demo:
    """What has been started, in order; stopped in the reverse order."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.steps: list[Step] = []
        self.guard = Guard()
        self.var = entry.var_folder()
        self.failed = False

    def run_steps(self, title: str, *steps: list[str]) -> None:
        """Run management commands beside each other to their ends, their output on the terminal."""
        self.begin_steps(title, *steps)
        self.finish_steps()

    def begin_steps(self, title: str, *steps: list[str]) -> None:
        say(f"{title} ...")
        # A history brings its own world outside along, with clocks of its own.
        environment = {name: value for name, value in os.environ.items() if name not in _OUTSIDE}
        for arguments in steps:
            process = start_child(
                [*MANAGE, *arguments], death_signal=signal.SIGTERM, process_group=0, env=environment
            )
            self.guard.watch(process.pid)
            self.steps.append(Step(arguments, process))

    def finish_steps(self) -> None:
        while any(step.process.poll() is None for step in self.steps):
            if signal.sigwait(_SIGNALS) != signal.SIGCHLD:
                raise Stopped
            self.report_dead()
        for step in self.steps:
            self.guard.forget(step.process.pid)
            if step.process.returncode != 0:
                said = f"manage.py {' '.join(step.arguments)} failed with code {step.process.returncode}."
                raise EmbeddedError(said)
        self.steps.clear()

    def start(self, name: str, *command: str) -> None:
        folder = self.var / "log"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.log"
        with path.open("wb") as log:
            process = start_child(
                command,
                death_signal=signal.SIGTERM,
                process_group=0,  # Ctrl-C reaches them through us, once
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=entry.CHECKOUT,
            )
        self.guard.watch(process.pid)
        self.children.append(Child(name, process, path))

    def report_dead(self) -> None:
        for child in self.children:
            if child.process.poll() is not None and not child.reported:
                child.reported = self.failed = True
                self.guard.forget(child.process.pid)
                say(f"\n{child.name} ended with code {child.process.returncode} and is not restarted.")
                say(f"The end of {child.log}:\n{_tail(child.log)}\n")

    def wait_for(self, url: str) -> None:
        """Return when the shop answers; give up when the web server has ended."""
        web = next(child for child in self.children if child.name == "web")
        while not _answers(url):
            if signal.sigtimedwait(_SIGNALS - {signal.SIGCHLD}, 0.3) is not None:
                raise Stopped
            self.report_dead()
            if web.process.poll() is not None:
                raise EmbeddedError("The web server did not start.")

    def wait_for_end(self) -> None:
        while True:
            came = signal.sigtimedwait(_SIGNALS, 5)
            if came is not None and came.si_signo != signal.SIGCHLD:
                return
            self.report_dead()
            for kind in entry.lost_servers():
                say(f"\nThe embedded {kind} has ended; see {self.var}. Stop with Ctrl-C and start again.")
                self.failed = True
                return

    def stop(self) -> None:
        for step in self.steps:
            _end(step.process)
        for child in reversed(self.children):
            if child.process.poll() is None:
                child.process.terminate()
        for child in reversed(self.children):
            _end(child.process)
        self.guard.dismiss()


def main(arguments: list[str]) -> int:
    """Run the demo; with `--seed-only` just fill an empty database, as the composed stack does."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    demo = Demo()
    try:
        entry.find_servers()
        if "--seed-only" in arguments:
            if _wants_history():
                demo.run_steps("Making a company with a history", _history())
            raise Stopped
        _start(demo)
        demo.wait_for_end()
    except Stopped:
        pass
    except EmbeddedError as error:
        say(str(error))
        demo.failed = True
    say("Stopping ...")
    demo.stop()
    entry.release_servers()
    return 1 if demo.failed else 0


def _start(demo: Demo) -> None:
    """Web first, so that nobody waits for the rest; then the history if there is none; then what lives by
    the real clock: simulators, workers and beat."""
    port = choose_port()
    url = f"http://127.0.0.1:{port}/"
    os.environ["PORT"] = str(port)
    os.environ.setdefault("SITE_URL", url.rstrip("/"))
    os.environ.setdefault("COMPRESS_STATIC", "false")  # a minute of work that nobody sees on loopback
    compile_messages()
    demo.run_steps(
        "Bringing the database up to date",
        ["setup_shop", "--migrate"],
        ["collectstatic", "--noinput", "--verbosity", "0"],
    )
    without_past = _wants_history()
    if without_past:
        demo.run_steps("Opening a company", [*_history(), "--open-only"])
    outside = {name: free_port() for name in ("provider", "courier")}
    os.environ["ALIPAY_GATEWAY_URL"] = f"http://127.0.0.1:{outside['provider']}/gateway.do"
    os.environ["COURIER_GATEWAY_URL"] = f"http://127.0.0.1:{outside['courier']}"
    demo.start(
        "web", *PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", "1",
        "--workers-kill-timeout", "10",  # a worker told to stop while it starts would never end
        "shopsite.wsgi:application",
    )  # fmt: skip
    if without_past:
        demo.begin_steps("Writing its past", _history())
    demo.wait_for(url)
    _print_addresses(demo, url)
    if without_past:
        say("The shop is open. Online payment, couriers and jobs join in when its past is written.\n")
        demo.finish_steps()
    _start_simulators(demo, url, outside)
    for queue in ("critical", "default", "bulk"):
        demo.start(
            f"worker-{queue}", *PYTHON, "-m", "celery", "-A", "shopsite", "worker", "-Q", queue,
            "-n", f"{queue}@%h", "-c", "1", "--max-memory-per-child", "500000", "-l", "INFO",
        )  # fmt: skip
    demo.start("beat", *PYTHON, "-m", "celery", "-A", "shopsite", "beat", "-l", "INFO", "--pidfile=")
    say("Everything runs. Ctrl-C stops it.")


def _history() -> list[str]:
    """The command goes on where an interrupted one stopped."""
    return ["seed_demo", "--orders", os.environ.get("DEMO_ORDERS") or _ORDERS, "--verbosity", "0"]


def _start_simulators(demo: Demo, url: str, ports: dict[str, int]) -> None:
    """The payment provider and the couriers: processes of their own, with their own books (ARCHITECTURE 9).

    They go on where the history left them, in real time, and tell the shop what happens.
    """
    _start_simulator(demo, "provider", "finance.gateways.simulator", ports["provider"])
    _start_simulator(
        demo, "courier", "logistics.gateways.simulator", ports["courier"],
        "--real-time", "--notify", f"{url}couriers/{{courier}}/push/",
    )  # fmt: skip


def _start_simulator(demo: Demo, name: str, module: str, port: int, *options: str) -> None:
    store = demo.var / "simulators" / f"{name}.sqlite"
    store.parent.mkdir(parents=True, exist_ok=True)
    demo.start(
        name, *PYTHON, "-m", module, "--port", str(port), "--store", str(store),
        "--keys", str(demo.var / "keys" / name), *options,
    )  # fmt: skip


def choose_port() -> int:
    """PORT if it is set, and then it must be free; else 8000 or the next free one above."""
    wanted = os.environ.get("PORT")
    if wanted:
        if not is_free(int(wanted)):
            raise EmbeddedError(f"Port {wanted} is taken. Choose another: make demo PORT={int(wanted) + 1}")
        return int(wanted)
    for port in range(8000, 8100):
        if is_free(port):
            if port != 8000:
                say(f"Port 8000 is taken; this copy uses {port}.")
            return port
    raise EmbeddedError("Ports 8000 to 8099 are all taken. Choose one: make demo PORT=9000")


def _print_addresses(demo: Demo, url: str) -> None:
    say(f"\n  Shop          {url}\n  Back office   {url}admin/")
    for name, variable in (("Payments", "ALIPAY_GATEWAY_URL"), ("Courier", "COURIER_GATEWAY_URL")):
        if variable in os.environ:
            say(f"  {name:<13} {os.environ[variable]}  (simulator)")
    say(f"  Logs          {demo.var / 'log'}\n")
    logins = demo.var / "demo_logins.json"
    if logins.exists():
        for login in json.loads(logins.read_text()):
            say(f"  {login['role']:<20} {login['login']:<28} {login['password']}")
    else:
        say("  No logins yet: .venv/bin/python manage.py createsuperuser makes the first.")
    say("")


def _wants_history() -> bool:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM core_job WHERE kind = 'shopsite.seed_demo' AND state <> 'done')"
                " OR NOT EXISTS (SELECT FROM order_order) AND NOT EXISTS (SELECT FROM catalogue_product)"
            )
            (wanted,) = cursor.fetchone()
            return bool(wanted)
    finally:
        connection.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
