"""Signatures instead of paper slips: policy by kind and amount, levels in order, never one's own request.

A request is bound to the version of the document that was read; a newer version makes it outdated
(F20). `decide` moves it under its row lock and writes every attempt down (F19). The app that owns the
document does the thing itself and spends the approval in the same transaction (I47).
"""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core import clock, faults, origins, rights, states
from core.errors import Conflict, DomainError, IllegalMove, NotAllowed
from core.events import announce
from core.facts import ApprovalDecided
from core.fields import default_currency
from core.locks import lock_one
from core.models import ApprovalPolicy, ApprovalRequest, ApprovalStep, ApprovalTry
from core.origins import Origin

State = ApprovalRequest.State


class NoPolicy(DomainError):
    """Nobody has said who signs this kind of document."""

    code = "no_policy"


class NotApproved(DomainError):
    """There is no approval for what is about to be done."""

    code = "not_approved"


def signatures_needed(*, kind: str, amount: Decimal, currency: str = "") -> list[ApprovalPolicy]:
    """The policies that ask for a signature, by level; empty when the amount is below every band.

    Raises NoPolicy for a kind without any policy: silence is not consent.
    """
    policies = ApprovalPolicy.objects.filter(kind=kind, active=True, currency=currency or default_currency())
    if not policies:
        raise NoPolicy(
            _("Nobody is named to approve “%(kind)s”. Ask an administrator to add a policy.") % {"kind": kind}
        )
    fitting = policies.filter(amount_from__lte=amount).filter(
        models.Q(amount_below=None) | models.Q(amount_below__gt=amount)
    )
    return list(fitting.order_by("level", "id"))


@transaction.atomic
def request_approval(
    *, kind: str, about: Origin, version: int, amount: Decimal, by: Any, reason: str, currency: str = ""
) -> ApprovalRequest:
    """Ask for the signatures that policy demands for this version of a document.

    The same question twice is one request; a question about a newer version or another amount makes
    the older outdated. Below every band the request is approved at once, without any signature.
    """
    needed = signatures_needed(kind=kind, amount=amount, currency=currency)
    live = (
        ApprovalRequest.objects.select_for_update()
        .filter(kind=kind, origin_kind=about.kind, origin_id=about.id, state__in=[State.OPEN, State.APPROVED])
        .first()
    )
    if live and live.version == version and live.amount == amount:
        return live
    if live:
        _move(live, State.OUTDATED, reason=_("asked again for version %(version)s") % {"version": version})
    try:
        with transaction.atomic():
            request = ApprovalRequest.objects.create(
                kind=kind,
                origin_kind=about.kind,
                origin_id=about.id,
                version=version,
                amount=amount,
                currency=currency or default_currency(),
                reason=reason,
                requested_by=by,
                requested_at=clock.now(),
            )
    except IntegrityError as error:
        raise Conflict(_("Somebody is asking for the same approval. Reload the page.")) from error
    states.record(request, old="", new=State.OPEN, axis="state", reason=reason, actor=by)
    ApprovalStep.objects.bulk_create(
        ApprovalStep(request=request, level=level, role=policy.role, limit=policy.amount_below)
        for level, policy in enumerate(needed, start=1)
    )
    if not needed:
        _move(request, State.APPROVED, reason=_("below every limit"))
        _announce(request)
    return request


def decide(*, request_id: int, by: Any, approve: bool, version: int, comment: str = "") -> ApprovalRequest:
    """Sign or refuse the next level of a request, as the person `by`, having read `version`.

    The last signature approves the request; one refusal rejects it. Raises Conflict when it is decided
    already or the document has changed, NotAllowed for the requester, for who has signed another level
    and for who lacks the role. Every attempt is written down, also a refused one (unless an outer
    transaction takes it back).
    """
    try:
        with transaction.atomic():
            request = _decide(request_id, by, approve, version, comment)
            _note_try(request_id, by, approve, "done")
    except DomainError as error:
        _note_try(request_id, by, approve, error.code)
        raise
    return request


