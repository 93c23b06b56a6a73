"""Taking courier statements in: one transaction a file, every row kept, nothing counted twice."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from hashlib import md5, sha256
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import clock, faults
from core.audit import current_actor
from core.locks import retried
from core.money import ZERO
from core.reasons import stored
from core.tabular import RefusedFile
from core.tabular.limits import BULK
from logistics.errors import StatementError
from logistics.models import Courier, CourierStatement, StatementRow
from logistics.rules.notes import Reason
from logistics.rules.outcomes import FeeKind
from logistics.services.matching import lock_courier, match_statement, summary_of
from logistics.statements.courier import CourierLine, read_courier_statement
from logistics.statements.courier import CourierStatement as Read

State = CourierStatement.State
COLUMNS = (
    "statement_id", "courier_id", "sheet", "row_no", "raw", "waybill", "key", "kind", "item", "amount",
    "currency", "weight_g", "zone", "term", "is_return", "day", "problem", "why", "identity", "state",
)  # fmt: skip
_STAGE = """
    CREATE TEMP TABLE courier_rows_in ON COMMIT DROP AS
    SELECT {columns} FROM logistics_statementrow WHERE false
"""
_MARK_KNOWN = """
    UPDATE courier_rows_in i SET state = 'known' FROM logistics_statementrow r
     WHERE r.courier_id = i.courier_id AND r.identity = i.identity AND r.state IN ('accepted', 'review')
"""
_KEEP = "INSERT INTO logistics_statementrow ({columns}) SELECT {columns} FROM courier_rows_in"
_SUMS = """
    SELECT count(*) FILTER (WHERE state = 'known'),
           coalesce(sum(amount) FILTER (WHERE state = 'accepted' AND kind <> 'cod'), 0),
           coalesce(sum(amount) FILTER (WHERE state = 'accepted' AND kind = 'cod'), 0),
           count(*) FILTER (WHERE state = 'review')
      FROM logistics_statementrow WHERE statement_id = %s
