from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit import append_only
from core.fields import OriginIdField, OriginKindField


class TransactionId(models.Func):
    """The number of the writing transaction: the order in which a feed may be read."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()


class Event(models.Model):
    """A fact that an app has announced, written in the transaction that made it true."""

    name = models.CharField(_("name"), max_length=64)
    about_kind = OriginKindField(_("document kind"))
    about_id = OriginIdField(_("document"))
    payload = models.JSONField(_("payload"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    occurred_at = models.DateTimeField(_("occurred at"))
    written_at = models.DateTimeField(_("written at"), db_default=Now())  # machine time, for I43
    transaction_id = models.BigIntegerField(_("transaction"), db_default=TransactionId())

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["about_kind", "about_id", "id"]),
            models.Index(fields=["transaction_id", "id"], name="core_event_feed"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.name} {self.about_kind}:{self.about_id}"


class EventDelivery(models.Model):
    """One event for one handler: done once, retried with back-off, parked after the last attempt."""

    class State(models.TextChoices):
        DUE = "due", pgettext_lazy("work", "due")
        DONE = "done", _("done")
        PARKED = "parked", _("parked")

    event = models.ForeignKey(Event, models.PROTECT, related_name="deliveries")
    handler = models.CharField(_("handler"), max_length=120)
    # Copied from the event, so that the head of a stream is found in one index.
    about_kind = OriginKindField(_("document kind"))
    about_id = OriginIdField(_("document"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("event delivery")
        verbose_name_plural = _("event deliveries")
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="core_delivery_once")]
        indexes = [
            models.Index(fields=["event", "id"], condition=models.Q(state="due"), name="core_delivery_due"),
            models.Index(
                fields=["about_kind", "about_id", "handler", "event"],
                condition=~models.Q(state="done"),
                name="core_delivery_stream",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.handler}: {self.state}"
