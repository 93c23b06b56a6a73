from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.audit import append_only


class Reveal(models.Model):
    """Somebody of the staff has seen a customer's record without masks, and why. Append-only (S41)."""

    customer = models.ForeignKey("crm.Customer", models.PROTECT, related_name="reveals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("look behind the mask")
        verbose_name_plural = _("looks behind the mask")
        indexes = [models.Index(fields=["by", "at"])]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="crm_reveal_has_reason")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.by_id} {self.customer_id}"
