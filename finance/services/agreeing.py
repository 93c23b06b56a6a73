"""Agreeing a statement: rows that agree are posted, once each; what does not agree waits for a person."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import approvals, clock, faults, states
from core.audit import current_actor
from core.money import ZERO
from core.origins import Origin
from finance.errors import StatementError
from finance.models import (
    Entry,
    LineDecision,
    LineMatch,
    Moment,
    MoneyAccount,
    PaymentEvidence,
    StatementFile,
    StatementLine,
)
from finance.rules.legs import Leg, Party, signed_leg
from finance.services import bookings
from finance.services.bank_lines import apply_bank_line
from finance.services.bookings.places import book
from finance.services.evidence import Evidence
from finance.services.matching import match_statement
from finance.services.open_book import KeptBook
from finance.services.payments import record_payment

Outcome, State = StatementLine.Outcome, StatementLine.State
WRITE_OFF = "write_off"
TELL_EACH = 50


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a statement is agreed: rows posted now, rows that still wait, and its state."""

    posted: int
    waiting: int
    state: str


def agree_statement(*, file_id: int, progress: Callable[[int, int], Any] | None = None) -> Agreement:
    """Post every row that agrees; the file is agreed when no row waits any more. May be repeated.

    A payment that the provider has and we have not is recorded first, with the bill as its proof (F16, F28).
    `progress` is told every some rows, between two transactions, how many of how many are done. Raises
    StatementError while the file itself has an open difference.
    """
    file = StatementFile.objects.get(pk=file_id)
    if file.state not in (StatementFile.State.ACCEPTED, StatementFile.State.AGREED):
        raise StatementError(_("Accept the difference of this statement first, with a reason."))
    post: Callable[[int], int]
    if file.kind == StatementFile.Kind.PROVIDER:
        _record_missing(file)
        match_statement(file=file)
        post = partial(_post_provider_line, _place(file))
    else:
        post = partial(_post_bank_line, KeptBook())
    ids = _unposted(file)
    posted = 0
    for count, line_id in enumerate(ids, start=1):
        posted += post(line_id)
        faults.crash_point("statement.posted")
        if progress and (count % TELL_EACH == 0 or count == len(ids)):
            progress(count, len(ids))
    return _close(file, posted)


@transaction.atomic
def settle_difference(*, line_id: int, reason: str) -> Entry | None:
    """Post a provider row whose amount is not ours; the gap is a loss or income (I21).

    It takes an approved write-off of the row, unless the policy lets so small a gap pass. Raises
    StatementError for other rows, NotApproved or NoPolicy without the signature.
    """
    line = StatementLine.objects.select_for_update(of=("self",)).select_related("file").get(pk=line_id)
    match = line.matches.filter(part=LineMatch.Part.GROSS, entry=None).first()
    if line.outcome != Outcome.DIFFERS or match is None:
        raise StatementError(_("This row has no difference that could be accepted."))
    if not reason.strip():
        raise StatementError(_("Give a reason for accepting the difference."))
    gap = match.expected - match.amount
    _spend_signature(line, abs(gap))
    match.difference_reason, match.by = reason[:300], current_actor()
    match.entry = _book_difference(line, match, gap)
    match.save(update_fields=["difference_reason", "by", "entry"])
    LineDecision.objects.create(
        line=line, decision="difference", reason=reason[:300], by=current_actor(), at=clock.now()
    )
    _mark_posted(line)
    return match.entry


@transaction.atomic
def ask_to_settle_difference(*, line_id: int, reason: str, by: Any = None) -> Decimal:
    """Ask for the signatures that settling a row's difference needs; returns the gap that is asked for.

    Raises StatementError for a row without a difference or without a reason, NoPolicy when nobody may sign.
    """
    line = StatementLine.objects.select_for_update(of=("self",)).get(pk=line_id)
    match = line.matches.filter(part=LineMatch.Part.GROSS, entry=None).first()
    if line.outcome != Outcome.DIFFERS or match is None or not reason.strip():
        raise StatementError(
            _("This row has no difference that could be accepted, or the reason is missing.")
        )
    gap = abs(match.expected - match.amount)
    approvals.request_approval(
        kind=WRITE_OFF,
        about=Origin("statement_line", line.pk),
        version=1,
        amount=gap,
        currency=line.currency,
        by=by or current_actor(),
        reason=reason.strip()[:300],
    )
    return gap