"""
_ACCOUNT = re.compile(
    r"(?:月结账号|月结卡号|客户编码|客户编号|monthly account|account no\.?)\s*[:：]?\s*(\w+)", re.I
)
_PERIOD = re.compile(r"(?:账期|period)\s*[:：]?\s*(\d{4})[-年/.](\d{1,2})", re.I)


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What became of a file. Money is what the readable rows charge; `expected` what we should be charged."""

    state: str
    statement_id: int | None = None
    already: bool = False
    period: str = ""
    rows: int = 0
    new_rows: int = 0
    rows_to_review: int = 0
    waybills: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    billed: Decimal = ZERO
    expected: Decimal = ZERO
    difference: Decimal = ZERO
    cash: Decimal = ZERO
    totals: list[dict[str, str]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refusal: str = ""


class _DryRun(Exception):
    """Ends the transaction of a dry run."""


def import_courier_statement(
    *,
    courier: Courier,
    data: bytes,
    filename: str,
    columns: Mapping[str, str] | None = None,
    period: str = "",
    dry_run: bool = False,
    accept_difference: str = "",
    progress: Callable[[int, int], Any] | None = None,
) -> StatementResult:
    """Read, store and match a courier's statement. Posts nothing and moves no parcel.

    The same file, a renamed copy and the rows of an overlapping one add nothing. A file whose totals
    differ from its rows is stored open and not matched, unless `accept_difference` gives a reason. What
    cannot be read, has no waybills, or states another account or month is refused, and only that it was
    refused is kept. With `dry_run` nothing is kept and the figures are the same. `columns` maps waybill,
    weight, amount, cod … to titles of the file; `period` is YYYY-MM. `progress` hears (rows, 0) while it
    is read, then (waybills done, all).
    """
    try:
        read = read_courier_statement(
            data,
            name=filename,
            courier=courier.code,
            columns=columns or {},
            limits=BULK,
            show=(lambda rows: progress(rows, 0)) if progress else None,
        )
        period = _period_of(courier, read, period)
    except (RefusedFile, StatementError) as refusal:
        return _refused(courier, data, filename, str(refusal), dry_run)
    result: StatementResult | None = None
    try:
        with transaction.atomic():
            result = _store(courier, read, data, filename, period, dry_run, accept_difference, progress)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    if result is None:
        raise AssertionError("unreachable")
    return result


@transaction.atomic
def accept_statement(*, statement_id: int, reason: str) -> CourierStatement:
    """A person accepts that the totals of a file differ from its rows; now it is matched (F61)."""
    statement = CourierStatement.objects.select_for_update(of=("self",)).get(pk=statement_id)
    if not reason.strip():
        raise StatementError(_("Give a reason for accepting the difference."))
    if statement.state != State.OPEN:
        raise StatementError(_("This statement has no open difference. Reload the page."))
    _note_acceptance(statement, reason)
    match_statement(statement_id=statement.pk)
    statement.refresh_from_db()
    return statement


def as_plain(result: StatementResult) -> dict[str, Any]:
    """The result for a command's JSON line."""
    return {key: str(value) if isinstance(value, Decimal) else value for key, value in asdict(result).items()}


@retried()
@transaction.atomic
def _store(
    courier: Courier,
    read: Read,
    data: bytes,
    filename: str,
    period: str,
    dry_run: bool,
    accept_difference: str,
    progress: Callable[[int, int], Any] | None,
) -> StatementResult:
    lock_courier(courier.pk)
    digest = sha256(data).hexdigest()
    before = courier.statements.filter(sha256=digest).exclude(state=State.REFUSED).first()
    if before is not None:
        if before.state == State.OPEN and accept_difference.strip():
            before = accept_statement(statement_id=before.pk, reason=accept_difference)
        return _result(before, read, already=True)
    faults.race_window("F50")
    statement = _new_statement(courier, read, filename, digest, period)
    if not dry_run:
        statement.stored.save(f"{digest[:16]}.bin", ContentFile(data), save=False)
    if read.differences and accept_difference.strip():
        _note_acceptance(statement, accept_difference, save=False)
    statement.save()
    _keep_rows(statement, read)
    faults.crash_point("courier_statement.stored")
    if not read.differences or accept_difference.strip():
        match_statement(statement_id=statement.pk, progress=progress)
        statement.refresh_from_db()
    return _result(statement, read)


def _new_statement(courier: Courier, read: Read, filename: str, digest: str, period: str) -> CourierStatement:
    days = [line.day for line in read.lines if line.day is not None]
    return CourierStatement(
        courier=courier,
        period=period,
        sha256=digest,
        filename=filename[-200:],
        layout=f"{read.layout} {read.version}".strip()[:60],
        state=State.OPEN,
        currency=courier.currency,
        row_count=len(read.lines),
        review_count=len(read.to_review),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        folded=sorted(read.folded),
        states_cod=read.states_cod,
        differences=[
            {"place": d.place, "column": d.column, "stated": str(d.stated), "summed": str(d.summed)}
            for d in read.differences
        ],
        warnings=read.warnings[:200],
        received_at=clock.now(),
        received_by=current_actor(),
    )


def _keep_rows(statement: CourierStatement, read: Read) -> None:
    """All rows by one COPY; those known from another file are kept aside and never counted (F50)."""
    zones = _zones(statement.courier)
    columns = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(_STAGE.format(columns=columns))
        cursor.copy_expert(
            f"COPY courier_rows_in ({columns}) FROM STDIN",
            _Lines(_copy_line(statement, line, zones) for line in read.lines),
        )
        cursor.execute(_MARK_KNOWN)
        cursor.execute(_KEEP.format(columns=columns))
        cursor.execute("DROP TABLE courier_rows_in")
        cursor.execute(_SUMS, [statement.pk])
        statement.known_count, statement.billed, statement.collected, statement.review_count = (
            cursor.fetchone()
        )
    statement.save(update_fields=["known_count", "billed", "collected", "review_count"])


class _Lines:
    """An iterator of text lines as the file that COPY reads from."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._rest = ""

    def read(self, size: int = -1) -> str:
        found = [self._rest]
        length = len(self._rest)
        while size < 0 or length < size:
            line = next(self._lines, None)
            if line is None:
                break
            found.append(line)
            length += len(line)
        text = "".join(found)
        if size < 0:
            self._rest = ""
            return text
        self._rest = text[size:]
        return text[:size]


NUL, NONE = "\\u0000", "\\N"  # a NUL as JSON writes it, which no jsonb takes; nothing as COPY reads it
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})


def _text(value: str) -> str:
    """Text as COPY reads it; most needs nothing."""
    return value if value.isalnum() or not value else value.translate(_ESCAPES)


def _copy_line(statement: CourierStatement, line: CourierLine, zones: dict[str, str]) -> str:
    waybill, problem = line.waybill[:40], line.problem
    if not problem and not waybill:
        problem = Reason("courier.row_without_waybill")
    raw = json.dumps(line.raw, ensure_ascii=False)
    kept = stored(problem)
    why = NONE if kept is None else _text(json.dumps(kept, ensure_ascii=False).replace(NUL, ""))
    zone = (line.zone or zone_of(line.destination, zones))[:40]
    weight = NONE if line.weight_g is None else line.weight_g
    state = StatementRow.State.REVIEW if problem else StatementRow.State.ACCEPTED
    return (
        f"{statement.pk}\t{statement.courier_id}\t{_text(line.sheet[:80])}\t{line.row_no}\t"
        f"{raw.replace(NUL, '').translate(_ESCAPES)}\t{_text(waybill)}\t{_text(_key(line))}\t"
        f"{line.kind.value}\t{_text(line.item[:120])}\t{line.amount}\t{statement.currency}\t{weight}\t"
        f"{_text(zone)}\t{line.term or ''}\t{'t' if line.is_return else 'f'}\t{line.day or NONE}\t"
        f"{_text(problem[:500])}\t{why}\t{_identity(statement, line)}\t{state.value}\n"
    )


def _key(line: CourierLine) -> str:
    return (line.mother or line.waybill)[:40] if line.waybill else f"@{line.place}"[:120]


def _identity(statement: CourierStatement, line: CourierLine) -> str:
    """The identity of FORMATS 8.1 as a hash; a row to review also goes by what its cells say."""
    courier = statement.courier
    parts = line.identity(courier.account or courier.code, statement.period)
    if line.problem or not line.waybill:
        parts += line.raw
    return md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()


def _zones(courier: Courier) -> dict[str, str]:
    return dict(courier.zones.values_list("province", "zone"))


def zone_of(destination: str, zones: dict[str, str]) -> str:
    """The zone of a destination, whichever of the two writes the province in full."""
    if not destination:
        return ""
    found = zones.get(destination)
    return found or next(
        (
            zone
            for province, zone in zones.items()
            if destination.startswith(province) or province.startswith(destination)
        ),
        "",
    )


def _period_of(courier: Courier, read: Read, asked: str) -> str:
    """The month of a statement: asked for, printed above the table, or most rows' month.

    Raises StatementError for another courier account or another month than asked for (F61).
    """
    if not any(line.waybill for line in read.lines):
        raise StatementError(_("No row of this file has a waybill number. Is it a courier statement?"))
    heading = "\n".join(read.preamble)
    account = _ACCOUNT.search(heading)
    if courier.account and account and account[1] != courier.account:
        raise StatementError(
            _("This statement is for account %(theirs)s; %(courier)s knows us as %(ours)s. Choose another.")
            % {"theirs": account[1], "courier": courier, "ours": courier.account}
        )
    printed = _PERIOD.search(heading)
    stated = f"{printed[1]}-{int(printed[2]):02}" if printed else ""
    months = Counter(f"{line.day:%Y-%m}" for line in read.lines if line.day is not None)
    if not asked:
        return stated or (months.most_common(1)[0][0] if months else "")
    if (stated and stated != asked) or (months and not stated and asked not in months):
        raise StatementError(
            _("This statement is for %(theirs)s, not for %(asked)s. Correct the month or the file.")
            % {"theirs": stated or months.most_common(1)[0][0], "asked": asked}
        )
    return asked


def _note_acceptance(statement: CourierStatement, reason: str, *, save: bool = True) -> None:
    statement.accepted_reason = reason.strip()[:300]
    statement.accepted_at, statement.accepted_by = clock.now(), current_actor()
    if save:
        statement.save(update_fields=["accepted_reason", "accepted_at", "accepted_by"])


def _refused(courier: Courier, data: bytes, filename: str, why: str, dry_run: bool) -> StatementResult:
    if not dry_run:
        CourierStatement.objects.create(
            courier=courier,
            sha256=sha256(data).hexdigest(),
            filename=filename[-200:],
            state=State.REFUSED,
            problem=why[:500],
            currency=courier.currency,
            received_at=clock.now(),
            received_by=current_actor(),
        )
    return StatementResult(state=State.REFUSED, refusal=why)


def _result(statement: CourierStatement, read: Read, *, already: bool = False) -> StatementResult:
    matched = summary_of(statement_id=statement.pk)
    cash = sum((x.amount for x in read.lines if not x.problem and x.kind == FeeKind.COD), ZERO)
    return StatementResult(
        state=statement.state,
        statement_id=statement.pk,
        already=already,
        period=statement.period,
        rows=read.rows,
        new_rows=0 if already else statement.row_count - statement.known_count,
        rows_to_review=len(read.to_review),
        waybills=len({_key(line) for line in read.lines if line.waybill}),
        outcomes=matched.outcomes,
        billed=read.billed,
        expected=matched.expected,
        difference=matched.difference if matched.waybills else ZERO,
        cash=cash,
        totals=list(statement.differences),
        problems=[
            {
                "file": statement.filename,
                "row": line.place,
                "waybill": line.waybill,
                "problem": line.problem,
                "raw": line.raw,
            }
            for line in read.to_review
        ],
        warnings=list(statement.warnings[:20]),
    )
