"""The servers run for root and for ordinary users, wherever the clone lies."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .builders import (
    a_checkout,
    a_user,
    as_root,
    no_process_is_left,
    packages_in,
    processes_of,
    query,
    server_state,
)

pytestmark = [pytest.mark.slow, as_root]


def _owner_of(process: int) -> str:
    return pwd.getpwuid(Path(f"/proc/{process}").stat().st_uid).pw_name


def test_for_root_the_servers_run_without_roots_rights(folder):
    with a_user(folder) as user:
        for kind in user.answer:
            assert _owner_of(server_state(folder, kind)["pid"]) in ("postgres", "nobody")
            home = (folder / "servers" / kind).stat()
            assert (home.st_uid, home.st_mode & 0o007) == (0, 0)
        user.leave()
    no_process_is_left(folder)


def test_a_clone_in_a_closed_home_keeps_its_data_and_programs_elsewhere(folder):
    home = folder / "home"
    home.mkdir(mode=0o700)
    checkout, packages = a_checkout(home / "clone"), packages_in(home / "packages")
    var = checkout / "var"
    with a_user(var, path=(checkout, packages)) as user:
        query(user.answer["postgres"], "CREATE TABLE kept AS SELECT 4711 AS number")
        elsewhere = (var / "servers").resolve()
        assert (var / "servers").is_symlink()
        assert not elsewhere.is_relative_to(folder)
        assert elsewhere.stat().st_mode & 0o007 == 0
        program = os.readlink(f"/proc/{server_state(var, 'postgres')['pid']}/exe")
        assert program.startswith(str(elsewhere))
        assert home.stat().st_mode & 0o777 == 0o700
        user.kill()
        no_process_is_left(folder)
    with a_user(var, path=(checkout, packages)) as user:
        assert query(user.answer["postgres"], "SELECT number FROM kept") == [(4711,)]
        copied = home / "copy"
        shutil.copytree(checkout, copied, symlinks=True, ignore=shutil.ignore_patterns("*.pyc"))
        with a_user(copied / "var", "postgres", path=(copied, packages)) as other:
            assert query(other.answer["postgres"], "SELECT to_regclass('kept')") == [(None,)]


def test_an_ordinary_user_needs_nothing_set_up(folder):
    nobody = pwd.getpwnam("nobody")
    rights = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    python = _python_for(rights)
    checkout, packages = a_checkout(folder / "clone"), packages_in(folder / "packages")
    for path in (checkout, packages):
        subprocess.run(["chmod", "-R", "a+rX", path], check=True)
    os.chown(checkout, nobody.pw_uid, nobody.pw_gid)
    with a_user(checkout / "var", python=python, path=(checkout, packages), **rights) as user:
        assert query(user.answer["postgres"], "SELECT 1") == [(1,)]
        for kind in user.answer:
            state = server_state(checkout / "var", kind)
            assert (_owner_of(state["pid"]), _owner_of(state["keeper"])) == ("nobody", "nobody")
        assert not (checkout / "var/servers").is_symlink()
        user.kill()
        no_process_is_left(folder)


def test_folders_of_another_user_are_refused_with_a_way_out(folder):
    nobody = pwd.getpwnam("nobody")
    rights = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    python = _python_for(rights)
    checkout = a_checkout(folder / "clone")
    subprocess.run(["chmod", "-R", "a+rX", checkout], check=True)
    with a_user(checkout / "var", "broker") as root:
        with a_user(checkout / "var", "broker", python=python, path=(checkout,), **rights) as other:
            assert "SHOPSITE_VAR" in other.answer["error"]
        assert len([line for line in processes_of(folder) if "redis-server" in line]) == 1
        root.leave()


def _python_for(rights: dict[str, object]) -> str:
    """An interpreter that the account may run: the test's own may lie in root's home."""
    for python in (sys.executable, "/usr/bin/python3.11", "/usr/bin/python3"):
        test = "import sys; sys.exit(sys.version_info < (3, 11))"
        try:
            if subprocess.run([python, "-c", test], cwd="/", check=False, **rights).returncode == 0:
                return python
        except (PermissionError, FileNotFoundError):
            continue
    pytest.skip("no Python 3.11 that an ordinary user may run")
