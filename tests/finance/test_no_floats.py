"""Money never meets a binary fraction (F62): no float literal, no float() where money is worked on."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    ROOT / "core" / "money.py",
    *sorted((ROOT / "finance" / "rules").rglob("*.py")),
    *sorted((ROOT / "finance" / "services").rglob("*.py")),
    *sorted((ROOT / "finance" / "models").rglob("*.py")),
    ROOT / "finance" / "queries.py",
]


def floats_in(source: str) -> list[int]:
    """Lines with a float literal or a call of float()."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_float_where_money_is_worked_on(file):
    assert floats_in(file.read_text()) == []


def test_the_check_sees_a_float():
    assert floats_in("a = 0.5\nb = float('1')\nc = 1\n") == [1, 2]
