"""Reports out of SQL: rows by a server-side cursor, totals of the same thing from the ledger (ANCHORS 9.9).

A report speaks of one legal entity, so of one currency, and of business days, both ends included; a day is
the half-open interval of its instants in the installation's zone, whatever zone the server has (F65).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, transaction
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core import clock, origins
from core.entities import default_entity
from core.errors import InvalidInput
from core.models import LegalEntity
from core.money import ZERO
from core.reports import Column, Heading, Labels

LABELS = Labels(
    total=gettext_lazy("Total"),
    ledger_total=gettext_lazy("Ledger total"),
    difference=gettext_lazy("Difference"),
    created=gettext_lazy("Created"),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which days, both included, and whose books."""

    first: date
    last: date
    entity: LegalEntity

    @property
    def since(self) -> datetime:
        return clock.day_bounds(self.first)[0]

    @property
    def until(self) -> datetime:
        return clock.day_bounds(self.last)[1]

    def values(self) -> dict[str, Any]:
        """What every query of a report may name."""
        return {
            "first": self.first,
            "last": self.last,
            "since": self.since,
            "until": self.until,
            "entity": self.entity.pk,
            "is_default": self.entity.is_default,
            "zone": clock.zone().key,
            "zh": (get_language() or "").startswith("zh"),
        }


def scope_of(params: Mapping[str, Any]) -> Scope:
    """The scope that `from`, `to` (dates or ISO text) and `entity` (code) describe; by default today.

    Raises InvalidInput that names what is wrong.
    """
    last = _day(params, "to", clock.today())
    first = _day(params, "from", last)
    if last < first:
        raise InvalidInput(_("The period ends before it begins: exchange the two days."), column="to")
    code = params.get("entity") or ""
    entity = LegalEntity.objects.filter(code=code).first() if code else default_entity()
    if entity is None:
        known = ", ".join(LegalEntity.objects.order_by("code").values_list("code", flat=True))
        raise InvalidInput(
            _("There is no legal entity “%(code)s”. Known: %(known)s.") % {"code": code, "known": known},
            column="entity",
        )
    return Scope(first, last, entity)


def _day(params: Mapping[str, Any], name: str, default: date) -> date:
    value = params.get(name) or default
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InvalidInput(
            _("“%(value)s” is no day: write it as 2026-09-30.") % {"value": value}, column=name
        ) from None


class SqlReport:
    """A report whose rows, ledger totals and chart are three queries over the same scope.

    `sql` selects the columns in their order. `ledger_sql` selects one row whose column names are keys of
    summed columns. `chart_sql` selects label and amount. `words` translates codes in a column. Each may name
    the values of `Scope.values`, with `%%` for a percent sign.
    """

    name = ""
    title: Any = ""
    hint: Any = ""  # one sentence: what it shows and for whom
    right = "finance.see_ledger"
    chart = "bars"  # or "line" for a level that holds until it changes
    columns: Sequence[Column] = ()
    sql = ""
    ledger_sql = ""
    chart_sql = ""
    words: Mapping[str, Mapping[str, Any]] = {}

    def heading(self, params: Mapping[str, Any]) -> Heading:
        scope = scope_of(params)
        return Heading(
            self.title,
            (
                (_("From"), scope.first),
                (_("To, included"), scope.last),
                (_("Legal entity"), scope.entity.name),
                (_("Currency"), scope.entity.currency),
            ),
            clock.now(),
            LABELS,
        )

    def rows(self, params: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
        """The rows, read as they are asked for."""
        values = scope_of(params).values()
        words = self.words
        worded = [(at, words[c.key]) for at, c in enumerate(self.columns) if c.key in words]
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(self.sql, values)
            for row in cursor:
                cells = list(row)
                for at, names in worded:
                    cells[at] = names.get(cells[at], cells[at])
                yield cells

    def totals(self, params: Mapping[str, Any]) -> dict[str, Decimal] | None:
        """The same sums from the ledger, by column; None for a report that has none."""
        if not self.ledger_sql:
            return None
        with connection.cursor() as cursor:
            cursor.execute(self.ledger_sql, scope_of(params).values())
            found = cursor.fetchone()
            return {
                column.name: value or ZERO for column, value in zip(cursor.description, found, strict=True)
            }

    def series(self, params: Mapping[str, Any]) -> list[tuple[Any, Decimal]]:
        """Label and amount of each point of the report's chart, in order."""
        with connection.cursor() as cursor:
            cursor.execute(self.chart_sql, scope_of(params).values())
            return [(label, amount or ZERO) for label, amount in cursor.fetchall()]


class DocumentNumber:
    """SQL for the number that people call a document by, from its kind and id; read from all origins.

    Formatted late, since apps make their kinds known one after the other.
    """

    def __init__(self, kind: str, id: str) -> None:
        self.kind, self.id = kind, id

    def __str__(self) -> str:
        cases = "".join(
            f" WHEN '{name}' THEN (SELECT x.{column}::text FROM {table} x WHERE x.id = {self.id})"  # noqa: S608 - names from our own models
            for name, table, column in _numbered()
        )
        return f"CASE {self.kind}{cases} ELSE {self.id}::text END"


def _numbered() -> Iterator[tuple[str, str, str]]:
    for known in origins.kinds().values():
        meta = apps.get_model(known.model)._meta
        try:
            field = meta.pk if known.number == "pk" else meta.get_field(known.number)
        except FieldDoesNotExist:
            continue
        if getattr(field, "column", None):
            yield known.kind, meta.db_table, field.column
