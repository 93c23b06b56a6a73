"""All reports by name. An export that is not registered here does not exist (F56: one place, tested)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, Protocol, TypeVar
from zoneinfo import ZoneInfo

from .columns import Column, check_columns
from .csvfile import CsvReport
from .writer import Heading, ReportWriter, Written
from .xlsxfile import XlsxReport

Params = Mapping[str, Any]


class Report(Protocol):
    """What an app offers to be exported. `rows` is an iterator over a server-side cursor, values in the
    order of `columns`; `totals` are the same figures from the ledger, or None where it has none; `series`
    are the points of its chart, `chart` says how they are drawn; `right` names the action of `core.rights`
    that opens it."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> Any: ...
    @property
    def right(self) -> str: ...
    @property
    def chart(self) -> str: ...
    @property
    def columns(self) -> Sequence[Column]: ...

    def heading(self, params: Params) -> Heading: ...
    def rows(self, params: Params) -> Iterable[Sequence[Any]]: ...
    def totals(self, params: Params) -> Mapping[str, Decimal] | None: ...
    def series(self, params: Params) -> Sequence[tuple[Any, Decimal]]: ...


AnyReport = TypeVar("AnyReport", bound=Report)
WRITERS: dict[str, type[ReportWriter]] = {"xlsx": XlsxReport, "csv": CsvReport}
_reports: dict[str, Report] = {}


def register(report: AnyReport) -> AnyReport:
    """Offer a report under its name; called in `ready()` of its app. A name is taken once."""
    check_columns(report.columns)
    known = _reports.setdefault(report.name, report)
    if type(known) is not type(report):
        raise ValueError(f"two reports are called {report.name}")
    return report


def report(name: str) -> Report:
    """The report of this name. Raises LookupError naming those that exist."""
    try:
        return _reports[name]
    except KeyError:
        raise LookupError(f"no report {name!r}; there are: {', '.join(sorted(_reports))}") from None


def all_reports() -> list[Report]:
    return [_reports[name] for name in sorted(_reports)]


def write_report(
    name: str,
    params: Params,
    *,
    format: str,
    out: BinaryIO,
    zone: ZoneInfo,
    titles: Mapping[str, str] | None = None,
    show: Callable[[int], None] | None = None,
) -> Written:
    """Write the report of this name to an open binary file and say what was written.

    `format` is `xlsx` or `csv`; `titles` replaces column titles by key (for two languages side by side);
    `show` hears after every thousand rows how many there are so far.
    Raises LookupError for an unknown report or format.
    """
    found = report(name)
    if format not in WRITERS:
        raise LookupError(f"no format {format!r}; there are: {', '.join(WRITERS)}")
    columns = [
        Column(c.key, (titles or {}).get(c.key, c.title), c.kind, c.width, c.total) for c in found.columns
    ]
    heading, ledger_totals = found.heading(params), found.totals(params)
    rows = counted(found.rows(params), show)
    return WRITERS[format](out, columns, zone=zone).write(heading, rows, ledger_totals=ledger_totals)


def counted(rows: Iterable[Sequence[Any]], show: Callable[[int], None] | None) -> Iterator[Sequence[Any]]:
    """The rows; `show` hears after every thousand, and at the end, how many there were."""
    count = 0
    for count, row in enumerate(rows, start=1):
        if show and count % 1000 == 0:
            show(count)
        yield row
    if show:
        show(count)
