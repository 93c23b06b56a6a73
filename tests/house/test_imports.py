"""Each import contract refuses a planted breach: a rule that cannot fail guards nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
APPS = ["crm", "finance", "inventory", "logistics", "orders", "returns", "storefront"]
ROOMS = ["core", *APPS, "shopsite", "tests"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The code without anything else, to be spoiled."""
    there = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(
            HOUSE / room, there / room, ignore=lambda _folder, names: {n for n in names if n == "__pycache__"}
        )
    shutil.copy(HOUSE / "pyproject.toml", there)
    return there


def lint(folder):
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_house_keeps_its_contracts():
    code, said = lint(HOUSE)
    assert code == 0, said


@pytest.mark.parametrize(
    ("where", "line", "contract"),
    [
        ("inventory/errors.py", "import orders.errors", "Imports point down"),
        ("core/errors.py", "import crm.errors", "Imports point down"),
        ("orders/rules/draft.py", "import django.db", "Rules know no Django"),
        ("orders/rules/draft.py", "import core.clock", "Rules know no Django"),
        ("core/tabular/cells.py", "import django.conf", "File readers know no database"),
        ("core/clock.py", "import core.jobs", "No circles"),
        ("logistics/errors.py", "import inventory.models", "Another app is used through its public face"),
        ("returns/errors.py", "import orders.order.models", "Another app is used through its public face"),
    ],
)
def test_a_planted_breach_breaks_its_contract(copy, where, line, contract):
    spoiled = copy / where
    before = spoiled.read_text()
    spoiled.write_text(f"{before}\n\n{line}  # noqa\n")
    try:
        code, said = lint(copy)
    finally:
        spoiled.write_text(before)
    assert code == 1
    assert f"{contract} BROKEN" in said


def test_the_shop_may_use_the_forks(copy):
    """The control of the control: what is allowed is not refused."""
    view = copy / "storefront/views.py"
    if not view.exists():
        view = copy / "storefront/views/__init__.py"
    before = view.read_text()
    view.write_text(f"{before}\n\nimport orders.basket.models  # noqa\n")
    try:
        code, said = lint(copy)
    finally:
        view.write_text(before)
    assert code == 0, said
