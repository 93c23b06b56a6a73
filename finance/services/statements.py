"""Taking statements in: one transaction a file, every row with an outcome, nothing twice."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import clock, states
from core.audit import current_actor
from core.locks import retried
from core.money import ZERO
from core.reasons import joined, stored
from finance.errors import StatementError
from finance.models import LineDecision, MoneyAccount, StatementFile, StatementLine
from finance.rules.overlap import Seen, covers, verdict_on_repeat
from finance.services.matching import match_statement
from finance.statements import (
    FileOutcome,
    Hints,
    ParsedStatement,
    ReviewRow,
    StatementRefused,
    StatementRow,
    read_statement,
)

BATCH = 2000
TOLD = 200
State, Line = StatementFile.State, StatementLine.State


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file. `outcomes` counts rows by what they turned out to be."""

    state: str
    file_id: int | None = None
    already: bool = False
    format: str = ""
    rows: int = 0
    credits: Decimal = ZERO
    debits: Decimal = ZERO
    first_date: date | None = None
    last_date: date | None = None
    kinds: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    difference: list[dict[str, str]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""


class _DryRun(Exception):
    """Ends the transaction of a dry run."""


def import_statement(
    *,
    account: MoneyAccount,
    data: bytes,
    filename: str,
    hints: Hints | None = None,
    dry_run: bool = False,
    accept_difference: str = "",
) -> ImportResult:
    """Read and store a bank statement or provider bill and match its rows. Posts nothing.

    The same file, a renamed copy and the rows of an overlapping one add nothing. A file whose own totals
    differ from its rows is stored open and not matched, unless `accept_difference` gives a reason. What
    cannot be read, is no statement or is another account's is refused with the reason. With `dry_run`
    nothing is kept, and the result is the same.
    """
    hints = hints or Hints(account_number=account.number, currency=account.currency)
    try:
        read = read_statement(data, filename=filename, hints=hints)
    except StatementRefused as refusal:
        return _refused(account, data, filename, str(refusal), dry_run)
    result: ImportResult | None = None
    try:
        with transaction.atomic():
            result = _store(account, read, None if dry_run else data, filename, accept_difference)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    if result is None:
        raise AssertionError("unreachable")
    return result


@transaction.atomic
def accept_statement(*, file_id: int, reason: str) -> StatementFile:
    """A person accepts that a file's totals differ from its rows; now its rows are matched (F61)."""
    file = StatementFile.objects.select_for_update().get(pk=file_id)
    if not reason.strip():
        raise StatementError(_("Give a reason for accepting the difference."))
    _accept(file, reason)
    match_statement(file=file)
    return file


@transaction.atomic
def decide_line(*, line_id: int, accept: bool, reason: str) -> StatementLine:
    """A person says of a suspect row whether it is a true one, or lays a damaged row aside.

    A true twin is stored under an identity of its own, so the same file again still adds nothing.
    """
    line = StatementLine.objects.select_for_update().get(pk=line_id)
    if not reason.strip():
        raise StatementError(_("Give a reason."))
    if accept and (line.state != Line.SUSPECT or not line.identity):
        raise StatementError(_("Only a row that is suspected to be known can be accepted as it is."))
    if accept:
        line.identity = f"{line.identity}:{line.file_id}"[:80]
        line.save(update_fields=["identity"])
    other = Line.DUPLICATE if line.state == Line.SUSPECT else Line.DISMISSED
    to = Line.ACCEPTED if accept else other
    states.move(line, to, transitions=StatementLine.TRANSITIONS, field="state", reason=reason)
    LineDecision.objects.create(
        line=line, decision=to, reason=reason[:300], by=current_actor(), at=clock.now()
    )
    if accept and line.file.state == State.ACCEPTED:
        match_statement(file=line.file)
    return line


def outcomes_of(file: StatementFile) -> dict[str, int]:
    """Rows of a file by outcome: the match for accepted rows, the state for the others."""
    rows = file.lines.values_list("state", "outcome")
    return dict(
        Counter((outcome or "unmatched") if state == Line.ACCEPTED else state for state, outcome in rows)
    )


@retried()
@transaction.atomic
def _store(
    account: MoneyAccount, read: ParsedStatement, data: bytes | None, filename: str, accept_difference: str
) -> ImportResult:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 50))", [f"statement/{account.code}"]
        )
    kind = _kind(account)
    there = StatementFile.objects.filter(kind=kind, account_code=account.code, sha256=read.sha256).exclude(
        state=State.REFUSED
    )
    if (file := there.first()) is not None:
        if file.state == State.OPEN and accept_difference.strip():
            _accept(file, accept_difference)
            match_statement(file=file)
        return _result(file, read, already=True)
    file = _file(account, kind, read, data, filename)
    _store_lines(file, read)
    if file.state == State.OPEN and accept_difference.strip():
        _accept(file, accept_difference)
    if file.state == State.ACCEPTED:
        match_statement(file=file)
    return _result(file, read)


def _file(
    account: MoneyAccount, kind: str, read: ParsedStatement, data: bytes | None, filename: str
) -> StatementFile:
    totals = read.by_currency.get(account.currency)
    file = StatementFile(
        kind=kind,
        account_code=account.code,
        account=account,
        sha256=read.sha256,
        filename=filename[-200:],
        format=read.format,
        format_version=read.version,
        state=State.OPEN if read.outcome is FileOutcome.OPEN else State.ACCEPTED,
        figures={total.name: [str(total.stated), str(total.computed)] for total in read.control},
        difference=[
            {"name": gap.name, "stated": str(gap.stated), "computed": str(gap.computed)}
            for gap in read.differences
        ],
        row_count=read.rows_read,
        credits=totals.credits if totals else ZERO,
        debits=totals.debits if totals else ZERO,
        currency=account.currency,
        first_day=read.period_from or read.first_date,
        last_day=read.period_to or read.last_date,
        received_at=clock.now(),
        received_by=current_actor(),
    )
    if data is not None:
        file.stored.save(f"{read.sha256}.bin", ContentFile(data), save=False)
    file.save()
    return file