def _record_missing(file: StatementFile) -> None:
    rows = file.lines.filter(
        state=State.ACCEPTED, kind="payment", direction="in", outcome=Outcome.UNKNOWN, posted_at=None
    ).exclude(provider_ref="")
    for line in rows:
        record_payment(
            provider=line.account_code,
            trade_no=line.provider_ref,
            merchant_ref=line.merchant_ref,
            amount=line.amount,
            currency=line.currency,
            received_at=line.occurred_at or clock.now(),
            evidence=Evidence(PaymentEvidence.Kind.BILL, source=Origin("statement_line", line.pk)),
            payer=line.counterparty,
        )


def _unposted(file: StatementFile) -> list[int]:
    rows = file.lines.filter(state=State.ACCEPTED, outcome=Outcome.AGREES, posted_at=None)
    return list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _post_provider_line(place: MoneyAccount, line_id: int) -> int:
    line = StatementLine.objects.select_for_update().get(pk=line_id)
    if line.posted_at is not None:
        return 0
    origin = Origin("statement_line", line.pk)
    matches = {match.part: match for match in line.matches.all()}
    gross, fee = matches.get(LineMatch.Part.GROSS), matches.get(LineMatch.Part.FEE)
    common: dict[str, Any] = {"provider_id": place.pk, "entity": place.entity, "on": line.booked_on}
    if gross is not None:
        sign = 1 if gross.document_kind == "payment" else -1
        gross.entry = bookings.book_provider_bill(
            line=origin,
            document=Origin(gross.document_kind, gross.document_id),
            amount=sign * gross.amount,
            fee=fee.amount if fee else ZERO,
            **common,
        )
        gross.save(update_fields=["entry"])
    elif line.kind == "withdrawal":
        bookings.book_payout(batch=origin, amount=line.amount, **common)
    else:
        amount = fee.amount if fee else (line.amount if line.direction == "out" else -line.amount)
        bookings.book_provider_fee(line=origin, amount=amount, **common)
    _mark_posted(line)
    return 1


def _post_bank_line(book: KeptBook, line_id: int) -> int:
    apply_bank_line(line_id=line_id, book=book)
    return int(StatementLine.objects.filter(pk=line_id, posted_at__isnull=False).exists())


def _place(file: StatementFile) -> MoneyAccount:
    return MoneyAccount.objects.select_related("entity").get(code=file.account_code)


def _mark_posted(line: StatementLine) -> None:
    line.posted_at = clock.now()
    line.save(update_fields=["posted_at"])


def _book_difference(line: StatementLine, match: LineMatch, gap: Decimal) -> Entry | None:
    """`gap` is what our books had more than the bill: a loss for a payment, the opposite for a refund."""
    place = _place(line.file)
    party, refund = Party("provider", place.pk), match.document_kind == "refund"
    sign = -1 if refund else 1
    fee = line.fee if line.matches.filter(part=LineMatch.Part.FEE).exists() and line.fee else ZERO
    lost = sign * gap
    legs: list[Leg] = [
        signed_leg("1012.2", sign * match.amount - fee, party=party),
        signed_leg("6603", fee),
        signed_leg("6711" if lost > 0 else "6301", lost),
        signed_leg(
            "1012.1",
            -sign * match.expected,
            party=party,
            origin=Origin(match.document_kind, match.document_id),
        ),
    ]
    return book(
        moment=Moment.PROVIDER_DIFFERENCE,
        key=f"statement_line:{line.pk}",
        legs=legs,
        origin=Origin("statement_line", line.pk),
        entity=place.entity,
        on=line.booked_on,
        memo=match.difference_reason,
    )


def _spend_signature(line: StatementLine, amount: Decimal) -> None:
    if approvals.signatures_needed(kind=WRITE_OFF, amount=amount, currency=line.currency):
        approvals.spend_approval(
            kind=WRITE_OFF, about=Origin("statement_line", line.pk), version=1, amount=amount
        )


@transaction.atomic
def _close(file: StatementFile, posted: int) -> Agreement:
    file = StatementFile.objects.select_for_update().get(pk=file.pk)
    open_rows = file.lines.filter(state=State.ACCEPTED, posted_at=None, amount__gt=0).exclude(
        outcome=Outcome.KNOWN
    )
    undecided = file.lines.filter(state__in=[State.REVIEW, State.SUSPECT])
    waiting = open_rows.count() + undecided.count()
    if not waiting and file.state == StatementFile.State.ACCEPTED:
        to = StatementFile.State.AGREED
        states.move(file, to, transitions=StatementFile.TRANSITIONS, field="state")
        file.agreed_at, file.agreed_by = clock.now(), current_actor()
        file.save(update_fields=["agreed_at", "agreed_by"])
    return Agreement(posted, waiting, file.state)
