"""Matching a courier statement with our waybills: one outcome each (ANCHORS 3.4).

Set-wise: waybills whose every figure is right get their outcome by one INSERT … SELECT; only the others
are classified one by one, with their findings (PERFORMANCE R10, R11).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, islice
from typing import Any

from django.db import connection, transaction

from core import clock, faults, states
from core.money import ZERO
from core.reasons import stored
from logistics.models import Courier, CourierStatement, StatementRow, WaybillOutcome
from logistics.rules.grouping import Billed, BilledRow, Term, group_rows
from logistics.rules.matching import Classified, classify, expected_of
from logistics.rules.outcomes import FEES, FeeKind, Finding, Tolerance
from logistics.rules.rate_cards import RateCard, Service
from logistics.services.facts import FACTS, Known, facts_of
from logistics.services.rating import rate_card

CHUNK = 1000
COUNTED = (StatementRow.State.ACCEPTED, StatementRow.State.REVIEW)

# A table of its own has statistics of its own: of rows of this transaction the planner knows nothing yet
# and would look each one up in turn. What is decided already is left out here, before outcomes are added.
_GROUP = """
    CREATE TEMP TABLE courier_keys ON COMMIT DROP AS
    SELECT key, bool_and(state = 'accepted' AND kind <> 'adjustment' AND term <> 'collect') AS plain,
        count(*) FILTER (WHERE kind = 'freight') AS freights,
        count(*) FILTER (WHERE kind = 'surcharge') AS surcharges,
        count(*) FILTER (WHERE kind = 'cod_fee') AS cod_fees,
        bool_or(kind = 'cod' AND amount <> 0) AS has_cash,
        coalesce(sum(amount) FILTER (WHERE kind = 'freight'), 0) AS freight,
        coalesce(sum(amount) FILTER (WHERE kind = 'surcharge'), 0) AS surcharge,
        coalesce(sum(amount) FILTER (WHERE kind = 'cod_fee'), 0) AS cod_fee,
        coalesce(sum(amount) FILTER (WHERE kind = 'cod'), 0) AS cod
      FROM logistics_statementrow
     WHERE statement_id = %(statement)s AND state IN ('accepted', 'review')
       AND key NOT IN (SELECT x.key FROM logistics_waybilloutcome x WHERE x.statement_id = %(statement)s)
     GROUP BY key
"""
# A waybill is plainly right when no rule could find a fault: nothing of it is settled, unread, corrected
# or paid by the receiver, and each kind that is billed is the expected amount to the cent.
_INSERT_RIGHT = """
    INSERT INTO logistics_waybilloutcome (statement_id, key, waybill, parcel_id, outcome, currency,
        freight_billed, freight_expected, surcharge_billed, surcharge_expected,
        cod_fee_billed, cod_fee_expected, cod_billed, cod_expected, adjustment, billed, expected,
        findings, decision, reason)
    SELECT %(statement)s, g.key, g.key, f.parcel_id, 'agreed', %(currency)s,
        g.freight, g.freight, g.surcharge, g.surcharge, g.cod_fee, g.cod_fee, g.cod, g.cod, 0,
        g.freight + g.surcharge + g.cod_fee, g.freight + g.surcharge + g.cod_fee, '[]', '', ''
      FROM courier_keys g
      JOIN ({facts}) f ON f.number = g.key
     WHERE g.plain AND f.no_rate = ''
       AND (g.freights = 0 OR g.freight = f.freight
            + CASE WHEN 'surcharge' = ANY(%(folded)s) THEN f.surcharge ELSE 0 END
            + CASE WHEN 'cod_fee' = ANY(%(folded)s) THEN f.cod_fee ELSE 0 END)
       AND (g.surcharges = 0 OR g.surcharge = f.surcharge AND NOT 'surcharge' = ANY(%(folded)s))
       AND (g.cod_fees = 0 OR g.cod_fee = f.cod_fee AND NOT 'cod_fee' = ANY(%(folded)s))
       AND CASE WHEN g.has_cash THEN f.cash = 'delivered' AND f.cod_amount > 0 AND g.cod = f.cod_amount
                ELSE NOT (%(states_cod)s AND f.cash = 'delivered' AND f.cod_amount > 0) END
       AND NOT EXISTS (SELECT 1 FROM logistics_agreedcharge a
                        WHERE a.courier_id = %(courier)s AND a.waybill = g.key)
"""
# Ours, handed over by then, billed in no statement and settled by none (ANCHORS 3.9).
_MISSING = """
    SELECT f.number, f.parcel_id, f.freight, f.surcharge, f.cod_fee, f.day
      FROM ({facts}) f
     WHERE f.at < %(before)s
       AND NOT EXISTS (SELECT 1 FROM logistics_statementrow r
                        WHERE r.courier_id = %(courier)s AND r.key = f.number AND r.state <> 'disputed')
       AND NOT EXISTS (SELECT 1 FROM logistics_agreedcharge a
                        WHERE a.courier_id = %(courier)s AND a.waybill = f.number AND a.kind = 'freight')
     ORDER BY f.at, f.number
