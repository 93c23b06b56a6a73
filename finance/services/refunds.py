"""Paying back: decided once, never more than came, sent by intent, call, record (F38, F39, F42)."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import clock, faults, states
from core.audit import current_actor
from core.errors import Conflict, InvalidInput
from core.events import announce, wake
from core.locks import lock, lock_one, retried
from core.money import ZERO, quantize
from core.numbers import next_number
from core.origins import Origin
from finance.errors import PaymentError, RefundTooHigh
from finance.events import RefundDone, RefundRequested, RefundStuck
from finance.gateways.base import RefundRequest, RefundState, RefundStatus, Refused, Unknown
from finance.models import Entry, MoneyAccount, Payment, PaymentEvidence, Refund, UnappliedReceipt
from finance.queries import order_money
from finance.services import bookings
from finance.services.evidence import Evidence, keep_evidence
from finance.services.providers import gateway_for

State = Refund.State
SEND_TASK = "finance.tasks.send_due_refunds"
# How long a call may take before a refund that is still being sent counts as unknown.
PATIENCE = timedelta(minutes=2)
RETRIES = (timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=10), timedelta(hours=1))


@retried()
@transaction.atomic
def request_refund(
    *,
    payment: Payment,
    amount: Decimal,
    origin: Origin,
    reason: str,
    key: str,
    order_id: int | None = None,
    way: str = "",
) -> Refund:
    """Promise so much of a payment back; it is sent after commit.

    Idempotent by `key`. Books nothing: whoever decides the refund has booked what is owed. Raises
    RefundTooHigh when requested, unknown and done refunds would exceed the payment, InvalidInput for an
    amount that is no positive number of cents (F38).
    """
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount <= 0 or amount != quantize(amount):
        raise InvalidInput(_("A refund is a positive amount with two places, not %(x)s.") % {"x": amount})
    rows = Payment.objects.filter(pk=payment.pk)
    if faults.guarded("F38"):
        (payment,) = lock(rows)
    else:
        payment = rows.get()
    there = Refund.objects.filter(key=key).first()
    if there is not None:
        return _same(there, payment, amount)
    room = payment.amount - payment.refund_total
    faults.race_window("F38")
    if amount > room:
        raise RefundTooHigh(
            _("Only %(room)s of this payment can still be refunded.") % {"room": room}, payment=payment.pk
        )
    payment.refund_total += amount
    payment.save(update_fields=["refund_total"])
    number = next_number("RF")
    refund = Refund.objects.create(
        number=number,
        key=key,
        request_no=number,
        payment=payment,
        order_id=order_id,
        amount=amount,
        currency=payment.currency,
        way=way or _way(payment),
        origin_kind=origin.kind,
        origin_id=origin.id,
        reason=reason[:200],
        asked_by=current_actor(),
        requested_at=clock.now(),
    )
    states.record(refund, old="", new=refund.state, axis="state", reason=refund.reason)
    announce(RefundRequested(refund.pk, order_id), about=_about(refund))
    if refund.way == Refund.Way.DEPOSIT:
        _done(refund, out_of=None)
    elif refund.way == Refund.Way.PROVIDER:
        refund.next_try_at = clock.now()
        refund.save(update_fields=["next_try_at"])
        wake.after_commit(SEND_TASK, queue="default")
    return refund


@retried()
@transaction.atomic
def refund_order(
    *, order_id: int, amount: Decimal, origin: Origin, reason: str, decided: bool = False
) -> list[Refund]:
    """Give back so much of what an order's customer has paid, the latest payment first, the way it came.

    Called under the order's lock; once per `origin`. Without `decided` the amount is taken out of the
    order's advance here; with it, the caller has booked what is owed (a return). Raises RefundTooHigh when
    less than that has come and is not on its way back.
    """
    _collect_cod(order_id)
    payments = lock(Payment.objects.filter(order_id=order_id, applied__gt=0))
    there = list(Refund.objects.filter(order_id=order_id, origin_kind=origin.kind, origin_id=origin.id))
    if there:
        if sum((x.amount for x in there), ZERO) != amount:
            raise Conflict(
                _("Another amount is being refunded for this document already."), origin=str(origin)
            )
        return there
    parts = _spread(payments, amount, order_id)
    if not decided:
        bookings.book_refund_decided(order=order_id, amount=amount, origin=origin)
    return [
        request_refund(
            payment=payment,
            amount=part,
            origin=origin,
            reason=reason,
            key=f"{origin}:{payment.pk}",
            order_id=order_id,
        )
        for payment, part in parts
    ]


@transaction.atomic
def refund_receipt(*, receipt_id: int, reason: str) -> Refund:
    """Money that fits nothing goes back to where it came from."""
    payment = lock_one(Payment, unapplied=receipt_id)
    receipt = lock_one(UnappliedReceipt, pk=receipt_id)
    origin = Origin("receipt", receipt.pk)
    key = str(origin)
    there = Refund.objects.filter(key=key).first()
    if there is not None:
        return there
    if payment.entry is None:
        raise PaymentError(_("This money did not come into our account: dismiss it with a reason."))
    to = UnappliedReceipt.State.REFUNDED
    states.move(receipt, to, transitions=UnappliedReceipt.TRANSITIONS, field="state", reason=reason)
    receipt.settled_at, receipt.settled_by = clock.now(), current_actor()
    receipt.save(update_fields=["settled_at", "settled_by"])
    bookings.book_receipt_refund_decided(
        payment=payment.pk, amount=receipt.amount, origin=origin, entity=payment.entry.entity
    )
    return request_refund(payment=payment, amount=receipt.amount, origin=origin, reason=reason, key=key)


def send_refund(*, refund_id: int) -> str:
    """Send a refund to its provider, or ask about one whose outcome is unknown. Returns its state.

    Three steps: say that it is being sent, call, write the answer down. The request number never changes,
    so a repeat moves no money twice; what nobody knows stays unknown until a query answers (F39, F42).
    """
    with transaction.atomic():
        refund = lock_one(Refund, pk=refund_id)
        if refund.state not in (State.REQUESTED, State.SENDING, State.UNKNOWN):
            return refund.state
        if refund.way != Refund.Way.PROVIDER:
            return refund.state
        if refund.state == State.SENDING:
            if refund.next_try_at and refund.next_try_at > clock.now():
                return refund.state
            _move(refund, State.UNKNOWN)
        first = refund.state == State.REQUESTED
        if first:
            _move(refund, State.SENDING)
        refund.tries += 1
        refund.sent_at = refund.sent_at or clock.now()
        refund.next_try_at = clock.now() + PATIENCE
        refund.save(update_fields=["tries", "sent_at", "next_try_at"])
    faults.crash_point("refund.before_call")
    answer = _call(refund, first)
    faults.crash_point("refund.after_call")
    return _record_answer(refund, answer)


def send_due_refunds(*, limit: int = 100) -> int:
    """Send what waits and ask about what is unknown. Returns how many were tried."""
    due = Refund.objects.filter(next_try_at__lte=clock.now()).order_by("next_try_at", "pk")
    refunds = list(due.values_list("pk", flat=True)[:limit])
    for refund_id in refunds:
        send_refund(refund_id=refund_id)
    return len(refunds)


@transaction.atomic
def settle_by_notice(*, refund_id: int, refunded_total: Decimal) -> None:
    """The provider has told us of a refund by itself. Its figure is the sum over all refunds of the trade."""
    refund = lock_one(Refund, pk=refund_id)
    if refund.state in (State.DONE, State.CANCELLED, State.FAILED):
        return
    if refunded_total >= refund.amount:
        _done(refund, out_of=refund.payment.account)


@transaction.atomic
def settle_refund(
    *, refund_id: int, account: MoneyAccount, note: str = "", source: Origin | None = None
) -> Refund:
    """A transfer or cash refund has left that account: by a bank line (`source`) or a clerk's word (`note`).

    Idempotent. Raises PaymentError for refunds that the provider makes.
    """
    refund = lock_one(Refund, pk=refund_id)
    if refund.state == State.DONE:
        return refund
    if refund.way not in (Refund.Way.TRANSFER, Refund.Way.CASH):
        raise PaymentError(_("The provider makes this refund; wait for its answer."))
    _done(refund, out_of=account, reason=note or str(source or ""))
    return refund


@transaction.atomic
def cancel_refund(*, refund_id: int, reason: str) -> Refund:
    """Take back a refund that was not sent; what is owed stays owed. Raises IllegalMove once it is."""
    payment = lock_one(Payment, refunds=refund_id)
    refund = lock_one(Refund, pk=refund_id)
    _move(refund, State.CANCELLED, reason=reason)
    _release(payment, refund)
    return refund


@transaction.atomic
def retry_refund(*, refund_id: int, way: str) -> Refund:
    """Send a refused or cancelled refund another way, as a new one with a number of its own."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state not in (State.FAILED, State.CANCELLED):
        raise PaymentError(_("This refund is not over: an unknown one is asked about, not sent anew."))
    return request_refund(
        payment=refund.payment,
        amount=refund.amount,
        origin=Origin(refund.origin_kind, refund.origin_id),
        reason=refund.reason,
        key=f"{refund.key}:after:{refund.pk}",
        order_id=refund.order_id,
        way=way,
    )


