"""Orders from elsewhere: which files were read, and credits that no order of ours explains yet."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fields import CurrencyField, MoneyField
from core.models import LegalEntity


class OrderImport(models.Model):
    """One file of orders of one channel, by its hash, and what it came to when it was last read."""

    channel = models.ForeignKey(
        "inventory.Channel", models.PROTECT, related_name="+", verbose_name=_("channel")
    )
    sha256 = models.CharField(_("hash"), max_length=64)
    filename = models.CharField(_("file name"), max_length=200)
    figures = models.JSONField(_("figures"), encoder=DjangoJSONEncoder, default=dict)
    runs = models.PositiveIntegerField(_("times read"), default=1)
    imported_at = models.DateTimeField(_("imported at"))
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("import of orders")
        verbose_name_plural = _("imports of orders")
        constraints = [
            models.UniqueConstraint(fields=["channel", "sha256"], name="orders_import_file_once"),
        ]

    def __str__(self) -> str:
        return self.filename


class UnlinkedCredit(models.Model):
    """A credit of another system that names no order: a person finds the order, or lays it aside.

    It is a fact of elsewhere and posts nothing here.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("work", "open")
        LINKED = "linked", _("linked to an order")
        DISMISSED = "dismissed", _("laid aside")

    TRANSITIONS = frozenset({(State.OPEN, State.LINKED), (State.OPEN, State.DISMISSED)})

    channel = models.ForeignKey(
        "inventory.Channel", models.PROTECT, related_name="+", verbose_name=_("channel")
    )
    number = models.CharField(_("number elsewhere"), max_length=64)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+", verbose_name=_("legal entity"))
    customer = models.ForeignKey(
        "crm.Customer", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    credited_at = models.DateTimeField(_("credited at"))
    lines = models.JSONField(_("lines"), encoder=DjangoJSONEncoder, default=list)
    source = models.ForeignKey(OrderImport, models.PROTECT, related_name="credits", verbose_name=_("file"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    order = models.ForeignKey(
        "order.Order", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("order")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("credit without an order")
        verbose_name_plural = _("credits without an order")
        constraints = [
            models.UniqueConstraint(fields=["channel", "number"], name="orders_credit_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="orders_credit_positive"),
            models.CheckConstraint(
                condition=(models.Q(state="linked") & models.Q(order__isnull=False))
                | (~models.Q(state="linked") & models.Q(order=None)),
                name="orders_credit_linked",
            ),
        ]
        indexes = [models.Index(fields=["credited_at"])]

    def __str__(self) -> str:
        return self.number
