"""Being paid: the attempt, the money that came with its proof, and money that fits nothing."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit import append_only
from core.fields import CurrencyField, MoneyField
from core.money import ZERO

from .ledger import Entry
from .money_accounts import MoneyAccount


class PaymentIntent(models.Model):
    """One attempt to be paid for an order. Its reference is stored before the provider hears it (F30)."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("attempt to pay", "open")
        ASKED = "asked", _("asked")
        PAID = "paid", pgettext_lazy("state of payment", "paid")
        CLOSING = "closing", _("closing")
        CLOSED = "closed", _("closed")
        EXPIRED = "expired", _("expired at the provider")

    # Money is stronger evidence than the provider's word that nobody paid (F29); what we closed stays closed.
    TRANSITIONS = frozenset(
        {
            ("open", "asked"),
            ("open", "paid"),
            ("open", "closing"),
            ("open", "closed"),
            ("open", "expired"),
            ("asked", "paid"),
            ("asked", "closing"),
            ("asked", "closed"),
            ("asked", "expired"),
            ("closing", "paid"),
            ("closing", "closed"),
            ("expired", "paid"),
        }
    )
    LIVE = ("open", "asked", "closing")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey("order.Order", models.PROTECT, related_name="payment_intents")
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    merchant_ref = models.CharField(_("our reference"), max_length=64, unique=True)
    provider = models.ForeignKey(MoneyAccount, models.PROTECT, related_name="+", verbose_name=_("paid into"))
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    order_version = models.PositiveIntegerField(_("order version"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    queries = models.PositiveSmallIntegerField(_("times asked about"), default=0)
    next_query_at = models.DateTimeField(_("next question at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment attempt")
        verbose_name_plural = _("payment attempts")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="finance_intent_positive"),
            models.UniqueConstraint(fields=["order", "attempt"], name="finance_intent_attempt"),
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(state__in=["open", "asked", "closing"]),
                name="finance_one_live_intent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_query_at"],
                condition=models.Q(next_query_at__isnull=False),
                name="finance_intent_due",
            )
        ]

    def __str__(self) -> str:
        return self.merchant_ref