"""


@dataclass(frozen=True, slots=True)
class MissingWaybill:
    """A waybill that no statement has billed so far, and what was expected for it."""

    waybill: str
    parcel_id: int | None
    freight: Decimal
    surcharge: Decimal
    cod_fee: Decimal
    handed_over_on: date

    @property
    def expected(self) -> Decimal:
        return self.freight + self.surcharge + self.cod_fee


@dataclass(frozen=True, slots=True)
class Matched:
    """Outcomes of a statement counted by code, with the fees billed and expected."""

    outcomes: dict[str, int] = field(default_factory=dict)
    waybills: int = 0
    billed: Decimal = ZERO
    expected: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return self.billed - self.expected


@transaction.atomic
def match_statement(*, statement_id: int, progress: Callable[[int, int], Any] | None = None) -> Matched:
    """Give every waybill of a statement its outcome. Again is safe: what a person decided stays.

    Undecided outcomes are judged anew by what is known and settled now. Posts nothing and moves no
    parcel. `progress` hears how many of how many exceptions are done.
    """
    lock_courier(CourierStatement.objects.values_list("courier_id", flat=True).get(pk=statement_id))
    statement = CourierStatement.objects.select_for_update(of=("self",)).get(pk=statement_id)
    statement.outcomes.filter(decision="", posted_at=None).delete()
    if faults.guarded("R10"):
        with connection.cursor() as cursor:
            cursor.execute(_GROUP, _values(statement))
            cursor.execute("ANALYZE courier_keys")
            cursor.execute(_INSERT_RIGHT.format(facts=FACTS), _values(statement))
            cursor.execute("DROP TABLE courier_keys")
    _classify_rest(statement, progress)
    _list_missing(statement)
    if statement.state == CourierStatement.State.OPEN:
        states.move(
            statement,
            CourierStatement.State.MATCHED,
            transitions=CourierStatement.TRANSITIONS,
            field="state",
        )
    statement.matched_at = clock.now()
    statement.save(update_fields=["matched_at"])
    return summary_of(statement_id=statement_id)


def summary_of(*, statement_id: int) -> Matched:
    """The outcomes of a statement as figures; what is missing was not billed and counts no fees."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, count(*), sum(billed), sum(expected) FROM logistics_waybilloutcome"
            " WHERE statement_id = %s GROUP BY outcome ORDER BY outcome",
            [statement_id],
        )
        rows = cursor.fetchall()
    billed_rows = [row for row in rows if row[0] != WaybillOutcome.Code.MISSING]
    return Matched(
        outcomes={code: count for code, count, _billed, _expected in rows},
        waybills=sum(count for _code, count, _billed, _expected in billed_rows),
        billed=sum((row[2] for row in billed_rows), ZERO),
        expected=sum((row[3] for row in billed_rows), ZERO),
    )


def missing_waybills(
    *, courier: Courier, on: date | None = None, after_days: int | None = None
) -> list[MissingWaybill]:
    """Our waybills that were handed over `after_days` or longer before `on` and are on no statement."""
    on = on or clock.today()
    days = courier.billed_within_days if after_days is None else after_days
    _start, end = clock.day_bounds(on - timedelta(days=days))
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"courier": courier.pk, "before": end, "zone": clock.zone().key}
        cursor.execute(_MISSING.format(facts=FACTS), asked)
        return [MissingWaybill(*row) for row in cursor.fetchall()]


def lock_courier(courier_id: int) -> None:
    """One statement of a courier at a time: two uploads of one file must see each other (F50)."""
    if faults.guarded("F50"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 57))", [f"courier/{courier_id}"]
            )


def _values(statement: CourierStatement) -> dict[str, Any]:
    return {
        "statement": statement.pk,
        "courier": statement.courier_id,
        "currency": statement.currency,
        "folded": list(statement.folded),
        "states_cod": statement.states_cod,
        "zone": clock.zone().key,
    }


def _classify_rest(statement: CourierStatement, progress: Callable[[int, int], Any] | None) -> None:
    decided = statement.outcomes.values("key")
    rows = statement.rows.filter(state__in=COUNTED).exclude(key__in=decided)
    total = rows.values("key").distinct().count()
    if not total:
        return
    card = rate_card(statement.courier)
    done = 0
    groups = _billed_groups(statement, rows)
    while chunk := list(islice(groups, CHUNK)):
        numbers = [key for key, _billed in chunk]
        known = facts_of(courier_id=statement.courier_id, numbers=numbers, card=card)
        WaybillOutcome.objects.bulk_create(
            _judged(statement, key, billed, known.get(key), card) for key, billed in chunk
        )
        done += len(chunk)
        if progress:
            progress(done, total)


