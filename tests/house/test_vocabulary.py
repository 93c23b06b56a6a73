"""A reader who knows one room knows all: only these names stand in an app (ARCHITECTURE, the house)."""

from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
APPS = ["crm", "finance", "inventory", "logistics", "orders", "returns", "storefront"]
# Nested packages under Oscar's labels follow Oscar's own file names.
FORKS = {
    "finance": {"payment"},
    "inventory": {"partner"},
    "logistics": {"shipping"},
    "orders": {"basket", "offer", "order", "voucher"},
    "storefront": {"catalogue", "checkout", "customer", "search"},
}
SUB_PACKAGES = {"inventory": {"purchasing"}}
VOCABULARY = {
    "admin",
    "api",
    "apps",
    "backends",
    "benches",
    "checks",
    "errors",
    "events",
    "forms",
    "gateways",
    "handlers",
    "invariants",
    "management",
    "migrations",
    "models",
    "panels",
    "queries",
    "reports",
    "rules",
    "services",
    "statements",
    "tasks",
    "templatetags",
    "urls",
    "views",
}
UNWANTED = {"utils", "helpers", "common", "misc", "signals", "managers", "manager", "tools", "lib"}


def names_in(folder: Path) -> set[str]:
    return {
        entry.stem
        for entry in folder.iterdir()
        if not entry.name.startswith(("_", ".")) and (entry.is_dir() or entry.suffix == ".py")
    }


@pytest.mark.parametrize("app", APPS)
def test_an_app_has_only_rooms_of_the_closed_vocabulary(app):
    allowed = VOCABULARY | FORKS.get(app, set()) | SUB_PACKAGES.get(app, set())
    assert names_in(HOUSE / app) - allowed == set()


def test_no_file_is_a_drawer_for_everything():
    drawers = [
        str(path.relative_to(HOUSE))
        for root in ["core", "shopsite", *APPS]
        for path in (HOUSE / root).rglob("*.py")
        if path.stem in UNWANTED and not any(part in FORKS.get(root, ()) for part in path.parts)
    ]
    assert drawers == []


def test_a_planted_drawer_is_found(tmp_path):
    (tmp_path / "helpers.py").touch()
    (tmp_path / "services").mkdir()
    assert names_in(tmp_path) - VOCABULARY == {"helpers"}


def test_the_top_level_is_the_one_that_was_agreed():
    folders = {
        entry.name for entry in HOUSE.iterdir() if entry.is_dir() and not entry.name.startswith((".", "_"))
    }
    assert folders - {"var", "build"} <= {
        "core", "crm", "docs", "finance", "inventory", "locale", "logistics", "orders",
        "requirements", "returns", "shopsite", "static", "storefront", "templates", "tests",
    }  # fmt: skip
