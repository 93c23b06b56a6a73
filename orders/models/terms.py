from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import CurrencyField, MoneyField


class TermRule(models.Model):
    """Who may use a payment term, what it costs and how long unpaid stock is held for it."""

    term = models.CharField(_("payment term"), max_length=12, unique=True)
    active = models.BooleanField(_("active"), default=True)
    surcharge = MoneyField(_("surcharge"), default=0)
    max_total = MoneyField(_("up to order total"), null=True, blank=True)
    currency = CurrencyField(_("currency"))
    blocked_regions = models.JSONField(_("not in these provinces"), default=list, blank=True)
    may_split = models.BooleanField(_("may come from several warehouses"), default=True)
    hold_minutes = models.PositiveIntegerField(_("minutes until unpaid stock is released"), default=30)

    class Meta:
        verbose_name = _("payment term")
        verbose_name_plural = _("payment terms")
        constraints = [
            models.CheckConstraint(condition=models.Q(surcharge__gte=0), name="orders_term_surcharge"),
            models.CheckConstraint(condition=models.Q(hold_minutes__gt=0), name="orders_term_hold"),
        ]

    def __str__(self) -> str:
        return self.term