def _billed_groups(statement: CourierStatement, rows: Any) -> Iterator[tuple[str, Billed]]:
    """Rows of one waybill together, read in slices so that a large statement stays out of memory."""
    folded = frozenset(FeeKind(kind) for kind in statement.folded)
    ordered = rows.order_by("key", "pk").iterator(chunk_size=5000)
    for key, group in groupby(ordered, key=lambda row: row.key):
        (billed,) = group_rows(
            [_as_billed(row, key) for row in group], folded=folded, states_cod=statement.states_cod
        )
        yield key, billed


def _as_billed(row: StatementRow, key: str) -> BilledRow:
    return BilledRow(
        row=str(row),
        waybill=row.waybill,
        mother=key if row.waybill else "",
        kind=FeeKind(row.kind),
        amount=row.amount,
        item=row.item,
        weight_g=row.weight_g,
        zone=row.zone,
        term=Term(row.term) if row.term else None,
        is_return=row.is_return,
        problem=row.told,
    )


def _judged(
    statement: CourierStatement, key: str, billed: Billed, known: Known | None, card: RateCard
) -> WaybillOutcome:
    courier = statement.courier
    tolerance = Tolerance(courier.tolerance_money, courier.tolerance_percent)
    result = classify(known.facts if known else None, billed, known.rerate if known else _no_rate, tolerance)
    expected = _expected_by_kind(known, billed)
    return WaybillOutcome(
        statement=statement,
        key=key,
        waybill=billed.waybill,
        parcel_id=known.parcel_id if known else None,
        outcome=result.outcome,
        currency=statement.currency,
        freight_billed=billed.total(FeeKind.FREIGHT),
        freight_expected=expected[FeeKind.FREIGHT],
        surcharge_billed=billed.total(FeeKind.SURCHARGE),
        surcharge_expected=expected[FeeKind.SURCHARGE],
        cod_fee_billed=billed.total(FeeKind.COD_FEE),
        cod_fee_expected=expected[FeeKind.COD_FEE],
        cod_billed=billed.total(FeeKind.COD),
        cod_expected=_cash_due(result, billed),
        adjustment=billed.total(FeeKind.ADJUSTMENT),
        billed=result.billed,
        expected=result.expected,
        findings=[_evidence(finding, billed, known, statement) for finding in result.findings],
    )


def _no_rate(service: Service, zone: str, weight_g: int | None) -> Decimal | None:
    return None


def _expected_by_kind(known: Known | None, billed: Billed) -> dict[FeeKind, Decimal]:
    """What each kind that is billed should cost; a kind that is settled already should cost nothing more."""
    if known is None:
        return dict.fromkeys(FEES, ZERO)
    wanted = expected_of(known.facts, billed)
    return {
        kind: wanted.get(kind, ZERO) if billed.of(kind) and kind not in known.facts.settled else ZERO
        for kind in FEES
    }


def _cash_due(result: Classified, billed: Billed) -> Decimal:
    found = [finding.expected for finding in result.findings if finding.kind == FeeKind.COD]
    return found[-1] if found else billed.total(FeeKind.COD)


def _evidence(
    finding: Finding, billed: Billed, known: Known | None, statement: CourierStatement
) -> dict[str, Any]:
    """A finding as it is stored, shown and sent to the courier (ANCHORS 3.4)."""
    return {
        "code": finding.code,
        "kind": finding.kind or "",
        "rule": finding.rule,
        "expected": str(finding.expected),
        "billed": str(finding.billed),
        "money": str(finding.money),
        "note": finding.note,
        "why": stored(finding.note),
        "tolerated": finding.tolerated,
        "file": statement.filename,
        "rows": list(billed.rows),
        "rate": known.rate if known else "",
    }


def _list_missing(statement: CourierStatement) -> None:
    """What should stand on this statement by its last day. The accrual stays; nobody has to decide."""
    if statement.last_day is None:
        return
    listed = set(statement.outcomes.values_list("key", flat=True))
    WaybillOutcome.objects.bulk_create(
        (
            WaybillOutcome(
                statement=statement,
                key=row.waybill,
                waybill=row.waybill,
                parcel_id=row.parcel_id,
                outcome=WaybillOutcome.Code.MISSING,
                currency=statement.currency,
                freight_expected=row.freight,
                surcharge_expected=row.surcharge,
                cod_fee_expected=row.cod_fee,
                expected=row.expected,
            )
            for row in missing_waybills(courier=statement.courier, on=statement.last_day)
            if row.waybill not in listed
        ),
        batch_size=CHUNK,
    )
