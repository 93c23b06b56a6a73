"""Writing a report to a file: the one door for the command, the back office and background jobs."""

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils import translation

from core import clock
from core.reports import Written, write_report


def export_report(
    name: str,
    params: Mapping[str, Any],
    *,
    format: str,
    out: BinaryIO,
    language: str = "",
    show: Callable[[int], None] | None = None,
) -> Written:
    """Write a report and say what was written: rows, sums, and ledger minus rows.

    Rows and ledger totals are read in one snapshot, so that a booking in between cannot part them. `show`
    hears now and then how many rows are done. Raises LookupError for an unknown report or format,
    InvalidInput for parameters that are wrong.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic(), translation.override(language or translation.get_language()):
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return write_report(name, params, format=format, out=out, zone=clock.zone(), show=show)


def as_plain(written: Written) -> dict[str, Any]:
    """What was written, for a JSON line or the result of a job; amounts are text."""
    return {
        "rows": written.rows,
        "totals": {key: f"{value:f}" for key, value in written.totals.items()},
        "ledger_totals": {key: f"{written.totals[key] + gap:f}" for key, gap in written.differences.items()},
        "differences": {key: f"{gap:f}" for key, gap in written.differences.items()},
    }
