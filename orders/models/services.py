from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit import append_only
from core.fields import CurrencyField, MoneyField


class ServiceReport(models.Model):
    """How a service of an order ended: performed and sold, or cancelled and given back. Once, append-only."""

    class Outcome(models.TextChoices):
        PERFORMED = "performed", pgettext_lazy("outcome of a service", "performed")
        CANCELLED = "cancelled", pgettext_lazy("outcome of a service", "cancelled")

    line = models.OneToOneField(
        "order.Line", models.PROTECT, related_name="service_report", verbose_name=_("order line")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    gross = MoneyField(_("sold"), default=0)
    tax = MoneyField(_("tax in it"), default=0)
    refunded = MoneyField(_("refunded"), default=0)
    currency = CurrencyField(_("currency"))
    on = models.DateField(_("performed on"))
    note = models.CharField(_("note"), max_length=500, blank=True)
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
        verbose_name = _("service report")
        verbose_name_plural = _("service reports")
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(gross__gte=0, tax__gte=0, tax__lte=models.F("gross"), refunded__gte=0),
                name="orders_service_money",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="performed", refunded=0) | models.Q(outcome="cancelled", gross=0),
                name="orders_service_sold_or_refunded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.outcome}"
