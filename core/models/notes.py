from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.audit import append_only
from core.fields import OriginIdField, OriginKindField


class Note(models.Model):
    """What a person wants the next one to know about a document. Facts: written once, never changed."""

    origin_kind = OriginKindField(_("document kind"))
    origin_id = OriginIdField(_("document"))
    text = models.TextField(_("text"), max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["origin_kind", "origin_id", "id"])]
        constraints = [models.CheckConstraint(condition=~models.Q(text=""), name="core_note_has_text")]
        triggers = append_only()

    def __str__(self) -> str:
        return self.text[:60]
