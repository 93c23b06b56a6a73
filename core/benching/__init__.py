"""Measuring: what we do beside the least that could do it, in one run, on data of the bench's own.

Absolute figures say little about code on a machine with neighbours; a ratio taken within one round does.
"""

from .database import own_database
from .measure import Bench, Result, Scale, all_benches, bench_named, measure, offered
from .together import at_once

__all__ = [
    "Bench",
    "Result",
    "Scale",
    "all_benches",
    "at_once",
    "bench_named",
    "measure",
    "offered",
    "own_database",
]