def _store_lines(file: StatementFile, read: ParsedStatement) -> None:
    known = _known(file, [row.identity for row in read.rows])
    lines = [_line(file, row, known.get(row.identity)) for row in read.rows]
    lines += [_review_line(file, row) for row in read.review]
    StatementLine.objects.bulk_create(lines, batch_size=BATCH)


def _known(file: StatementFile, identities: Iterable[str]) -> dict[str, StatementLine]:
    rows = StatementLine.objects.filter(
        account_code=file.account_code, identity__in=list(identities), state=Line.ACCEPTED
    )
    return {line.identity: line for line in rows.select_related("file")}


def _line(file: StatementFile, row: StatementRow, old: StatementLine | None) -> StatementLine:
    state: str = Line.ACCEPTED
    problem = ""
    if row.currency != file.currency:
        state, problem = Line.REVIEW, f"currency {row.currency}, the account has {file.currency}"
    elif row.pending:
        state, problem = Line.REVIEW, "not final yet: the bank has not booked it"
    elif old is not None:
        state, problem = _repeat(file, row, old), f"as row {old.row_no} of {old.file.filename}"
    return StatementLine(
        file=file,
        account_code=file.account_code,
        sheet=row.sheet[:80],
        row_no=row.line,
        raw=list(row.raw),
        kind=row.kind,
        direction=row.direction,
        amount=row.amount,
        fee=row.fee,
        currency=row.currency,
        occurred_at=row.occurred_at,
        booked_on=row.booked_on,
        provider_ref=row.provider_ref[:128],
        merchant_ref=row.merchant_ref[:128],
        refund_ref=row.refund_ref[:128],
        counterparty=row.counterparty[:200],
        memo=row.memo,
        identity=row.identity,
        state=state,
        problem=problem[:500],
    )


def _repeat(file: StatementFile, row: StatementRow, old: StatementLine) -> str:
    day = row.booked_on
    return verdict_on_repeat(
        Seen(
            identity=row.identity,
            amount=row.amount,
            direction=row.direction,
            old_amount=old.amount,
            old_direction=old.direction,
            covers_new=covers(day, file.first_day, file.last_day),
            covers_old=covers(day, old.file.first_day, old.file.last_day),
        )
    )


def _review_line(file: StatementFile, row: ReviewRow) -> StatementLine:
    problem = joined([found.told for found in row.problems])
    return StatementLine(
        file=file,
        account_code=file.account_code,
        sheet=row.sheet[:80],
        row_no=row.line,
        raw=list(row.raw),
        direction=row.direction or "",
        currency=file.currency,
        state=Line.REVIEW,
        problem=problem[:500],
        why=stored(problem),
    )


def _accept(file: StatementFile, reason: str) -> None:
    states.move(file, State.ACCEPTED, transitions=StatementFile.TRANSITIONS, field="state", reason=reason)
    file.accepted_at, file.accepted_by = clock.now(), current_actor()
    file.accepted_reason = reason[:300]
    file.save(update_fields=["accepted_at", "accepted_by", "accepted_reason"])


def _refused(account: MoneyAccount, data: bytes, filename: str, why: str, dry_run: bool) -> ImportResult:
    """Nothing is stored but the record that this file was refused, and why."""
    if not dry_run:
        StatementFile.objects.create(
            kind=_kind(account),
            account_code=account.code,
            account=account,
            sha256=sha256(data).hexdigest(),
            filename=filename[-200:],
            state=State.REFUSED,
            problem=why[:500],
            currency=account.currency,
            received_at=clock.now(),
            received_by=current_actor(),
        )
    return ImportResult(state=State.REFUSED, refusal=why)


def _result(file: StatementFile, read: ParsedStatement, *, already: bool = False) -> ImportResult:
    return ImportResult(
        state=file.state,
        file_id=file.pk,
        already=already,
        format=read.format,
        rows=file.row_count,
        credits=file.credits,
        debits=file.debits,
        first_date=read.first_date,
        last_date=read.last_date,
        kinds=dict(Counter(str(row.kind) for row in read.rows)),
        outcomes=outcomes_of(file),
        difference=list(file.difference),
        findings=[finding.text for finding in read.findings],
        problems=[
            {
                "row": f"{row.sheet}!{row.line}" if row.sheet else str(row.line),
                "column": "; ".join(filter(None, (problem.column for problem in row.problems))),
                "value": "; ".join(filter(None, (problem.value for problem in row.problems))),
                "problem": joined([problem.advice for problem in row.problems]),
                "raw": list(row.raw.cells),
            }
            for row in read.review
        ],
    )


def _kind(account: MoneyAccount) -> str:
    provider = account.kind == MoneyAccount.Kind.PROVIDER
    return StatementFile.Kind.PROVIDER if provider else StatementFile.Kind.BANK


def as_plain(result: ImportResult) -> dict[str, Any]:
    """The result for a command's JSON line; rows with a problem are told one by one up to a limit."""
    plain = {key: str(x) if isinstance(x, Decimal | date) else x for key, x in asdict(result).items()}
    plain["problems"] = [
        {key: value for key, value in problem.items() if key != "raw"} for problem in result.problems[:TOLD]
    ]
    return plain
