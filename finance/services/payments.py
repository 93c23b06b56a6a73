"""Recording money that came: once per provider and transaction number, whoever tells us how often (F15)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from core import clock, faults, states
from core.audit import current_actor
from core.events import announce
from core.locks import lock, lock_one, retried
from core.money import ZERO, quantize
from core.origins import Origin
from finance.errors import PaymentError
from finance.events import PaymentParked, PaymentRecorded
from finance.models import MoneyAccount, Payment, PaymentEvidence, PaymentIntent, UnappliedReceipt
from finance.queries import open_items, order_money
from finance.rules.receipts import Attempt, Receipt, judge
from finance.services import bookings
from finance.services.evidence import Evidence, keep_evidence
from finance.services.providers import ALIPAY, gateway_for


@retried()
@transaction.atomic
def record_payment(
    *,
    provider: str,
    trade_no: str,
    merchant_ref: str,
    amount: Decimal,
    currency: str,
    payee: str = "",
    received_at: datetime,
    evidence: Evidence,
    payer: str = "",
) -> Payment:
    """Record money that came into the account `provider`, post it, and say so.

    Idempotent by (provider, trade_no): every later proof only adds to the evidence. What agrees with the
    attempt that `merchant_ref` names becomes its order's advance and is announced as PaymentRecorded;
    what is wrong, late or too much becomes an unapplied receipt and PaymentParked, never an error (F26,
    F33). Locks the order's attempts, nothing above them.
    """
    place = MoneyAccount.objects.select_related("entity").get(code=provider)
    intent, others = _locked_intents(provider, trade_no, merchant_ref)
    there = Payment.objects.filter(provider=provider, trade_no=trade_no).first()
    if there is not None:
        return _one_more_proof(there, evidence, amount, currency)
    faults.race_window("F15")
    receipt = Receipt(quantize(amount), currency, payee)
    attempt = _attempt(intent, others, place)
    verdict = judge(receipt, attempt, payee=_payee(place), currency=place.currency)
    payment = _written(
        Payment(
            provider=provider,
            trade_no=trade_no,
            account=place,
            intent=intent,
            order_id=intent.order_id if intent and verdict.applied else None,
            amount=receipt.amount,
            applied=verdict.applied,
            currency=currency,
            payer=payer[:120],
            received_at=received_at,
            recorded_at=clock.now(),
            state=Payment.State.CONFIRMED if verdict.applied else Payment.State.UNAPPLIED,
        )
    )
    keep_evidence(payment=payment, evidence=evidence, amount=receipt.amount, currency=currency)
    if verdict.applied and intent is not None and attempt is not None:
        _post_applied(payment, intent.order_id, place)
        _move_paid(intent, place, attempt.applied + verdict.applied)
    if rest := payment.amount - verdict.applied:
        unapplied = _unapplied(payment, rest, verdict.reason, intent.order_id if intent else None)
        if verdict.booked:
            _post_unapplied(payment, unapplied, place)
    return payment


@retried()
@transaction.atomic
def record_order_receipt(
    *,
    account: MoneyAccount,
    trade_no: str,
    order_id: int,
    amount: Decimal,
    received_at: datetime,
    evidence: Evidence,
    payer: str = "",
    due: Decimal | None = None,
) -> Payment:
    """Record money of which a person, or a sure reference, says which order it is for.

    What is too much is set apart: above the order's open attempt where there is one, else above `due` where
    the caller knows it. Idempotent by (account, trade_no).
    """
    live = PaymentIntent.objects.filter(order_id=order_id, state__in=PaymentIntent.LIVE).first()
    if live is not None:
        return record_payment(
            provider=account.code,
            trade_no=trade_no,
            merchant_ref=live.merchant_ref,
            amount=amount,
            currency=account.currency,
            received_at=received_at,
            evidence=evidence,
            payer=payer,
        )
    _lock_trade(account.code, trade_no)
    there = Payment.objects.filter(provider=account.code, trade_no=trade_no).first()
    if there is not None:
        return _one_more_proof(there, evidence, amount, account.currency)
    applied = amount if due is None else min(amount, due)
    payment = Payment.objects.create(
        provider=account.code,
        trade_no=trade_no,
        account=account,
        order_id=order_id,
        amount=amount,
        applied=applied,
        currency=account.currency,
        payer=payer[:120],
        received_at=received_at,
        recorded_at=clock.now(),
        state=Payment.State.CONFIRMED,
    )
    keep_evidence(payment=payment, evidence=evidence, amount=amount, currency=account.currency)
    _post_applied(payment, order_id, account)
    if rest := amount - applied:
        receipt = _unapplied(payment, rest, UnappliedReceipt.Reason.TOO_MUCH, order_id)
        _post_unapplied(payment, receipt, account)
    return payment


@transaction.atomic
def record_free_payment(*, order_id: int, currency: str) -> Payment:
    """An order of which nothing is left to pay is paid at once, without any provider (F23)."""
    now = clock.now()
    payment, made = Payment.objects.get_or_create(
        provider=Payment.FREE,
        trade_no=f"order-{order_id}",
        defaults={
            "order_id": order_id,
            "amount": ZERO,
            "currency": currency,
            "received_at": now,
            "recorded_at": now,
            "state": Payment.State.CONFIRMED,
        },
    )
    if made:
        keep_evidence(
            payment=payment,
            evidence=Evidence(PaymentEvidence.Kind.FREE),
            amount=ZERO,
            currency=currency,
        )
        _announce_recorded(payment)
    return payment


@transaction.atomic
def park_payment(*, payment_id: int, reason: str = UnappliedReceipt.Reason.ORDER_CLOSED) -> None:
    """The order that this money was for takes none any more: set it apart for a clerk (F31, F33).

    Called under the order's lock. Idempotent: what has been parked or refunded already is not parked again.
    """
    payment = lock_one(Payment, pk=payment_id)
    rest = payment.applied - _refunding(payment)
    if rest <= 0 or payment.order_id is None or payment.entry is None:
        return
    payment.applied -= rest
    if not payment.applied:
        payment.state = Payment.State.UNAPPLIED
    payment.save(update_fields=["applied", "state"])
    receipt = _unapplied(payment, rest, reason, payment.order_id)
    bookings.book_receipt_parked(
        receipt=receipt.pk,
        payment=payment.pk,
        order=payment.order_id,
        amount=rest,
        entity=payment.entry.entity,
    )


@transaction.atomic
def apply_receipt(*, receipt_id: int, order_id: int, note: str = "") -> Payment:
    """A clerk has found the order that an unapplied receipt is for. Raises PaymentError when it is not open.

    One payment belongs to one order: a second part for another order is refused.
    """
    payment = lock_one(Payment, unapplied=receipt_id)
    receipt = lock_one(UnappliedReceipt, pk=receipt_id)
    if payment.entry is None:
        raise PaymentError(_("This money did not come into our account: dismiss it with a reason."))
    if payment.applied and payment.order_id != order_id:
        raise PaymentError(_("Part of this payment belongs to another order: refund the rest instead."))
    _close_receipt(receipt, UnappliedReceipt.State.APPLIED, note)
    payment.order_id, payment.applied = order_id, payment.applied + receipt.amount
    payment.state = Payment.State.CONFIRMED
    payment.save(update_fields=["order", "applied", "state"])
    bookings.book_receipt_applied(
        receipt=receipt.pk,
        payment=payment.pk,
        order=order_id,
        amount=receipt.amount,
        entity=payment.entry.entity,
    )
    pay_receivable(order_id=order_id, origin=Origin("payment", payment.pk))
    _announce_recorded(payment, amount=receipt.amount)
    return payment


@transaction.atomic
def dismiss_receipt(*, receipt_id: int, note: str) -> None:
    """A claim of money that never came into our account is laid aside, with a reason."""
    receipt = lock_one(UnappliedReceipt, pk=receipt_id)
    if receipt.payment.entry_id is not None:
        raise PaymentError(_("This money is in our books: apply it to an order or refund it."))
    if not note.strip():
        raise PaymentError(_("Give a reason for laying this receipt aside."))
    _close_receipt(receipt, UnappliedReceipt.State.DISMISSED, note)


def pay_receivable(*, order_id: int, origin: Origin) -> None:
    """Use an order's advance to pay what its customer owes for delivered goods. Does nothing without both."""
    owed = open_items("1122", origin=Origin("order", order_id))
    if not owed or owed[0].amount <= 0 or not owed[0].party:
        return
    advance = order_money(order_id).advance
    if advance > 0:
        bookings.book_advance_to_receivable(
            order=order_id,
            customer_id=owed[0].party.id,
            amount=min(owed[0].amount, advance),
            origin=origin,
        )


