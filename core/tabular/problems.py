"""What can be wrong with a file, a row or a cell: a stable code, plain values, and an English text.

A `RefusedFile` ends the reading and nothing of the file may be kept. A `CellProblem` never does:
its row waits for a person and the rest goes on (FORMATS 0.2).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.errors import DomainError
from core.reasons import Reason, in_cell, said

from .messages import MESSAGES

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Problem:
    """`code` is stable for programs; `params` fill the places of its message."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)

    def text(self, translate: Translate = said) -> str:
        """The message in the language of `translate`."""
        return translate(MESSAGES[self.code]) % self.params

    def __str__(self) -> str:
        return self.text()


class RefusedFile(DomainError):
    """The whole file is not read: nothing but its hash and this reason may be stored."""

    def __init__(self, code: str, **params: Any) -> None:
        self.problem = Problem(code, params)
        super().__init__(self.problem.text(), code=code, **params)

    def text(self, translate: Translate = said) -> str:
        return self.problem.text(translate)


class BadCell(Exception):
    """One cell cannot be read. Raised by the parsers of `cells`, collected by `CellReader`."""

    def __init__(self, code: str, **params: Any) -> None:
        self.problem = Problem(code, params)
        super().__init__(self.problem.text())


@dataclass(frozen=True)
class CellProblem:
    """One finding with its place: file, sheet, row and column of the original, and the value found.

    `column` is the title in the file, empty when the whole row is meant. `raw` keeps the row as it
    came. The message says what to do.
    """

    file: str
    sheet: str
    row: int
    column: str
    value: str
    problem: Problem
    raw: tuple[str, ...] = ()

    @property
    def reason(self) -> Reason:
        return Reason(self.problem.code, **self.problem.params)

    @property
    def told(self) -> Reason:
        """Column, the value that stands there, and what to do."""
        return in_cell(self.column, self.value, self.reason)

    def text(self, translate: Translate = said) -> str:
        return self.problem.text(translate)
