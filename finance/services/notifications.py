"""Hearing a provider: prove, store, act, answer (F25-F29). Every proven message is evidence, no more."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from core import clock, faults
from core.errors import DomainError
from finance.gateways.base import BadNotification, Notification, NotificationKind
from finance.models import InboxMessage, PaymentEvidence, Refund
from finance.services.evidence import Evidence
from finance.services.intents import expire_intent
from finance.services.payments import record_payment
from finance.services.providers import gateway_for
from finance.services.refunds import settle_by_notice

logger = logging.getLogger("shopsite.security")
State = InboxMessage.State
PATIENCE = timedelta(minutes=1)


def handle_notification(*, provider: str, method: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Take a provider's message and return the body of our answer.

    Not proven: nothing changes but one rejected inbox row, and the answer is a failure. Proven: stored
    once per event and acted upon; the answer is success also when it was wrong and has been parked.
    A fault of ours leaves it in the inbox for `process_inbox` and answers failure, so that it is repeated.
    """
    gateway = gateway_for(provider)
    try:
        notice = gateway.parse_notification(method, headers, body)
    except BadNotification as refusal:
        logger.warning("a %s notification was rejected: %s", provider, refusal.reason)
        _reject(provider, refusal)
        return gateway.answer(False)
    message, _made = InboxMessage.objects.get_or_create(
        provider=provider,
        event_id=notice.event_id,
        verified=True,
        defaults={"raw": _stored(notice), "received_at": clock.now()},
    )
    faults.crash_point("inbox.stored")
    if message.state == State.NEW or not faults.guarded("F27"):
        _act(message, notice, gateway.payee)
    return gateway.answer(True)


def process_inbox(*, limit: int = 100) -> int:
    """Act on proven messages that a crash or an error has left behind (I44). Returns how many were tried."""
    stale = InboxMessage.objects.filter(state=State.NEW, received_at__lte=clock.now() - PATIENCE)
    messages = list(stale.order_by("received_at", "pk")[:limit])
    for message in messages:
        _act(message, _restored(message), gateway_for(message.provider).payee)
    return len(messages)


def _act(message: InboxMessage, notice: Notification, payee: str) -> None:
    try:
        reason = _apply(message.provider, notice, payee, message)
    except DomainError as refusal:
        reason = str(refusal)
    _finish(message, State.PARKED if reason else State.DONE, reason)


def _apply(provider: str, notice: Notification, payee: str, message: InboxMessage) -> str:
    """Let one proven message do its work; a reason says why it has to be looked at."""
    if notice.kind == NotificationKind.WAITING:
        return ""
    if notice.kind == NotificationKind.CLOSED and notice.paid_at is None:
        expire_intent(merchant_ref=notice.merchant_ref)
        return ""
    # A refund notice proves the payment as well, should it come first (F29).
    payment = record_payment(
        provider=provider,
        trade_no=notice.provider_ref,
        merchant_ref=notice.merchant_ref,
        amount=notice.amount,
        currency=notice.currency,
        payee=notice.payee,
        received_at=notice.paid_at or notice.sent_at,
        evidence=Evidence(
            PaymentEvidence.Kind.NOTIFICATION, status=notice.status, refund_ref=notice.refund_ref
        ),
        payer=notice.payer,
    )
    if notice.kind == NotificationKind.REFUND:
        refund = Refund.objects.filter(request_no=notice.refund_ref, payment=payment).first()
        if refund is None:
            return "a refund that we did not ask for"
        settle_by_notice(refund_id=refund.pk, refunded_total=notice.refunded_total)
        return ""
    if payment.applied == payment.amount:
        return ""
    wrong = payment.unapplied.filter(state="open").first()
    return wrong.reason if wrong else ""


def _finish(message: InboxMessage, state: str, reason: str) -> None:
    message.state, message.reason, message.done_at = state, reason[:200], clock.now()
    message.save(update_fields=["state", "reason", "done_at"])


def _reject(provider: str, refusal: BadNotification) -> None:
    now = clock.now()
    with transaction.atomic():
        InboxMessage.objects.create(
            provider=provider,
            verified=False,
            state=State.REJECTED,
            reason=refusal.reason[:200],
            received_at=now,
            done_at=now,
        )


def _stored(notice: Notification) -> dict[str, str]:
    """What of a proven message is kept: enough to act again, without the signature."""
    return {
        "kind": notice.kind,
        "status": notice.status,
        "merchant_ref": notice.merchant_ref,
        "provider_ref": notice.provider_ref,
        "amount": str(notice.amount),
        "currency": notice.currency,
        "payee": notice.payee,
        "payer": notice.payer,
        "sent_at": notice.sent_at.isoformat(),
        "paid_at": notice.paid_at.isoformat() if notice.paid_at else "",
        "refund_ref": notice.refund_ref,
        "refunded_total": str(notice.refunded_total),
    }


def _restored(message: InboxMessage) -> Notification:
    raw = message.raw
    return Notification(
        event_id=message.event_id,
        kind=NotificationKind(raw["kind"]),
        status=raw["status"],
        merchant_ref=raw["merchant_ref"],
        provider_ref=raw["provider_ref"],
        amount=Decimal(raw["amount"]),
        currency=raw["currency"],
        payee=raw["payee"],
        payer=raw["payer"],
        sent_at=datetime.fromisoformat(raw["sent_at"]),
        paid_at=datetime.fromisoformat(raw["paid_at"]) if raw["paid_at"] else None,
        refund_ref=raw["refund_ref"],
        refunded_total=Decimal(raw["refunded_total"]),
    )