@transaction.atomic
def spend_approval(*, kind: str, about: Origin, version: int, amount: Decimal) -> ApprovalRequest:
    """Use an approval up, in the transaction that does what was approved.

    Raises NotApproved unless a request for exactly this version, and at least this amount, is approved
    and unspent. The caller holds the lock of the document.
    """
    request = (
        ApprovalRequest.objects.select_for_update()
        .filter(
            kind=kind,
            origin_kind=about.kind,
            origin_id=about.id,
            version=version,
            state=State.APPROVED,
            amount__gte=amount,
        )
        .first()
    )
    if request is None:
        raise NotApproved(_("This needs an approval for exactly this version. Ask for it first."), kind=kind)
    request.executed_at = clock.now()
    request.save(update_fields=["executed_at"])
    _move(request, State.EXECUTED)
    return request


def waiting_for(user: Any) -> "models.QuerySet[ApprovalRequest]":
    """The open requests whose next signature this person may give: the inbox and its badge."""
    pending = ApprovalStep.objects.filter(request=models.OuterRef("pk"), decision="").order_by("level")
    return (
        ApprovalRequest.objects.filter(state=State.OPEN)
        .exclude(requested_by=user)
        .exclude(steps__decided_by=user)
        .annotate(next_role=models.Subquery(pending.values("role")[:1]))
        .filter(next_role__in=rights.roles_of(user))
        .order_by("requested_at")
    )


def _decide(request_id: int, by: Any, approve: bool, version: int, comment: str) -> ApprovalRequest:
    if faults.guarded("F19"):
        request = lock_one(ApprovalRequest, pk=request_id)
    else:
        request = ApprovalRequest.objects.get(pk=request_id)
    if request.state != State.OPEN:
        raise Conflict(_("This request has been decided already. Reload the page."))
    _refuse_other_version(request, version)
    step = request.steps.filter(decision="").order_by("level").first()
    if step is None:
        raise IllegalMove(_("This request needs no more signatures. Reload the page."))
    faults.race_window("F19")
    _refuse_wrong_person(request, step, by)
    step.decision = ApprovalStep.Decision.APPROVED if approve else ApprovalStep.Decision.REJECTED
    step.decided_by, step.decided_at, step.comment = by, clock.now(), comment
    step.save(update_fields=["decision", "decided_by", "decided_at", "comment"])
    if not approve:
        _move(request, State.REJECTED, reason=comment, actor=by)
        _announce(request)
    elif not request.steps.filter(decision="").exists():
        _move(request, State.APPROVED, reason=comment, actor=by)
        _announce(request)
    return request


def _refuse_other_version(request: ApprovalRequest, read: int) -> None:
    if not faults.guarded("F20"):
        return
    document = origins.find(request.origin_kind, request.origin_id)
    present = getattr(document, "version", request.version)
    if read != request.version or present != request.version:
        raise Conflict(
            _("The document is now version %(present)s, the request is about %(asked)s. Read it again.")
            % {"present": present, "asked": request.version}
        )


def _refuse_wrong_person(request: ApprovalRequest, step: ApprovalStep, by: Any) -> None:
    if by.pk == request.requested_by_id:
        raise NotAllowed(_("You have asked for this yourself. Somebody else must decide."))
    if request.steps.filter(decided_by=by).exists():
        raise NotAllowed(_("You have signed this already. The next level needs another person."))
    if step.role not in rights.roles_of(by):
        raise NotAllowed(
            _("This level is signed by: %(role)s.") % {"role": step.get_role_display()}, role=step.role
        )


def _note_try(request_id: int, by: Any, approve: bool, outcome: str) -> None:
    if not ApprovalRequest.objects.filter(pk=request_id).exists():
        return
    ApprovalTry.objects.create(request_id=request_id, by=by, approve=approve, outcome=outcome, at=clock.now())


def _move(request: ApprovalRequest, to: str, *, reason: str = "", actor: Any = None) -> None:
    states.move(
        request, to, transitions=ApprovalRequest.TRANSITIONS, field="state", reason=reason, actor=actor
    )


def _announce(request: ApprovalRequest) -> None:
    announce(
        ApprovalDecided(
            request_id=request.pk,
            kind=request.kind,
            about=Origin(request.origin_kind, request.origin_id),
            version=request.version,
            approved=request.state == State.APPROVED,
        ),
        about=Origin(request.origin_kind, request.origin_id),
    )
