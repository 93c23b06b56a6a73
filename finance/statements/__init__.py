"""Readers of statements and bills: bytes to normalised rows, without a database."""

from .generic_csv import ColumnMap
from .problems import Problem, StatementRefused
from .recognise import Hints, read_statement
from .rows import (
    ControlTotal,
    Direction,
    FileOutcome,
    ParsedStatement,
    RawCells,
    ReviewRow,
    RowKind,
    StatementRow,
)

__all__ = [
    "ColumnMap",
    "ControlTotal",
    "Direction",
    "FileOutcome",
    "Hints",
    "ParsedStatement",
    "Problem",
    "RawCells",
    "ReviewRow",
    "RowKind",
    "StatementRefused",
    "StatementRow",
    "read_statement",
]
