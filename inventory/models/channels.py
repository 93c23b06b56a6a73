from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

GIVEN = [
    pgettext_lazy("channel", "Web shop"),
    pgettext_lazy("channel", "Phone"),
    pgettext_lazy("channel", "Marketplaces"),
    pgettext_lazy("channel", "Stores"),
    pgettext_lazy("channel", "Agents"),
    pgettext_lazy("channel", "Key accounts"),
]


class Channel(models.Model):
    """A way in which we sell. The lower the priority number, the earlier it is served."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    priority = models.PositiveSmallIntegerField(_("priority"), help_text=_("the lower, the earlier served"))
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["priority", "id"]

    def __str__(self) -> str:
        """The channels that every shop has are called in the reader's language."""
        return pgettext("channel", self.name)

    @property
    def rank(self) -> tuple[int, int]:
        """Order of service; among equals the older channel comes first."""
        return self.priority, self.pk
