"""Asking for money: one live attempt per order, closed at the gateway before another (F30, F36)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock, states
from core.events import announce
from core.locks import joined, lock, lock_one
from core.origins import Origin
from finance.errors import IntentLive, PaymentError, ProviderSaysNo, ProviderSilent
from finance.events import IntentClosed
from finance.gateways.base import (
    Device,
    PaymentRequest,
    PayPage,
    Refused,
    TradeState,
    TradeStatus,
    Unknown,
)
from finance.models import MoneyAccount, PaymentEvidence, PaymentIntent
from finance.services.evidence import Evidence
from finance.services.payments import record_payment
from finance.services.providers import gateway_for

State = PaymentIntent.State
# Minutes after asking at which an unheard provider is asked, then every hour (F28).
QUESTIONS = (1, 3, 10)
RETRY = timedelta(minutes=1)


def open_intent(
    *,
    order: Any,
    amount: Decimal,
    currency: str,
    provider: str,
    expires_at: datetime | None = None,
) -> PaymentIntent:
    """Open an attempt to be paid; the reference is f(order, attempt) and never used again.

    The same request again returns the live attempt. Raises IntentLive when another amount or provider is
    live: close that one first. Called under the order's lock, or while the order is being written.
    """
    with joined():
        place = MoneyAccount.objects.get(code=provider)
        attempts = list(PaymentIntent.objects.filter(order_id=order.pk).order_by("attempt"))
        live = next((intent for intent in attempts if intent.state in PaymentIntent.LIVE), None)
        if live is not None:
            if (live.amount, live.currency, live.provider_id) == (amount, currency, place.pk):
                return live
            raise IntentLive(
                _("A payment of %(amount)s is being asked for already: close it first.")
                % {"amount": live.amount},
                intent=live.pk,
            )
        last = attempts[-1].attempt if attempts else 0
        return PaymentIntent.objects.create(
            order_id=order.pk,
            attempt=last + 1,
            merchant_ref=f"{order.number}-{last + 1}",
            provider=place,
            amount=amount,
            currency=currency,
            order_version=getattr(order, "version", None) or 0,
            expires_at=expires_at,
            opened_at=clock.now(),
        )


def pay_page(*, intent: PaymentIntent, subject: str = "", device: Device = Device.DESKTOP) -> str:
    """The address at which the shopper pays. From now on the provider is asked what became of it (F28).

    Raises PaymentError when this attempt is over, ProviderSaysNo when the gateway does not take it.
    """
    asked = _ask(PaymentIntent.objects.filter(pk=intent.pk))
    if asked is None:
        raise PaymentError(_("This payment is over. Reload the order to see what is still due."))
    return _page_of(asked, subject, device)


def order_pay_page(*, order_id: int, subject: str = "", device: Device = Device.DESKTOP) -> str | None:
    """`pay_page` of an order's youngest attempt; None when that one is over or there is none."""
    asked = _ask(PaymentIntent.objects.filter(order_id=order_id))
    return None if asked is None else _page_of(asked, subject, device)


def _ask(attempts: QuerySet[PaymentIntent]) -> PaymentIntent | None:
    """Note, before the gateway hears of it, that the youngest of these is being asked for; None when over."""
    with transaction.atomic():
        rows = lock(attempts.select_related("provider"))
        intent = max(rows, key=lambda each: each.attempt, default=None)
        if intent is None or intent.state not in (State.OPEN, State.ASKED):
            return None
        gateway_for(intent.provider.code)  # without keys nobody is asked
        if intent.state == State.OPEN:
            now = clock.now()
            states.move(
                intent,
                State.ASKED,
                transitions=PaymentIntent.TRANSITIONS,
                field="state",
                also={"asked_at": now, "next_query_at": now + timedelta(minutes=QUESTIONS[0])},
            )
    return intent


def _page_of(intent: PaymentIntent, subject: str, device: Device) -> str:
    page = gateway_for(intent.provider.code).create(
        PaymentRequest(
            merchant_ref=intent.merchant_ref,
            amount=intent.amount,
            subject=subject or intent.merchant_ref,
            expires_at=intent.expires_at or clock.now() + timedelta(hours=24),
            currency=intent.currency,
            device=device,
        )
    )
    if isinstance(page, PayPage):
        return page.url
    if isinstance(page, Refused):
        raise ProviderSaysNo(_("The payment provider refuses: %(why)s") % {"why": page.text}, code=page.code)
    raise ProviderSilent(_("The payment provider does not answer. Try again in a minute."))


def query_intent(*, intent_id: int) -> str:
    """Ask the provider what became of an attempt and record it. Returns the attempt's state."""
    intent = PaymentIntent.objects.select_related("provider").get(pk=intent_id)
    if intent.provider.kind != MoneyAccount.Kind.PROVIDER:
        return intent.state
    return _digest(intent, gateway_for(intent.provider.code).query(intent.merchant_ref))


