from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import CurrencyField, MoneyField


class ShippingTariff(models.Model):
    """What the shopper pays for shipping, by province. An empty province is everywhere else."""

    province = models.CharField(_("province"), max_length=40, blank=True, unique=True)
    first_weight_g = models.PositiveIntegerField(_("first weight in grams"), default=1000)
    first_fee = MoneyField(_("first fee"))
    step_g = models.PositiveIntegerField(_("step in grams"), default=1000)
    step_fee = MoneyField(_("fee per step"), default=0)
    free_from = MoneyField(_("free from this value of goods"), null=True, blank=True)
    currency = CurrencyField(_("currency"))

    class Meta:
        verbose_name = _("shipping tariff")
        verbose_name_plural = _("shipping tariffs")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_fee__gte=0, step_fee__gte=0, step_g__gt=0),
                name="logistics_tariff_not_negative",
            )
        ]

    def __str__(self) -> str:
        return self.province or str(_("everywhere else"))
