"""Writing a report to a file: the one door for the command, the back office and background jobs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, Final

from django.db import connection, transaction
from django.utils import translation

from core import clock
from core.reports import ScreenReport, SeveralReports, Written, report, write_report
from core.reports.registry import WRITERS, counted

SHOWN_ROWS: Final = 500


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
    with _snapshot(), translation.override(language or translation.get_language()):
        return write_report(name, params, format=format, out=out, zone=clock.zone(), show=show)


@dataclass(frozen=True, slots=True)
class Shown:
    """A report for the screen: its first rows as text, its points, and all of it as files by format.

    `page` is plain JSON; a format whose files cannot hold so many rows is missing from `files`.
    """

    page: dict[str, Any]
    files: dict[str, bytes]


def show_report(
    name: str, params: Mapping[str, Any], *, language: str = "", show: Callable[[int], None] | None = None
) -> Shown:
    """Read a report once, in one snapshot with its ledger totals and its chart. Raises as `export_report`."""
    with _snapshot(), translation.override(language or translation.get_language()):
        found, zone = report(name), clock.zone()
        outs = {format: BytesIO() for format in WRITERS}
        screen = ScreenReport(found.columns, zone=zone, most=SHOWN_ROWS)
        writers: dict[str, Any] = {
            format: WRITERS[format](out, found.columns, zone=zone) for format, out in outs.items()
        }
        several = SeveralReports(writers | {"screen": screen}, found.columns, zone=zone)
        heading, ledger = found.heading(params), found.totals(params)
        written = several.write(heading, counted(found.rows(params), show), ledger_totals=ledger)
        page = as_plain(written) | {
            "title": str(heading.title),
            "parameters": [[str(label), str(value)] for label, value in heading.parameters],
            "created_at": clock.now().isoformat(),
            "columns": [
                {"key": column.key, "title": title, "kind": column.kind, "summed": column.is_summed}
                for column, title in zip(found.columns, screen.titles, strict=True)
            ],
            "shown": screen.rows,
            "series": [[str(label), f"{amount:f}"] for label, amount in found.series(params)],
        }
        files = {format: out.getvalue() for format, out in outs.items() if format not in several.full}
    return Shown(page, files)


@contextmanager
def _snapshot() -> Iterator[None]:
    """Rows and ledger totals of one instant; within a test's transaction that is given anyway."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def as_plain(written: Written) -> dict[str, Any]:
    """What was written, for a JSON line or the result of a job; amounts are text."""
    return {
        "rows": written.rows,
        "totals": {key: f"{value:f}" for key, value in written.totals.items()},
        "ledger_totals": {key: f"{written.totals[key] + gap:f}" for key, gap in written.differences.items()},
        "differences": {key: f"{gap:f}" for key, gap in written.differences.items()},
    }