def _locked_intents(
    provider: str, trade_no: str, merchant_ref: str
) -> tuple[PaymentIntent | None, list[PaymentIntent]]:
    """The attempt that is named and the others of its order, all locked and fresh."""
    named = PaymentIntent.objects.filter(merchant_ref=merchant_ref) if merchant_ref else None
    order_id = named.values_list("order_id", flat=True).first() if named is not None else None
    attempts: list[PaymentIntent] = []
    if order_id is not None:
        of_order = PaymentIntent.objects.filter(order_id=order_id)
        attempts = lock(of_order) if faults.guarded("F15") else list(of_order)
    if faults.guarded("F15"):
        _lock_trade(provider, trade_no)
    intent = next((attempt for attempt in attempts if attempt.merchant_ref == merchant_ref), None)
    return intent, [attempt for attempt in attempts if attempt is not intent]


def _lock_trade(provider: str, trade_no: str) -> None:
    """Serialise proofs of one transaction also where no attempt is known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 15))", [f"{provider}/{trade_no}"])


def _written(payment: Payment) -> Payment:
    """The payment as stored; the one that is there where another proof of the same money was faster."""
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError:
        there = Payment.objects.filter(provider=payment.provider, trade_no=payment.trade_no).first()
        if there is None:
            raise
        return there
    return payment


def _attempt(
    intent: PaymentIntent | None, others: list[PaymentIntent], place: MoneyAccount
) -> Attempt | None:
    if intent is None:
        return None
    valid = (*PaymentIntent.LIVE, PaymentIntent.State.PAID)
    return Attempt(
        amount=intent.amount,
        currency=intent.currency,
        state=intent.state,
        applied=sum(intent.payments.values_list("applied", flat=True), ZERO),
        exact=place.kind == MoneyAccount.Kind.PROVIDER,
        superseded=any(other.state in valid for other in others),
    )


def _payee(place: MoneyAccount) -> str:
    return gateway_for(place.code).payee if place.code == ALIPAY else place.number


def _post_applied(payment: Payment, order_id: int, place: MoneyAccount) -> None:
    day = clock.day_of(payment.received_at)
    entry = bookings.book_prepayment(
        payment=payment.pk, order=order_id, amount=payment.applied, into=place, on=day
    )
    payment.entry = entry
    payment.save(update_fields=["entry"])
    pay_receivable(order_id=order_id, origin=Origin("payment", payment.pk))
    _announce_recorded(payment)


def _post_unapplied(payment: Payment, receipt: UnappliedReceipt, place: MoneyAccount) -> None:
    entry = bookings.book_unapplied_receipt(
        payment=payment.pk, amount=receipt.amount, into=place, on=clock.day_of(payment.received_at)
    )
    if payment.entry_id is None:
        payment.entry = entry
        payment.save(update_fields=["entry"])


def _move_paid(intent: PaymentIntent, place: MoneyAccount, applied: Decimal) -> None:
    """An attempt is paid when all of it has come. Paid elsewhere, the gateway's page has to be closed."""
    if applied < intent.amount or intent.state == PaymentIntent.State.PAID:
        return
    elsewhere = intent.provider_id != place.pk and intent.state == PaymentIntent.State.ASKED
    states.move(
        intent,
        PaymentIntent.State.CLOSING if elsewhere else PaymentIntent.State.PAID,
        transitions=PaymentIntent.TRANSITIONS,
        field="state",
        also={"next_query_at": clock.now() if elsewhere else None},
    )


