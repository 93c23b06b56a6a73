from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.fields import CurrencyField, MoneyField
from core.models import LegalEntity


def default_tax_rate() -> Decimal:
    return Decimal(settings.DEFAULT_TAX_RATE)


class Sku(models.Model):
    """What is counted in stock, in its smallest unit. One-to-one with Oscar's stock record.

    One without stock is a service: nobody ships it, `performed` says when it counts as delivered.
    """

    class Performed(models.TextChoices):
        WITH_GOODS = "with_goods", _("with the goods of its order")
        BY_HAND = "by_hand", _("when staff report it done")

    stockrecord = models.OneToOneField("partner.StockRecord", models.PROTECT, related_name="sku")
    code = models.CharField(_("code"), max_length=128, unique=True)
    unit = models.CharField(_("unit"), max_length=12, default="pc")
    brand = models.CharField(_("brand"), max_length=60, blank=True)
    weight_g = models.PositiveIntegerField(_("weight, g"), null=True, blank=True)
    length_mm = models.PositiveIntegerField(_("length, mm"), null=True, blank=True)
    width_mm = models.PositiveIntegerField(_("width, mm"), null=True, blank=True)
    height_mm = models.PositiveIntegerField(_("height, mm"), null=True, blank=True)
    tax_rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=4, default=default_tax_rate)
    track_stock = models.BooleanField(
        _("track stock"), default=True, help_text=_("a service is never out of stock")
    )
    performed = models.CharField(
        _("service performed"),
        max_length=10,
        choices=Performed,
        default=Performed.WITH_GOODS,
        help_text=_("orders that are placed already keep what they were placed with"),
    )

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="inventory_sku_has_code"),
            models.CheckConstraint(
                condition=Q(tax_rate__gte=0) & Q(tax_rate__lt=1), name="inventory_sku_tax_rate"
            ),
            models.CheckConstraint(
                condition=Q(performed="with_goods") | Q(performed="by_hand", track_stock=False),
                name="inventory_sku_performed",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def service(self) -> str:
        """How it is performed; empty for goods."""
        return "" if self.track_stock else self.performed


class Barcode(models.Model):
    """A code on a piece or a packaging, and how many units it stands for (F02)."""

    code = models.CharField(_("code"), max_length=64, unique=True)
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="barcodes")
    quantity = models.PositiveIntegerField(_("units"), default=1)

    class Meta:
        verbose_name = _("barcode")
        verbose_name_plural = _("barcodes")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inventory_barcode_quantity"),
            models.CheckConstraint(condition=~Q(code=""), name="inventory_barcode_has_code"),
        ]

    def __str__(self) -> str:
        return self.code


class SkuCost(models.Model):
    """Moving average: so many units of a legal entity are worth so much. Cost of n is a slice."""

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="costs")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("units"), default=0)
    value = MoneyField(_("value"), default=Decimal("0.00"))
    currency = CurrencyField(_("currency"))

    class Meta:
        verbose_name = _("stock value")
        verbose_name_plural = _("stock values")
        constraints = [
            models.UniqueConstraint(fields=["sku", "entity"], name="inventory_cost_per_sku_and_entity"),
            models.CheckConstraint(condition=Q(value__gte=0), name="inventory_cost_not_negative"),
            # Nothing left is worth nothing, else the ledger keeps a ghost.
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(value=0), name="inventory_no_value_of_none"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.quantity} = {self.value} {self.currency}"
