"""Paying back: one row per refund, whose request number is stable for ever (F39)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import CurrencyField, MoneyField, OriginIdField, OriginKindField

from .payments import Payment


class Refund(models.Model):
    """So much of a payment goes back. *Unknown* leaves that state only by an answer of the provider."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        SENDING = "sending", _("sending")
        UNKNOWN = "unknown", _("outcome unknown")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    TRANSITIONS = frozenset(
        {
            ("requested", "sending"),
            ("requested", "done"),
            ("requested", "cancelled"),
            ("sending", "done"),
            ("sending", "unknown"),
            ("sending", "failed"),
            ("unknown", "sending"),
            ("unknown", "done"),
            ("unknown", "failed"),
        }
    )
    HOLDS_MONEY = ("requested", "sending", "unknown", "done")

    class Way(models.TextChoices):
        PROVIDER = "provider", _("by the payment provider")
        TRANSFER = "transfer", _("by bank transfer")
        CASH = "cash", _("in cash")
        DEPOSIT = "deposit", _("to the customer's deposit")

    number = models.CharField(_("number"), max_length=32, unique=True)
    key = models.CharField(_("request key"), max_length=120, unique=True)
    request_no = models.CharField(_("request number"), max_length=64, unique=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    order = models.ForeignKey(
        "order.Order", models.PROTECT, null=True, blank=True, related_name="refunds", verbose_name=_("order")
    )
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    way = models.CharField(_("way"), max_length=8, choices=Way)
    origin_kind = OriginKindField(_("document kind"))
    origin_id = OriginIdField(_("document"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.REQUESTED)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(_("requested at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="finance_refund_positive"),
            models.CheckConstraint(
                condition=(models.Q(state="done") & models.Q(done_at__isnull=False))
                | (~models.Q(state="done") & models.Q(done_at=None)),
                name="finance_refund_done_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(next_try_at__isnull=False),
                name="finance_refund_due",
            )
        ]

    def __str__(self) -> str:
        return self.number
