"""Where our money is: bank accounts, accounts at payment providers, tills."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import CurrencyField
from core.models import LegalEntity


class MoneyAccount(models.Model):
    """One place that holds our money and sends us statements. It is the party of 1002 and 1012."""

    class Kind(models.TextChoices):
        BANK = "bank", _("bank account")
        PROVIDER = "provider", _("payment provider")
        TILL = "till", _("till")

    code = models.SlugField(_("code"), max_length=30, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    name = models.CharField(_("name"), max_length=80)
    number = models.CharField(_("account number"), max_length=64, blank=True)
    currency = CurrencyField(_("currency"))
    entity = models.ForeignKey(LegalEntity, models.PROTECT, verbose_name=_("legal entity"))
    is_default = models.BooleanField(_("default of its kind"), default=False)

    class Meta:
        verbose_name = _("money account")
        verbose_name_plural = _("money accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "kind"],
                condition=models.Q(is_default=True),
                name="finance_one_default_account",
            ),
            models.UniqueConstraint(
                fields=["kind", "number"], condition=~models.Q(number=""), name="finance_account_number"
            ),
        ]

    def __str__(self) -> str:
        return self.name
