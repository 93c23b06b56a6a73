from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fields import CurrencyField, MoneyField


class Courier(models.Model):
    """A courier company that we have an account with, and the terms of that account."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    account = models.CharField(_("monthly account"), max_length=40, blank=True)
    tracking_code = models.CharField(_("code at the tracking service"), max_length=20, blank=True)
    cod_days = models.PositiveSmallIntegerField(_("days until collected cash is due"), default=3)
    tolerance_money = MoneyField(_("tolerated difference per waybill"), default=0)
    tolerance_percent = models.DecimalField(_("tolerated percent"), max_digits=5, decimal_places=2, default=0)
    nets_fees = models.BooleanField(_("keeps its fees back when it remits"), default=True)
    fee_tax_rate = models.DecimalField(
        _("tax in its charges that we may deduct"), max_digits=5, decimal_places=4, default=0
    )
    billed_within_days = models.PositiveSmallIntegerField(_("days it may take to bill a parcel"), default=0)
    currency = CurrencyField(_("currency"))
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("courier")
        verbose_name_plural = _("couriers")
        ordering = ["priority", "code"]

    def __str__(self) -> str:
        return self.name


class CourierZone(models.Model):
    """Which zone of a courier's price list a province belongs to. No row: the courier does not go there."""

    courier = models.ForeignKey(Courier, models.PROTECT, related_name="zones", verbose_name=_("courier"))
    province = models.CharField(_("province"), max_length=40)
    zone = models.CharField(_("zone"), max_length=20)
    remote = models.BooleanField(_("remote"), default=False)
    collects = models.BooleanField(_("collects cash"), default=True)

    class Meta:
        verbose_name = _("courier zone")
        verbose_name_plural = _("courier zones")
        constraints = [models.UniqueConstraint(fields=["courier", "province"], name="logistics_zone_once")]

    def __str__(self) -> str:
        return f"{self.courier_id} {self.province} {self.zone}"


class RateRow(models.Model):
    """One line of a courier's price list; `price` and `extras` as logistics.rules.rate_cards reads them."""

    class Service(models.TextChoices):
        FORWARD = "forward", _("to the customer")
        RETURN = "return", _("back to us")

    class Kind(models.TextChoices):
        STEP = "step", _("first weight and steps")
        BRACKET = "bracket", _("brackets")
        PER_KG = "per_kg", _("per kilogram")
        PER_PIECE = "per_piece", _("per piece")

    courier = models.ForeignKey(Courier, models.PROTECT, related_name="rates", verbose_name=_("courier"))
    product = models.CharField(_("product"), max_length=40, blank=True)
    service = models.CharField(_("service"), max_length=8, choices=Service)
    zone = models.CharField(_("zone"), max_length=20)
    kind = models.CharField(_("kind of price"), max_length=10, choices=Kind)
    price = models.JSONField(_("price"))
    extras = models.JSONField(_("extras"), default=dict, blank=True)
    divisor = models.PositiveIntegerField(_("volumetric divisor, cm³ per kg; 0 is none"), default=0)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("price of a courier", "rate")
        verbose_name_plural = pgettext_lazy("prices of a courier", "rates")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=F("valid_from")),
                name="logistics_rate_period",
            ),
            # No two prices for one key on one day. The key becomes a number, because a plain
            # PostgreSQL has no exclusion on text (OSCAR.md 14.1).
            ExclusionConstraint(
                name="logistics_rate_no_overlap",
                index_type="GIST",
                expressions=[
                    (
                        Func(
                            Func(
                                Concat(
                                    F("product"),
                                    Value("|"),
                                    F("service"),
                                    Value("|"),
                                    F("zone"),
                                    output_field=models.TextField(),
                                ),
                                F("courier_id"),
                                function="hashtextextended",
                            ),
                            Func(
                                Concat(
                                    F("product"),
                                    Value("|"),
                                    F("service"),
                                    Value("|"),
                                    F("zone"),
                                    output_field=models.TextField(),
                                ),
                                F("courier_id"),
                                function="hashtextextended",
                            ),
                            Value("[]"),
                            function="int8range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.courier} · {self.get_service_display()} · {self.zone}"
