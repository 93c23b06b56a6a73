"""What a person says about outcomes: accept, dispute, write off. In bulk, with a name and a reason."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import approvals, clock
from core.audit import current_actor
from core.origins import Origin
from core.rows import update_rows
from logistics.errors import StatementError
from logistics.models import CourierStatement, StatementRow, WaybillOutcome

Decision, Code = WaybillOutcome.Decision, WaybillOutcome.Code
WRITE_OFF = "write_off"


@transaction.atomic
def accept_outcomes(
    *, outcome_ids: Iterable[int], reason: str, as_expected: bool = False, by: Any = None
) -> int:
    """We owe what was billed, or with `as_expected` only what we expected. Posted when agreed.

    Raises StatementError for rows that cannot be read: those need a corrected file or a dispute.
    """
    decision = Decision.AS_EXPECTED if as_expected else Decision.ACCEPTED
    outcomes = _open_ones(outcome_ids, reason)
    for outcome in outcomes:
        _refuse_unread(outcome)
    _take_back_disputes(outcomes)
    return _decide(outcomes, decision, reason, by)


@transaction.atomic
def dispute_outcomes(*, outcome_ids: Iterable[int], reason: str, by: Any = None) -> int:
    """We pay nothing for these until the courier has answered; the rest of the statement goes on.

    Their rows count again when a corrected file brings them (ANCHORS 3.17).
    """
    outcomes = _open_ones(outcome_ids, reason)
    for outcome in outcomes:
        outcome.statement.rows.filter(
            key=outcome.key, state__in=[StatementRow.State.ACCEPTED, StatementRow.State.REVIEW]
        ).update(state=StatementRow.State.DISPUTED)
    return _decide(outcomes, Decision.DISPUTED, reason, by)


@transaction.atomic
def write_off_outcomes(*, outcome_ids: Iterable[int], reason: str, by: Any = None) -> int:
    """The courier is wrong and we let it go: fees are paid as billed, missing cash becomes a loss.

    A gap above policy needs an approved write-off of that outcome. Raises NotApproved or NoPolicy.
    """
    outcomes = _open_ones(outcome_ids, reason)
    for outcome in outcomes:
        _refuse_unread(outcome)
        spend_signature(Origin("waybill_outcome", outcome.pk), gap_of(outcome), outcome.currency)
    _take_back_disputes(outcomes)
    return _decide(outcomes, Decision.WRITTEN_OFF, reason, by)


@transaction.atomic
def ask_to_write_off(*, outcome_ids: Iterable[int], reason: str, by: Any = None) -> int:
    """Ask for the signatures that policy wants before these are written off, each for its own gap.

    Asking twice is asking once. Raises NoPolicy when nobody is named to sign.
    """
    outcomes = _open_ones(outcome_ids, reason)
    for outcome in outcomes:
        ask_for_signature(
            Origin("waybill_outcome", outcome.pk), gap_of(outcome), outcome.currency, reason, by
        )
    return len(outcomes)


def gap_of(outcome: WaybillOutcome) -> Decimal:
    """What letting this outcome go costs at most: fees above the expected ones and cash that is missing."""
    return abs(outcome.billed - outcome.expected) + abs(outcome.cod_expected - outcome.cod_billed)


def spend_signature(about: Origin, amount: Decimal, currency: str) -> None:
    """Use up the approval that policy asks for; below every band none is needed."""
    if approvals.signatures_needed(kind=WRITE_OFF, amount=amount, currency=currency):
        approvals.spend_approval(kind=WRITE_OFF, about=about, version=1, amount=amount)


def ask_for_signature(about: Origin, amount: Decimal, currency: str, reason: str, by: Any) -> None:
    """Ask for the approval that `spend_signature` will use up."""
    approvals.request_approval(
        kind=WRITE_OFF,
        about=about,
        version=1,
        amount=amount,
        currency=currency,
        by=_person(by),
        reason=reason.strip()[:300],
    )


def _person(by: Any) -> Any:
    person = by or current_actor()
    if person is None:
        raise StatementError(_("A decision about a bill needs a person. Sign in and decide again."))
    return person


def _open_ones(outcome_ids: Iterable[int], reason: str) -> list[WaybillOutcome]:
    if not reason.strip():
        raise StatementError(_("Give a reason; the courier and the auditors will read it."))
    outcomes = list(
        WaybillOutcome.objects.select_for_update(of=("self",))
        .select_related("statement")
        .filter(pk__in=list(outcome_ids))
        .order_by("pk")
    )
    for outcome in outcomes:
        if outcome.posted_at is not None or outcome.statement.state != CourierStatement.State.MATCHED:
            raise StatementError(
                _("%(waybill)s is agreed already. What changes it is a correction by the courier.")
                % {"waybill": outcome.waybill or outcome.key}
            )
        if outcome.outcome == Code.MISSING:
            raise StatementError(
                _("%(waybill)s is on no statement: there is nothing to decide until it is billed.")
                % {"waybill": outcome.waybill}
            )
    return outcomes


def _refuse_unread(outcome: WaybillOutcome) -> None:
    if outcome.statement.rows.filter(key=outcome.key).exclude(problem="").exists():
        raise StatementError(
            _("%(waybill)s has a row that cannot be read. Dispute it or ask for a corrected file.")
            % {"waybill": outcome.waybill or outcome.key}
        )


def _take_back_disputes(outcomes: list[WaybillOutcome]) -> None:
    for outcome in outcomes:
        if outcome.decision != Decision.DISPUTED:
            continue
        try:
            with transaction.atomic():
                outcome.statement.rows.filter(key=outcome.key, state=StatementRow.State.DISPUTED).update(
                    state=StatementRow.State.ACCEPTED
                )
        except IntegrityError as error:
            raise StatementError(
                _("A corrected file has brought %(waybill)s again. Decide it there.")
                % {"waybill": outcome.waybill}
            ) from error


def _decide(outcomes: list[WaybillOutcome], decision: str, reason: str, by: Any) -> int:
    person = _person(by)
    for outcome in outcomes:
        outcome.decision, outcome.reason = decision, reason.strip()[:300]
        outcome.decided_at, outcome.decided_by = clock.now(), person
    update_rows(outcomes, ["decision", "reason", "decided_at", "decided_by"])
    return len(outcomes)
