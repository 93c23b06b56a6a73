"""The one base of all exports: title, parameters, header, rows, totals; streamed, formula-safe, and
byte-equal whatever the server's zone is (FORMATS R21, R22; F56).

Subclasses put cells into one kind of file; what a report looks like is decided here once.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from .columns import Column, check_columns

Totals = Mapping[str, Decimal]


@dataclass(frozen=True)
class Labels:
    """The words around a report, in the language of its reader; readers of ours know them as totals."""

    total: Any = "Total"
    ledger_total: Any = "Ledger total"
    difference: Any = "Difference"
    created: Any = "Created"


@dataclass(frozen=True)
class Heading:
    """What stands above the table. `created_at` comes from the caller's clock, aware."""

    title: Any
    parameters: Sequence[tuple[Any, Any]] = ()
    created_at: datetime | None = None
    labels: Labels = field(default_factory=Labels)


@dataclass(frozen=True)
class Written:
    """What was written: number of rows, sums of the summed columns, and ledger minus rows where given."""

    rows: int
    totals: dict[str, Decimal]
    differences: dict[str, Decimal]


class ReportWriter(ABC):
    """Writes one report to one open binary file."""

    extension = ""
    content_type = ""

    def __init__(self, out: BinaryIO | None, columns: Sequence[Column], *, zone: ZoneInfo) -> None:
        check_columns(columns)
        self.out, self.columns, self.zone = out, list(columns), zone

    def write(
        self, heading: Heading, rows: Iterable[Sequence[Any]], *, ledger_totals: Totals | None = None
    ) -> Written:
        """Write everything in one pass over `rows` (values in the order of the columns).

        Under the rows stand their totals; with `ledger_totals` also what the ledger says and the
        difference, so that a report that does not add up shows it itself.
        """
        self.begin(heading)
        self.put_line([str(heading.title)], bold=True)
        for label, value in self._parameters(heading):
            self.put_line([str(label), str(value)])
        self.put_line([])
        self.put_header([column.header(self.zone) for column in self.columns])
        sums = {c.key: Decimal("0.00" if c.kind == "money" else 0) for c in self.columns if c.is_summed}
        summed = [(at, column.key) for at, column in enumerate(self.columns) if column.is_summed]
        count = 0
        for row in rows:
            if len(row) != len(self.columns):
                raise ValueError(f"row {count + 1} has {len(row)} values for {len(self.columns)} columns")
            for at, key in summed:
                if row[at] is not None:
                    sums[key] += row[at]
            self.put_row(row)
            count += 1
        differences = self._put_totals(heading.labels, sums, ledger_totals)
        self.finish()
        return Written(count, sums, differences)

    def write_list(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write the titles and the rows alone, for letters and machines that want nothing around them."""
        self.put_header([column.header(self.zone) for column in self.columns])
        for row in rows:
            self.put_row(row)
        self.finish()

    def _parameters(self, heading: Heading) -> list[tuple[Any, Any]]:
        lines = list(heading.parameters)
        if heading.created_at is not None:
            moment = heading.created_at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")
            lines.append((heading.labels.created, f"{moment} {self.zone.key}"))
        return lines

    def _put_totals(
        self, labels: Labels, sums: dict[str, Decimal], ledger: Totals | None
    ) -> dict[str, Decimal]:
        if not sums:
            return {}
        self.put_totals(str(labels.total), sums)
        if ledger is None:
            return {}
        differences = {key: ledger[key] - sums[key] for key in sums if key in ledger}
        self.put_totals(str(labels.ledger_total), {key: ledger[key] for key in differences})
        self.put_totals(str(labels.difference), differences)
        return differences

    def put_totals(self, label: str, values: Mapping[str, Decimal]) -> None:
        """One line of the totals block: the label first, then the figures under their columns."""
        self.put_sums([label, *(values.get(column.key) for column in self.columns[1:])])

    @abstractmethod
    def begin(self, heading: Heading) -> None: ...

    @abstractmethod
    def put_line(self, texts: Sequence[str], *, bold: bool = False) -> None: ...

    @abstractmethod
    def put_header(self, titles: Sequence[str]) -> None: ...

    @abstractmethod
    def put_row(self, row: Sequence[Any]) -> None: ...

    @abstractmethod
    def put_sums(self, cells: Sequence[Any]) -> None: ...

    @abstractmethod
    def finish(self) -> None: ...