def _call(refund: Refund, first: bool) -> RefundState | Refused | Unknown:
    gateway = gateway_for(refund.payment.provider)
    merchant_ref = refund.payment.intent.merchant_ref if refund.payment.intent else ""
    request = RefundRequest(merchant_ref, refund.request_no, refund.amount, refund.reason)
    if first:
        return gateway.refund(request)
    answer = gateway.query_refund(merchant_ref, refund.request_no)
    if isinstance(answer, RefundState) and answer.status == RefundStatus.ABSENT:
        return gateway.refund(request)
    return Unknown(f"query refused: {answer.code}") if isinstance(answer, Refused) else answer


def _record_answer(refund: Refund, answer: RefundState | Refused | Unknown) -> str:
    with transaction.atomic():
        payment = lock_one(Payment, pk=refund.payment_id)
        refund = lock_one(Refund, pk=refund.pk)
        if refund.state not in (State.SENDING, State.UNKNOWN):
            return refund.state
        if isinstance(answer, RefundState) and answer.status == RefundStatus.DONE:
            if answer.amount not in (None, refund.amount):
                _unknown(refund, f"the provider refunded {answer.amount}")
            else:
                _done(refund, out_of=payment.account)
        elif isinstance(answer, Refused):
            _fail(payment, refund, f"{answer.code} {answer.text}")
        else:
            _unknown(refund, answer.reason if isinstance(answer, Unknown) else answer.status)
        return refund.state


