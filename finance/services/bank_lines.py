"""Bank lines: what each is, and applying the sure ones. The money of a line is booked exactly once."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.audit import current_actor
from core.origins import Origin
from core.rows import update_rows
from finance.errors import StatementError
from finance.models import (
    LineDecision,
    LineMatch,
    MoneyAccount,
    Payment,
    PaymentEvidence,
    StatementFile,
    StatementLine,
)
from finance.rules.bank_lines import BankLine, Plan
from finance.services import bookings
from finance.services.evidence import Evidence
from finance.services.open_book import KeptBook
from finance.services.payments import record_order_receipt, record_payment
from finance.services.refunds import settle_refund

Outcome = StatementLine.Outcome


def plan_bank_lines(*, file: StatementFile) -> None:
    """Write down what each open line of a file is and why; nothing is posted."""
    book = KeptBook()
    lines = list(_open_lines(file))
    for line in lines:
        plan = book.propose(_as_rule(line))
        line.outcome = _outcome(plan)
        line.reason = plan.reason[:300]
    update_rows(lines, ["outcome", "reason"])


@transaction.atomic
def apply_bank_line(*, line_id: int, book: KeptBook | None = None) -> str:
    """Do what a line surely says, under its lock and by what is open now. Returns its outcome.

    Who applies many gives the `book` that they share, so that what is open is not read for each of them.
    """
    line = _lock_line(line_id)
    if line.posted_at is not None:
        return line.outcome
    book = book or KeptBook()
    plan = book.plan(_as_rule(line))
    line.outcome, line.reason = _outcome(plan), plan.reason[:300]
    line.save(update_fields=["outcome", "reason"])
    if plan.sure:
        _do(line, plan)
        book.renew(plan)
    return line.outcome


@transaction.atomic
def apply_line_to_order(*, line_id: int, order_id: int, reason: str) -> Payment:
    """A person says which order an incoming line pays."""
    line = _free_line(line_id, reason)
    _decide(line, "order", reason)
    _do(line, Plan("order", True, reason, ((order_id, line.amount),)))
    return Payment.objects.get(provider=line.account_code, trade_no=line.identity)


@transaction.atomic
def park_line(*, line_id: int, reason: str) -> Payment:
    """An incoming line that fits nothing becomes an unapplied receipt."""
    line = _free_line(line_id, reason)
    if line.direction != "in":
        raise StatementError(_("Only money that came in can be parked."))
    _decide(line, "parked", reason)
    payment = record_payment(
        provider=line.account_code,
        trade_no=line.identity,
        merchant_ref="",
        amount=line.amount,
        currency=line.currency,
        received_at=_moment(line),
        evidence=_evidence(line),
        payer=line.counterparty,
    )
    _settled(line, "payment", payment.pk, reason)
    return payment


@transaction.atomic
def claim_line(*, line_id: int, by: Origin, reason: str) -> StatementLine:
    """A document of a higher app (a courier's remittance) takes a line: that app books its money.

    Raises StatementError when the line is used already. Call it in the transaction that books.
    """
    line = _free_line(line_id, reason)
    _decide(line, "claimed", reason)
    _settled(line, by.kind, by.id, reason, outcome=Outcome.CLAIMED)
    return line


def _do(line: StatementLine, plan: Plan) -> None:
    place = MoneyAccount.objects.get(code=line.account_code)
    if plan.action == "order":
        for number, (order_id, amount) in enumerate(plan.targets):
            payment = record_order_receipt(
                account=place,
                trade_no=line.identity if number == 0 else f"{line.identity}/{number}",
                order_id=order_id,
                amount=amount,
                received_at=_moment(line),
                evidence=_evidence(line),
                payer=line.counterparty,
            )
            _settled(line, "payment", payment.pk, plan.reason, amount=amount)
    elif plan.action == "refund":
        (refund_id, amount), *_ = plan.targets
        settle_refund(refund_id=refund_id, account=place, source=_origin(line))
        _settled(line, "refund", refund_id, plan.reason, amount=amount)
    elif plan.action == "payout":
        (batch, amount), *_ = plan.targets
        provider = MoneyAccount.objects.get(code=StatementLine.objects.get(pk=batch).account_code)
        bookings.book_payout_received(
            line=_origin(line),
            batch=Origin("statement_line", batch),
            provider_id=provider.pk,
            amount=amount,
            bank_id=place.pk,
            entity=place.entity,
            on=line.booked_on,
        )
        _settled(line, "statement_line", batch, plan.reason)
    elif plan.action == "fee":
        bookings.book_bank_fee(
            line=_origin(line), amount=line.amount, bank_id=place.pk, entity=place.entity, on=line.booked_on
        )
        _settled(line, "statement_line", line.pk, plan.reason)


def _as_rule(line: StatementLine) -> BankLine:
    text = f"{line.merchant_ref} {line.memo} {line.counterparty}"
    return BankLine(line.direction == "in", line.amount, text, line.kind)


def _outcome(plan: Plan) -> str:
    if plan.action == "none":
        return Outcome.UNKNOWN
    return Outcome.AGREES if plan.sure else Outcome.PROPOSED


def _open_lines(file: StatementFile) -> QuerySet[StatementLine]:
    return file.lines.filter(
        state=StatementLine.State.ACCEPTED, posted_at=None, amount__gt=0, direction__in=["in", "out"]
    ).order_by("pk")


def _lock_line(line_id: int) -> StatementLine:
    return StatementLine.objects.select_for_update(of=("self",)).select_related("file").get(pk=line_id)


def _free_line(line_id: int, reason: str) -> StatementLine:
    line = _lock_line(line_id)
    if not reason.strip():
        raise StatementError(_("Give a reason."))
    usable = line.state == StatementLine.State.ACCEPTED and line.file.state != StatementFile.State.OPEN
    if line.posted_at is not None or not usable:
        raise StatementError(_("This row is used already, or its statement is not accepted yet."))
    return line


def _decide(line: StatementLine, decision: str, reason: str) -> None:
    LineDecision.objects.create(
        line=line, decision=decision, reason=reason[:300], by=current_actor(), at=clock.now()
    )


def _settled(
    line: StatementLine,
    kind: str,
    document_id: int,
    reason: str,
    *,
    amount: Decimal | None = None,
    outcome: str = Outcome.AGREES,
) -> None:
    amount = line.amount if amount is None else amount
    LineMatch.objects.create(
        line=line,
        document_kind=kind,
        document_id=document_id,
        amount=amount,
        expected=amount,
        currency=line.currency,
        reason=reason[:300],
        by=current_actor(),
        at=clock.now(),
    )
    line.outcome, line.reason, line.posted_at = outcome, reason[:300], clock.now()
    line.save(update_fields=["outcome", "reason", "posted_at"])


def _origin(line: StatementLine) -> Origin:
    return Origin("statement_line", line.pk)


def _evidence(line: StatementLine) -> Evidence:
    return Evidence(PaymentEvidence.Kind.BANK_LINE, source=_origin(line))


def _moment(line: StatementLine) -> datetime:
    if line.occurred_at is not None:
        return line.occurred_at
    return clock.day_bounds(line.booked_on)[0] if line.booked_on else clock.now()