class InboxMessage(models.Model):
    """A message from a provider, stored before it acts, so that a repeat finds itself (F27)."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        DONE = "done", _("done")
        PARKED = "parked", _("parked")
        REJECTED = "rejected", _("rejected")

    provider = models.CharField(_("provider"), max_length=30)
    event_id = models.CharField(_("event"), max_length=128, blank=True)
    verified = models.BooleanField(_("verified"))
    raw = models.JSONField(_("fields"), default=dict)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.NEW)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received at"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name = _("provider message")
        verbose_name_plural = _("provider messages")
        constraints = [
            # A forged message must not be able to take the place of the true one.
            models.UniqueConstraint(
                fields=["provider", "event_id"],
                condition=models.Q(verified=True),
                name="finance_inbox_once",
            ),
            models.CheckConstraint(
                condition=models.Q(verified=False, state="rejected")
                | (models.Q(verified=True) & ~models.Q(event_id="")),
                name="finance_inbox_verified",
            ),
        ]
        indexes = [
            models.Index(fields=["received_at"], condition=models.Q(state="new"), name="finance_inbox_new")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class Payment(models.Model):
    """Money that came. `applied` of it belongs to the order, the rest is an unapplied receipt."""

    class State(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        UNAPPLIED = "unapplied", _("unapplied")

    TRANSITIONS = frozenset({("confirmed", "unapplied"), ("unapplied", "confirmed")})
    FREE, COD, DEPOSIT = "free", "cod", "deposit"  # ways of paying that no outside account holds

    provider = models.CharField(_("provider"), max_length=30)
    trade_no = models.CharField(_("transaction number"), max_length=128)
    account = models.ForeignKey(
        MoneyAccount, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("paid into")
    )
    intent = models.ForeignKey(
        PaymentIntent,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("attempt"),
    )
    order = models.ForeignKey(
        "order.Order", models.PROTECT, null=True, blank=True, related_name="payments", verbose_name=_("order")
    )
    customer = models.ForeignKey(
        "crm.Customer", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    amount = MoneyField(_("amount"))
    applied = MoneyField(_("applied"), default=ZERO)
    refund_total = MoneyField(_("refunded or being refunded"), default=ZERO)
    currency = CurrencyField(_("currency"))
    payer = models.CharField(_("payer"), max_length=120, blank=True)
    received_at = models.DateTimeField(_("received at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    state = models.CharField(_("state"), max_length=9, choices=State)
    entry = models.OneToOneField(
        Entry, models.PROTECT, null=True, blank=True, related_name="payment", verbose_name=_("journal entry")
    )

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["provider", "trade_no"], name="finance_payment_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0) | models.Q(provider="free", amount=0),
                name="finance_payment_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(applied__gte=0, applied__lte=models.F("amount")),
                name="finance_payment_applied",
            ),
            models.CheckConstraint(
                condition=models.Q(refund_total__gte=0, refund_total__lte=models.F("amount")),
                name="finance_payment_refunds",
            ),
            models.CheckConstraint(
                condition=models.Q(state="unapplied", applied=0)
                | models.Q(state="confirmed", applied__gt=0, order__isnull=False)
                | models.Q(state="confirmed", provider="free", order__isnull=False)
                | models.Q(state="confirmed", applied__gt=0, customer__isnull=False),
                name="finance_payment_state",
            ),
        ]
        indexes = [models.Index(fields=["received_at"])]

    def __str__(self) -> str:
        return f"{self.provider} {self.trade_no}"


class PaymentEvidence(models.Model):
    """Why we believe in a payment: one proof each. State is derived from the set, never its order (F29)."""

    class Kind(models.TextChoices):
        NOTIFICATION = "notification", _("notification")
        QUERY = "query", _("answer to our question")
        BANK_LINE = "bank_line", _("bank line")
        BILL = "bill", _("provider's bill")
        CLERK = "clerk", _("clerk's entry")
        COURIER = "courier", _("delivery against cash")
        DEPOSIT = "deposit", _("deposit")
        FREE = "free", _("nothing to pay")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    status = models.CharField(_("status"), max_length=20, blank=True)
    refund_ref = models.CharField(_("refund number"), max_length=64, blank=True)
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    source_kind = models.CharField(_("source"), max_length=32, blank=True)
    source_id = models.BigIntegerField(_("source row"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("proof of payment")
        verbose_name_plural = _("proofs of payment")
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "kind", "status", "refund_ref", "amount", "currency"],
                name="finance_evidence_once",
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.payment_id} {self.kind} {self.status}"


class UnappliedReceipt(models.Model):
    """Money that waits for a clerk: late, too much, unknown, contradictory (F16, F26, F33)."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("work", "open")
        APPLIED = "applied", _("applied")
        REFUNDED = "refunded", _("being refunded")
        DISMISSED = "dismissed", _("dismissed")

    TRANSITIONS = frozenset({("open", "applied"), ("open", "refunded"), ("open", "dismissed")})

    class Reason(models.TextChoices):
        UNKNOWN = "unknown", _("fits no order")
        AMOUNT = "amount", _("another amount than asked")
        CURRENCY = "currency", _("another currency than asked")
        PAYEE = "payee", _("paid to another account")
        LATE = "late", _("the attempt was closed")
        TOO_MUCH = "too_much", _("more than was due")
        TWICE = "twice", _("paid already")
        ORDER_CLOSED = "order_closed", _("the order is closed")
        CONTRADICTION = "contradiction", _("two proofs disagree")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="unapplied")
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    meant_for = models.ForeignKey(
        "order.Order", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("meant for")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("unapplied receipt")
        verbose_name_plural = _("unapplied receipts")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="finance_unapplied_positive")
        ]
        indexes = [
            models.Index(
                fields=["opened_at"], condition=models.Q(state="open"), name="finance_unapplied_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.payment} {self.amount}"