def _done(refund: Refund, *, out_of: MoneyAccount | None, reason: str = "") -> None:
    """The money has left: book it, say so."""
    owed_for = Origin("order", refund.order_id) if refund.order_id else Origin("payment", refund.payment_id)
    refund.done_at, refund.next_try_at, refund.problem = clock.now(), None, ""
    old, refund.state = refund.state, State.DONE
    _check_move(old)
    refund.save(update_fields=["state", "done_at", "next_try_at", "problem"])
    states.record(refund, old=old, new=State.DONE, axis="state", reason=reason)
    bookings.book_refund_paid(
        refund=refund.pk,
        owed_for=owed_for,
        amount=refund.amount,
        out_of=out_of,
        customer_id=refund.payment.customer_id,
    )
    announce(RefundDone(refund.pk, refund.order_id, refund.amount, refund.currency), about=_about(refund))


def _check_move(old: str) -> None:
    if (old, State.DONE) not in Refund.TRANSITIONS:
        raise PaymentError(_("This refund is over."))


def _fail(payment: Payment, refund: Refund, why: str) -> None:
    refund.problem, refund.next_try_at = why[:200], None
    refund.save(update_fields=["problem", "next_try_at"])
    _move(refund, State.FAILED, reason=why)
    _release(payment, refund)
    announce(
        RefundStuck(refund.pk, refund.order_id, refund.amount, refund.currency, why[:200]),
        about=_about(refund),
    )