def close_intent(*, intent_id: int) -> bool:
    """End an attempt unpaid. True when it is over for good; False when it was paid or nobody can say yet.

    Three steps: say that we are closing, ask the gateway, write down its answer, which decides (F28).
    An attempt that no gateway has heard of is closed at once.
    """
    with transaction.atomic():
        intent = lock_one(PaymentIntent, pk=intent_id)
        if intent.state == State.PAID:
            return False
        if intent.state in (State.CLOSED, State.EXPIRED):
            return True
        if intent.state == State.OPEN or intent.provider.kind != MoneyAccount.Kind.PROVIDER:
            _end(intent, State.CLOSED)
            return True
        if intent.state != State.CLOSING:
            states.move(intent, State.CLOSING, transitions=PaymentIntent.TRANSITIONS, field="state")
        intent.next_query_at = clock.now() + RETRY
        intent.save(update_fields=["next_query_at"])
    return _digest(intent, gateway_for(intent.provider.code).close(intent.merchant_ref)) == State.CLOSED


def close_open_intent(*, order_id: int) -> bool:
    """End whatever an order asks for at present. True when no money can be on its way through it any more.

    Called outside a transaction, before an unpaid order is cancelled or its total changed (F28, F36).
    """
    live = PaymentIntent.objects.filter(order_id=order_id, state__in=PaymentIntent.LIVE)
    return all(close_intent(intent_id=pk) for pk in live.values_list("pk", flat=True))


@transaction.atomic
def expire_intent(*, merchant_ref: str) -> None:
    """The provider says that an attempt ended unpaid. Touches that attempt only (F32)."""
    intent = PaymentIntent.objects.filter(merchant_ref=merchant_ref).first()
    if intent is None:
        return
    intent = lock_one(PaymentIntent, pk=intent.pk)
    if intent.state in PaymentIntent.LIVE:
        _end(intent, State.CLOSED if intent.state == State.CLOSING else State.EXPIRED)


def sync_due_intents(*, limit: int = 100) -> int:
    """Ask about every attempt whose time has come. One that fails does not stop the others."""
    due = PaymentIntent.objects.filter(next_query_at__lte=clock.now()).order_by("next_query_at", "pk")
    rows = list(due.values_list("pk", "state", "expires_at")[:limit])
    for intent_id, state, expires_at in rows:
        if state == State.CLOSING or (expires_at is not None and expires_at <= clock.now()):
            close_intent(intent_id=intent_id)
        else:
            query_intent(intent_id=intent_id)
    return len(rows)


def _digest(intent: PaymentIntent, answer: TradeState | Refused | Unknown) -> str:
    """Write down what the provider said about an attempt."""
    if isinstance(answer, TradeState) and answer.took_money and answer.amount:
        record_payment(
            provider=intent.provider.code,
            trade_no=answer.provider_ref,
            merchant_ref=intent.merchant_ref,
            amount=answer.amount,
            currency=answer.currency,
            payee=gateway_for(intent.provider.code).payee,
            received_at=answer.paid_at or clock.now(),
            evidence=Evidence(PaymentEvidence.Kind.QUERY, status=answer.status),
            payer=answer.payer,
        )
    with transaction.atomic():
        intent = lock_one(PaymentIntent, pk=intent.pk)
        if intent.state in PaymentIntent.LIVE:
            _after_answer(intent, answer)
    return intent.state


def _after_answer(intent: PaymentIntent, answer: TradeState | Refused | Unknown) -> None:
    said = answer.status if isinstance(answer, TradeState) and not answer.took_money else None
    if said == TradeStatus.CLOSED:
        _end(intent, State.CLOSED if intent.state == State.CLOSING else State.EXPIRED)
    elif said == TradeStatus.ABSENT and intent.state == State.CLOSING:
        _end(intent, State.CLOSED)
    else:
        intent.queries += 1
        intent.next_query_at = _next_question(intent)
        intent.save(update_fields=["queries", "next_query_at"])


def _next_question(intent: PaymentIntent) -> datetime:
    now = clock.now()
    if intent.state == State.CLOSING:
        return now + RETRY
    if intent.asked_at and intent.queries < len(QUESTIONS):
        return max(intent.asked_at + timedelta(minutes=QUESTIONS[intent.queries]), now)
    return now + timedelta(hours=1)


def _end(intent: PaymentIntent, state: str) -> None:
    states.move(
        intent,
        state,
        transitions=PaymentIntent.TRANSITIONS,
        field="state",
        also={"next_query_at": None},
    )
    announce(IntentClosed(intent.pk, intent.order_id), about=Origin("order", intent.order_id))
