from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import CurrencyField


class LegalEntity(models.Model):
    """A company with books of its own. One by default; stores and agents may be others."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    currency = CurrencyField(_("functional currency"))
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("legal entity")
        verbose_name_plural = _("legal entities")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="core_one_default_entity",
            )
        ]

    def __str__(self) -> str:
        return self.name