def _unknown(refund: Refund, why: str) -> None:
    if refund.state != State.UNKNOWN:
        _move(refund, State.UNKNOWN, reason=why)
    refund.problem = why[:200]
    refund.next_try_at = clock.now() + RETRIES[min(refund.tries, len(RETRIES)) - 1]
    refund.save(update_fields=["problem", "next_try_at"])


def _release(payment: Payment, refund: Refund) -> None:
    Payment.objects.filter(pk=payment.pk).update(refund_total=F("refund_total") - refund.amount)


def _move(refund: Refund, to: str, *, reason: str = "") -> None:
    states.move(refund, to, transitions=Refund.TRANSITIONS, field="state", reason=reason)


def _same(there: Refund, payment: Payment, amount: Decimal) -> Refund:
    if (there.payment_id, there.amount) != (payment.pk, amount):
        raise Conflict(_("Another refund has been asked for under this key already."), refund=there.pk)
    return there


def _way(payment: Payment) -> str:
    """Back the way it came; cash that a courier collected goes by transfer."""
    if payment.provider == Payment.DEPOSIT:
        return Refund.Way.DEPOSIT
    kind = payment.account.kind if payment.account else ""
    if kind == MoneyAccount.Kind.PROVIDER:
        return Refund.Way.PROVIDER
    return Refund.Way.CASH if kind == MoneyAccount.Kind.TILL else Refund.Way.TRANSFER


def _about(refund: Refund) -> Origin:
    return Origin("order", refund.order_id) if refund.order_id else Origin("payment", refund.payment_id)


def _spread(payments: list[Payment], amount: Decimal, order_id: int) -> list[tuple[Payment, Decimal]]:
    parts, left = [], amount
    for payment in sorted(payments, key=lambda x: (x.received_at, x.pk), reverse=True):
        held = Refund.objects.filter(payment=payment, order_id=order_id, state__in=Refund.HOLDS_MONEY)
        going = sum(held.values_list("amount", flat=True), ZERO)
        part = min(left, payment.applied - going, payment.amount - payment.refund_total)
        if part > 0:
            parts.append((payment, part))
            left -= part
    if left:
        raise RefundTooHigh(
            _("Only %(room)s of what was paid for this order can still be refunded.")
            % {"room": amount - left},
            order=order_id,
        )
    return parts


def _collect_cod(order_id: int) -> None:
    """What the courier collected at delivery is money of the customer's like any other payment."""
    if not order_money(order_id).collected:
        return
    entries = Entry.objects.filter(
        kind="delivery.cod",
        payment=None,
        reversed_by=None,
        postings__origin_kind="order",
        postings__origin_id=order_id,
    ).distinct()
    for entry in entries.order_by("pk"):
        amount = entry.postings.get(account__code="1221.1").amount
        payment, made = Payment.objects.get_or_create(
            provider=Payment.COD,
            trade_no=f"{entry.origin_kind}-{entry.origin_id}",
            defaults={
                "order_id": order_id,
                "amount": amount,
                "applied": amount,
                "currency": entry.entity.currency,
                "received_at": entry.posted_at,
                "recorded_at": clock.now(),
                "state": Payment.State.CONFIRMED,
                "entry": entry,
            },
        )
        if made:
            keep_evidence(
                payment=payment,
                evidence=Evidence(
                    PaymentEvidence.Kind.COURIER, source=Origin(entry.origin_kind, entry.origin_id)
                ),
                amount=amount,
                currency=payment.currency,
            )
