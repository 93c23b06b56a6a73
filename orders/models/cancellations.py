from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.audit import append_only
from core.fields import CurrencyField, MoneyField


class Cancellation(models.Model):
    """Why an order ended and what that did to its money. Append-only (ANCHORS 1.9)."""

    class Reason(models.TextChoices):
        CUSTOMER = "customer", _("wish of the customer")
        EXPIRED = "expired", _("not paid in time")
        STOCK = "stock", _("no stock")
        REFUSED_BY_REVIEW = "refused_by_review", _("declined in review")
        REFUSED_AT_DOOR = "refused_at_door", _("refused at the door")
        LOST = "lost", _("lost on the way")
        STAFF = "staff", _("other")

    order = models.OneToOneField(
        "order.Order", models.PROTECT, related_name="cancellation", verbose_name=_("order")
    )
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    refund_amount = MoneyField(_("refunded"))
    currency = CurrencyField(_("currency"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("cancellation")
        verbose_name_plural = _("cancellations")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.order_id}: {self.reason}"
