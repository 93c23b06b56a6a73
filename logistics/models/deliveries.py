from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fields import CurrencyField, MoneyField
from core.money import slice_of


class Delivery(models.Model):
    """A dispatch instruction: what one warehouse sends for one order."""

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("state of a delivery", "planned")
        PICKING = "picking", _("picking")
        PICKED = "picked", _("picked")
        PACKED = "packed", _("packed")
        HANDED_OVER = "handed_over", _("handed over")
        CANCELLED = "cancelled", _("cancelled")

    TRANSITIONS = frozenset(
        {
            (Status.PLANNED, Status.PICKING),
            (Status.PLANNED, Status.CANCELLED),
            (Status.PICKING, Status.PICKED),
            (Status.PICKING, Status.CANCELLED),
            (Status.PICKED, Status.PACKED),
            (Status.PICKED, Status.CANCELLED),
            (Status.PACKED, Status.HANDED_OVER),
            (Status.PACKED, Status.CANCELLED),
        }
    )

    UNPICKED = frozenset({Status.PLANNED, Status.PICKING})

    number = models.CharField(_("number"), max_length=24, unique=True)
    order = models.ForeignKey(
        "order.Order", models.PROTECT, related_name="deliveries", verbose_name=_("order")
    )
    warehouse = models.ForeignKey(
        "inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("warehouse")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PLANNED)
    is_cod = models.BooleanField(_("cash on delivery"), default=False)
    currency = CurrencyField(_("currency"))
    intercepted_at = models.DateTimeField(_("intercepted at"), null=True, blank=True)
    intercept_reason = models.CharField(_("why intercepted"), max_length=200, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    planned_at = models.DateTimeField(_("planned at"))
    picked_at = models.DateTimeField(_("picked at"), null=True, blank=True)
    packed_at = models.DateTimeField(_("packed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=["status", "warehouse", "planned_at"], name="logistics_delivery_queue")
        ]

    def __str__(self) -> str:
        return self.number


class DeliveryLine(models.Model):
    """Units of an order line that this delivery sends, with the money that they carry.

    What the courier collects includes their share of the order's services, which no delivery holds.
    """

    CARRIED = ("gross", "tax", "service_share", "cod_share")

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="lines", verbose_name=_("delivery"))
    line = models.ForeignKey("order.Line", models.PROTECT, related_name="+", verbose_name=_("order line"))
    sku = models.ForeignKey("inventory.Sku", models.PROTECT, related_name="+", verbose_name=_("SKU"))
    title = models.CharField(_("title"), max_length=255)
    quantity = models.PositiveIntegerField(_("quantity"))
    picked = models.PositiveIntegerField(_("picked"), default=0)
    packed = models.PositiveIntegerField(_("packed"), default=0)
    gross = MoneyField(_("gross"))
    tax = MoneyField(_("tax in gross"))
    service_share = MoneyField(_("share of services to collect"), default=0)
    cod_share = MoneyField(_("to collect"), default=0)

    class Meta:
        verbose_name = _("delivery line")
        verbose_name_plural = _("delivery lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="logistics_line_quantity"),
            models.CheckConstraint(condition=Q(picked__lte=F("quantity")), name="logistics_picked_within"),
            models.CheckConstraint(condition=Q(packed__lte=F("picked")), name="logistics_packed_within"),
            models.CheckConstraint(
                condition=Q(
                    gross__gte=0,
                    tax__gte=0,
                    service_share__gte=0,
                    cod_share__gte=0,
                    cod_share__lte=F("gross") + F("service_share"),
                ),
                name="logistics_line_money",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.quantity} × {self.title}"

    def carried(self, start: int, units: int) -> dict[str, Decimal]:
        """What units start+1 … start+units carry, by column; slices of all units sum to the line (F40)."""
        share = {
            column: slice_of(getattr(self, column), self.quantity, start, units) for column in self.CARRIED
        }
        if self.cod_share == self.gross + self.service_share:  # cut apart, both may round down
            share["cod_share"] = share["gross"] + share["service_share"]
        return share


class Scan(models.Model):
    """One scan while packing. A repeated id is the same scan, a repeated barcode a second unit (F60)."""

    class Result(models.TextChoices):
        COUNTED = "counted", _("counted")
        WRONG_ITEM = "wrong_item", _("does not belong here")
        TOO_MANY = "too_many", _("one too many")
        INTERCEPTED = "intercepted", _("stopped: the order has changed")

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="scans", verbose_name=_("delivery"))
    client_id = models.CharField(_("scan id"), max_length=64, unique=True)
    barcode = models.CharField(_("barcode"), max_length=64)
    result = models.CharField(_("result"), max_length=12, choices=Result)
    quantity = models.PositiveIntegerField(_("units"), default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")

    def __str__(self) -> str:
        return f"{self.barcode} {self.result}"
