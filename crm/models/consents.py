from django.db import models
from django.utils.translation import gettext_lazy as _

from core.audit import append_only


class Consent(models.Model):
    """What a customer agreed to or withdrew, in which version of the text. The last row holds."""

    class Purpose(models.TextChoices):
        PRIVACY = "privacy", _("privacy policy")
        TERMS = "terms", _("terms of sale")
        MARKETING = "marketing", _("marketing messages")
        ABROAD = "abroad", _("processing abroad")

    customer = models.ForeignKey(
        "crm.Customer", models.PROTECT, related_name="consents", verbose_name=_("customer")
    )
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    version = models.CharField(_("version of the text"), max_length=32)
    channel = models.CharField(_("given through"), max_length=32)
    given = models.BooleanField(_("given"), default=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["customer", "purpose", "-id"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.customer_id} {self.purpose} {self.version}"
