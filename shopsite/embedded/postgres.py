"""The embedded PostgreSQL: made once, checked before each start, started as a plain child."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .children import processes_in
from .errors import EmbeddedError
from .places import Account, make_data_folder, postgres_programs

STOP_SIGNAL = signal.SIGINT  # "fast": sessions are ended, a checkpoint is written
ROLE = DATABASE = "shopsite"
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
_ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket would be one more door to guard
    "max_connections": "200",  # web, workers, beat, two xdist workers with race threads
    "timezone": "UTC",
    "jit": "off",  # our statements are short: compiling one takes longer than running it
    "log_line_prefix": "%m [%p] ",
}
_TESTING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
}
_ROLE_SETTINGS = {
    "lock_timeout": "3s",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
}


class Postgres:
    """One cluster with one role and one database of the same name."""

    def __init__(self, *, home: Path, folder: Path, account: Account, secret: str, profile: str) -> None:
        self.programs = postgres_programs(home, account)
        self.folder, self.account, self.secret, self.profile = folder, account, secret, profile
        self.data = folder / "data"

    def prepare(self) -> None:
        """Leave a complete data folder of the right version that no server holds open."""
        if self.data.exists():
            self._check_version()
            self._remove_leftovers()
        else:
            self._make_cluster()

    def command(self, port: int) -> list[str]:
        settings = _ALWAYS | (_TESTING if self.profile == "testing" else {}) | {"port": str(port)}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data), *options]

    def environment(self) -> dict[str, str]:
        return _ENVIRONMENT

    def configuration(self, port: int) -> str:
        return ""

    def is_ready(self, process: int, port: int) -> bool:
        lines = self._pid_file()
        return len(lines) >= 8 and lines[0] == str(process) and lines[7].strip() == "ready"

    def url(self, port: int) -> str:
        return f"postgres://{ROLE}:{self.secret}@127.0.0.1:{port}/{DATABASE}"

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        output = self._run("postgres", "--version").stdout
        ours = output.split()[-1].split(".")[0]
        if made_by != ours:
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {made_by}, the installed programs are {ours}. Nothing"
                " was changed. Install the former programs, dump the data and load it into a new"
                " folder (docs/runbook.md, 'Upgrade of the servers'), or move the folder away to begin anew."
            )

    def _remove_leftovers(self) -> None:
        """After kill -9 of a keeper its server may still be closing; its pid may since be another's."""
        patience = time.monotonic() + 60
        while left := processes_in(self.data, "postgres"):
            wanted = signal.SIGQUIT if time.monotonic() > patience - 30 else STOP_SIGNAL
            if (lines := self._pid_file()) and lines[0].isdigit() and int(lines[0]) in left:
                os.kill(int(lines[0]), wanted)
            if time.monotonic() > patience:
                raise EmbeddedError(f"Processes {left} still use {self.data}; end them and start again.")
            time.sleep(0.1)
        # Only now is the file surely stale; PostgreSQL itself would believe a recycled pid.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _make_cluster(self) -> None:
        """The folder gets its final name last, so that a half-made one is never mistaken for data."""
        half = self.folder / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        make_data_folder(half, self.account)
        password = self.folder / "password"
        password.unlink(missing_ok=True)
        descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, self.secret.encode())
        if os.geteuid() == 0:
            os.fchown(descriptor, self.account.uid, self.account.gid)
        os.close(descriptor)
        try:
            self._run(
                "initdb", "-D", str(half), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N",
                "--auth=scram-sha-256", f"--pwfile={password}",
            )  # fmt: skip
        finally:
            password.unlink()
        statements = [
            f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.secret}' {self._rights()}",
            *(f"ALTER ROLE {ROLE} SET {name} = '{value}'" for name, value in _ROLE_SETTINGS.items()),
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
        ]
        script = "".join(f"{statement};\n" for statement in statements)
        self._run("postgres", "--single", "-c", "exit_on_error=on", "-D", str(half), "postgres", stdin=script)
        half.rename(self.data)

    def _rights(self) -> str:
        # The tests rest triggers while they empty append-only tables; the shop itself never may.
        return "SUPERUSER" if self.profile == "testing" else "CREATEDB"

    def _run(self, program: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603
            [str(self.programs / program), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd="/",
            env=_ENVIRONMENT,
            check=False,
            umask=0o077,
            **self.account.popen(),
        )
        if done.returncode != 0:
            raise EmbeddedError(f"{program} failed: {(done.stderr or done.stdout).strip()}")
        return done
