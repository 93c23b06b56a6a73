"""The suite's own ways in: side by side, as `make test` runs it, and in one process, as a debugger does."""

import os
import subprocess
import sys

import pytest

from shopsite.entry import CHECKOUT

pytestmark = pytest.mark.slow
GIVEN = {"DATABASE_URL", "REDIS_URL", "CACHE_URL", "SHOPSITE_EMBEDDED"}


def test_one_process_finds_its_database_by_itself():
    """Servers are found before the settings are read, not by a process above that has found them."""
    bare = {
        name: value
        for name, value in os.environ.items()
        if name not in GIVEN and not name.startswith(("PYTEST_", "DJANGO_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "tests/core/test_notes.py"],
        cwd=CHECKOUT, env=bare, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
