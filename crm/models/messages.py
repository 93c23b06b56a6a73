from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fields import OriginIdField, OriginKindField


class MessageKind(models.TextChoices):
    ORDER_PLACED = "order_placed", _("order placed")
    PAYMENT_RECEIVED = "payment_received", _("payment received")
    PAYMENT_REMINDER = "payment_reminder", _("payment reminder")
    ORDER_CONFIRMED = "order_confirmed", _("order confirmed")
    ORDER_SHIPPED = "order_shipped", _("order shipped")
    ORDER_DELIVERED = "order_delivered", _("order delivered")
    ORDER_CANCELLED = "order_cancelled", _("order cancelled")
    RETURN_APPROVED = "return_approved", _("return approved")
    REFUND_DONE = "refund_done", _("refund done")
    PARCEL_REFUSED = "parcel_refused", _("parcel refused")


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")


class MessageTemplate(models.Model):
    """The words of one kind of message in one language, edited by staff: text, never a program (F70)."""

    kind = models.CharField(_("kind"), max_length=24, choices=MessageKind)
    language = models.CharField(_("language"), max_length=10)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))

    class Meta:
        verbose_name = _("message text")
        verbose_name_plural = _("message texts")
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "channel"], name="crm_one_template"),
            models.CheckConstraint(
                condition=~models.Q(channel="email") | ~models.Q(subject=""), name="crm_mail_has_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_channel_display()} · {self.language}"


class Message(models.Model):
    """One message to one customer about one document: asked for once, sent by intent, call, record (F93)."""

    class State(models.TextChoices):
        DUE = "due", pgettext_lazy("message", "due")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        UNKNOWN = "unknown", _("outcome unknown")
        PARKED = "parked", _("given up")

    kind = models.CharField(_("kind"), max_length=24, choices=MessageKind)
    customer = models.ForeignKey("crm.Customer", models.PROTECT, related_name="messages")
    language = models.CharField(_("language"), max_length=10)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    to = models.CharField(pgettext_lazy("message", "to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    about_kind = OriginKindField(_("document kind"))
    about_id = OriginIdField(_("document"))
    version = models.CharField(_("version"), max_length=32, default="1")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"))
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    provider_ref = models.CharField(_("provider's reference"), max_length=120, blank=True)
    error = models.CharField(_("last error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about_kind", "about_id", "version", "channel"], name="crm_message_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["due", "sending", "unknown"]),
                name="crm_message_open",
            ),
            models.Index(fields=["about_kind", "about_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_channel_display()} {self.pk}"
