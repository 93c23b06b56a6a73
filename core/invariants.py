"""What must always be true, as queries that name the rows which break it (FAILURES section 2).

An app lists its checks in `invariants.py`; `manage.py check_invariants` runs them all in one
REPEATABLE READ snapshot.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Invariant:
    number: str
    title: str
    sql: str | Callable[[], str]


@dataclass(frozen=True, slots=True)
class Breach:
    number: str
    title: str
    count: int
    rows: list[str] = field(default_factory=list)


_known: dict[str, Invariant] = {}


def invariant(number: str, title: str, sql: str | Callable[[], str]) -> Invariant:
    """Add a check. `sql` selects one text column per offending row: its name for a person.

    A function is asked for the text when the check runs: for checks over all documents there are.
    """
    if number in _known:
        raise ValueError(f"{number} is there already")
    _known[number] = Invariant(number, title, sql)
    return _known[number]


def known() -> list[Invariant]:
    """All checks, by number."""
    autodiscover_modules("proofs", "invariants")
    return [_known[number] for number in sorted(_known)]


def find_breaches(
    only: Iterable[str] = (), *, progress: Callable[[Invariant], None] | None = None
) -> list[Breach]:
    """Run the checks (all, or those numbered) and return what is broken, worst first 100 rows each."""
    wanted = set(only)
    breaches = []
    with transaction.atomic(), connection.cursor() as cursor:
        if not wanted and connection.savepoint_ids == []:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for check in known():
            if wanted and check.number not in wanted:
                continue
            if progress:
                progress(check)
            cursor.execute(check.sql if isinstance(check.sql, str) else check.sql())
            rows = [str(row[0]) for row in cursor.fetchall()]
            if rows:
                breaches.append(Breach(check.number, check.title, len(rows), rows[:SHOWN]))
    return breaches
