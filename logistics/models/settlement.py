"""What was agreed with a courier and what it has paid: charges once per waybill, cash once per line."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.audit import append_only
from core.fields import CurrencyField, MoneyField, ReasonField
from core.money import ZERO
from logistics.rules.notes import told
from logistics.rules.outcomes import FeeKind

from .statements import private_storage


class AgreedCharge(models.Model):
    """One fee kind of one waybill, settled. Once over all statements; what corrects it points to it (F57)."""

    Kind = FeeKind

    courier = models.ForeignKey("logistics.Courier", models.PROTECT, related_name="+")
    waybill = models.CharField(_("waybill"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    outcome = models.ForeignKey(
        "logistics.WaybillOutcome", models.PROTECT, null=True, blank=True, related_name="charges"
    )
    remittance_line = models.ForeignKey(
        "logistics.RemittanceLine", models.PROTECT, null=True, blank=True, related_name="charges"
    )
    parcel = models.ForeignKey(
        "logistics.Parcel", models.PROTECT, null=True, blank=True, related_name="agreed_charges"
    )
    amount = MoneyField(_("amount"))
    accrued = MoneyField(_("of it expected at hand-over"), default=ZERO)
    tax = MoneyField(_("tax in it"), default=ZERO)
    currency = CurrencyField(_("currency"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("agreed charge")
        verbose_name_plural = _("agreed charges")
        constraints = [
            models.UniqueConstraint(
                fields=["courier", "waybill", "kind"],
                condition=Q(corrects=None),
                name="logistics_charge_once",
            ),
            models.UniqueConstraint(fields=["outcome", "kind"], name="logistics_charge_once_an_outcome"),
            models.CheckConstraint(
                condition=Q(outcome=None) ^ Q(remittance_line=None), name="logistics_charge_source"
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.waybill} {self.kind} {self.amount}"


class Remittance(models.Model):
    """An advice of a courier: which cash it hands over, less what it keeps back."""

    class State(models.TextChoices):
        OPEN = "open", _("difference open")
        READY = "ready", _("to be applied")
        APPLIED = "applied", _("applied")

    TRANSITIONS = frozenset({("open", "ready"), ("ready", "applied")})

    courier = models.ForeignKey(
        "logistics.Courier", models.PROTECT, related_name="remittances", verbose_name=_("courier")
    )
    number = models.CharField(_("number"), max_length=64)
    sha256 = models.CharField(_("hash"), max_length=64)
    filename = models.CharField(_("file name"), max_length=200)
    stored = models.FileField(_("file"), storage=private_storage, upload_to="couriers/%Y/%m/", blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State)
    currency = CurrencyField(_("currency"))
    paid = MoneyField(_("paid"), default=ZERO)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    differences = models.JSONField(_("totals that differ"), default=list)
    accepted_reason = models.CharField(_("why the difference was accepted"), max_length=300, blank=True)
    received_at = models.DateTimeField(_("received at"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)

    class Meta:
        verbose_name = _("remittance")
        verbose_name_plural = _("remittances")
        constraints = [
            models.UniqueConstraint(fields=["courier", "number"], name="logistics_remittance_number_once"),
            models.UniqueConstraint(fields=["courier", "sha256"], name="logistics_remittance_file_once"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(differences=[]) | ~Q(accepted_reason=""),
                name="logistics_remittance_accepted",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RemittanceLine(models.Model):
    """The cash of one parcel, or an amount kept back from the whole (no waybill)."""

    class State(models.TextChoices):
        READY = "ready", _("to be applied")
        REVIEW = "review", _("needs review")
        APPLIED = "applied", _("applied")
        KNOWN = "known", _("known from another advice")

    remittance = models.ForeignKey(Remittance, models.PROTECT, related_name="lines")
    courier = models.ForeignKey("logistics.Courier", models.PROTECT, related_name="+")
    row_no = models.PositiveIntegerField(_("row"))
    raw = models.JSONField(_("cells"), encoder=DjangoJSONEncoder)
    waybill = models.CharField(_("waybill"), max_length=40, blank=True)
    parcel = models.ForeignKey("logistics.Parcel", models.PROTECT, null=True, blank=True, related_name="+")
    cod = MoneyField(_("cash"), default=ZERO)
    fee = MoneyField(_("COD fee kept back"), default=ZERO)
    freight = MoneyField(_("freight kept back"), default=ZERO)
    net = MoneyField(_("paid"), default=ZERO)
    currency = CurrencyField(_("currency"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    why = ReasonField(_("problem"))
    state = models.CharField(_("state"), max_length=8, choices=State)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)

    class Meta:
        verbose_name = _("remittance line")
        verbose_name_plural = _("remittance lines")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False), name="logistics_applied_when"
            ),
            models.UniqueConstraint(fields=["remittance", "row_no"], name="logistics_remittance_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.remittance_id}/{self.row_no}"

    @property
    def told(self) -> str:
        """Why it waits, in the language of whoever reads; what the import said where no code was kept."""
        return told(self.why, self.problem)


class CodWriteOff(models.Model):
    """Cash of a parcel that will not come: an approved loss, or income where it is negative."""

    parcel = models.ForeignKey(
        "logistics.Parcel", models.PROTECT, related_name="cod_write_offs", verbose_name=_("parcel")
    )
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("written-off cash")
        verbose_name_plural = _("written-off cash")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="logistics_write_off_says_why")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.amount}"


class OpeningWaybill(models.Model):
    """A waybill that another system handed over, so that its bill can be checked here (ARCHITECTURE 8)."""

    class Service(models.TextChoices):
        FORWARD = "forward", _("to the customer")
        RETURN = "return", _("back to us")

    courier = models.ForeignKey("logistics.Courier", models.PROTECT, related_name="+")
    number = models.CharField(_("waybill"), max_length=40)
    order_ref = models.CharField(_("order"), max_length=64, blank=True)
    service = models.CharField(_("service"), max_length=8, choices=Service)
    product = models.CharField(_("product"), max_length=40, blank=True)
    shipped_on = models.DateField(_("shipped on"))
    origin = models.CharField(_("origin"), max_length=80, blank=True)
    destination = models.CharField(_("destination"), max_length=80, blank=True)
    zone = models.CharField(_("zone"), max_length=20, blank=True)
    weight_g = models.PositiveIntegerField(_("weight in grams"), default=0)
    length_mm = models.PositiveIntegerField(_("length in mm"), default=0)
    width_mm = models.PositiveIntegerField(_("width in mm"), default=0)
    height_mm = models.PositiveIntegerField(_("height in mm"), default=0)
    cod_amount = MoneyField(_("to collect"), default=ZERO)
    expected_freight = MoneyField(_("expected freight"), default=ZERO)
    expected_surcharge = MoneyField(_("expected surcharges"), default=ZERO)
    expected_cod_fee = MoneyField(_("expected COD fee"), default=ZERO)
    currency = CurrencyField(_("currency"))
    no_rate = models.CharField(_("why it has no price"), max_length=300, blank=True)
    why = ReasonField(_("why it has no price"))

    class Meta:
        verbose_name = _("opening waybill")
        verbose_name_plural = _("opening waybills")
        constraints = [
            models.UniqueConstraint(fields=["courier", "number"], name="logistics_opening_once"),
            models.CheckConstraint(condition=Q(cod_amount__gte=0), name="logistics_opening_money"),
        ]

    def __str__(self) -> str:
        return self.number