def _unapplied(payment: Payment, amount: Decimal, reason: str, meant_for: int | None) -> UnappliedReceipt:
    receipt = UnappliedReceipt.objects.create(
        payment=payment,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        meant_for_id=meant_for,
        opened_at=clock.now(),
    )
    announce(
        PaymentParked(receipt.pk, payment.pk, meant_for, amount, payment.currency, reason),
        about=_about(meant_for, payment),
    )
    return receipt


def _announce_recorded(payment: Payment, *, amount: Decimal | None = None) -> None:
    announce(
        PaymentRecorded(
            payment_id=payment.pk,
            order_id=payment.order_id,
            intent_id=payment.intent_id,
            amount=payment.applied if amount is None else amount,
            currency=payment.currency,
            received_at=payment.received_at,
        ),
        about=_about(payment.order_id, payment),
    )


def _about(order_id: int | None, payment: Payment) -> Origin:
    return Origin("order", order_id) if order_id else Origin("payment", payment.pk)


def _one_more_proof(payment: Payment, evidence: Evidence, amount: Decimal, currency: str) -> Payment:
    """Another proof of what we know; one that tells another amount is a contradiction for a clerk."""
    new = keep_evidence(payment=payment, evidence=evidence, amount=quantize(amount), currency=currency)
    if new and (quantize(amount), currency) != (payment.amount, payment.currency):
        payment.unapplied.filter(state=UnappliedReceipt.State.OPEN).update(
            reason=UnappliedReceipt.Reason.CONTRADICTION,
            note=f"{evidence.kind}: {amount} {currency}"[:300],
        )
    return payment


def _refunding(payment: Payment) -> Decimal:
    """What of the order's part is on its way back or was sent back."""
    held = payment.refunds.filter(order=payment.order, state__in=payment.refunds.model.HOLDS_MONEY)
    return sum(held.values_list("amount", flat=True), ZERO)


def _close_receipt(receipt: UnappliedReceipt, state: str, note: str, actor: Any | None = None) -> None:
    states.move(
        receipt, state, transitions=UnappliedReceipt.TRANSITIONS, field="state", reason=note, actor=actor
    )
    receipt.note = note or receipt.note
    receipt.settled_at, receipt.settled_by = clock.now(), actor or current_actor()
    receipt.save(update_fields=["note", "settled_at", "settled_by"])
