import pghistory
from django.conf import settings
from django.db import models
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core import masking


@pghistory.track(exclude=["phone_tail"])
class Customer(models.Model):
    """A person or firm that buys, with or without an account: party of the ledger, first lock of an order."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        FIRM = "firm", _("firm")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PERSON)
    name = models.CharField(_("name"), max_length=120)
    phone = PhoneNumberField(_("phone"), null=True, blank=True)
    phone_tail = models.GeneratedField(
        expression=Right("phone", 8),
        output_field=models.CharField(max_length=8, null=True),
        db_persist=True,
    )
    email = models.EmailField(_("e-mail address"), blank=True, default="")
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="customer"
    )
    entity = models.ForeignKey(
        "core.LegalEntity", models.PROTECT, verbose_name=_("legal entity"), related_name="+"
    )
    created_at = models.DateTimeField(_("created at"))
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("merged into"), related_name="merged"
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="crm_customer_has_name"),
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")),
                name="crm_customer_not_merged_into_itself",
            ),
            # Two orders of one guest at once must not make two guests.
            models.UniqueConstraint(
                fields=["phone", "name", "kind"],
                condition=models.Q(user=None, merged_into=None, phone__isnull=False),
                name="crm_one_guest_per_phone_and_name",
            ),
        ]
        indexes = [
            models.Index(fields=["phone_tail"]),
            models.Index(fields=["email"], condition=~models.Q(email=""), name="crm_customer_email"),
        ]

    def __str__(self) -> str:
        return f"{masking.mask_name(self.name)} ({self.pk})"
