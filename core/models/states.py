from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit import append_only
from core.fields import OriginIdField, OriginKindField


class StatusChange(models.Model):
    """One step of one document: who, when, why. Append-only."""

    origin_kind = OriginKindField(_("document kind"))
    origin_id = OriginIdField(_("document"))
    axis = models.CharField(_("axis"), max_length=32, default="status")
    old = models.CharField(pgettext_lazy("change of state", "from"), max_length=32, blank=True)
    new = models.CharField(pgettext_lazy("change of state", "to"), max_length=32)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        indexes = [models.Index(fields=["origin_kind", "origin_id", "id"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.origin_kind}:{self.origin_id} {self.old} → {self.new}"
