from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.audit import append_only
from core.fields import CurrencyField, MoneyField


class ReturnPolicy(models.Model):
    """How long after delivery goods may come back."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    days = models.PositiveSmallIntegerField(_("days after delivery"), default=7)
    hours_to_answer = models.PositiveSmallIntegerField(_("hours until somebody must answer"), default=24)

    class Meta:
        verbose_name = _("return policy")
        verbose_name_plural = _("return policies")

    def __str__(self) -> str:
        return self.code


class ReturnCase(models.Model):
    """Goods that come back, or never arrived, and who bears it. Always with an owner and a deadline."""

    class Kind(models.TextChoices):
        RETURN = "return", _("return")
        REFUSED = "refused", _("refused parcel")
        LOST = "lost", _("lost parcel")

    class Status(models.TextChoices):
        REQUESTED = "requested", _("requested")
        APPROVED = "approved", _("goods awaited")
        RECEIVED = "received", _("to inspect")
        SETTLED = "settled", _("settled")
        REJECTED = "rejected", _("rejected")

    TRANSITIONS = frozenset(
        {
            (Status.REQUESTED, Status.APPROVED),
            (Status.REQUESTED, Status.REJECTED),
            (Status.APPROVED, Status.RECEIVED),
            (Status.APPROVED, Status.REJECTED),
            (Status.RECEIVED, Status.SETTLED),
            (Status.APPROVED, Status.SETTLED),  # a lost parcel never arrives
        }
    )

    class Responsible(models.TextChoices):
        OPEN = "open", _("not decided")
        CUSTOMER = "customer", _("customer")
        WAREHOUSE = "warehouse", _("warehouse")
        COURIER = "courier", _("courier")
        SUPPLIER = "supplier", _("supplier")
        SALES = "sales", _("sales")

    number = models.CharField(_("number"), max_length=24, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    order = models.ForeignKey(
        "order.Order", models.PROTECT, related_name="return_cases", verbose_name=_("order")
    )
    parcel = models.OneToOneField(
        "logistics.Parcel",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="return_case",
        verbose_name=_("parcel"),
    )
    warehouse = models.ForeignKey(
        "inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("warehouse")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    responsible = models.CharField(
        _("who bears it"), max_length=10, choices=Responsible, default=Responsible.OPEN
    )
    department = models.CharField(_("department"), max_length=20)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    due_at = models.DateTimeField(_("due at"))
    opened_at = models.DateTimeField(_("opened at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    refund_amount = MoneyField(_("refund"), default=0)
    currency = CurrencyField(_("currency"))

    class Meta:
        verbose_name = _("return case")
        verbose_name_plural = _("return cases")
        constraints = [
            models.CheckConstraint(condition=Q(refund_amount__gte=0), name="returns_refund_not_negative"),
            models.CheckConstraint(
                condition=Q(kind="return") | Q(parcel__isnull=False), name="returns_parcel_of_refused"
            ),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="returns_queue")]

    def __str__(self) -> str:
        return self.number

    @property
    def box_id(self) -> int:
        """The parcel of a refused or lost one; a CHECK of the table says that it is there."""
        if self.parcel_id is None:
            raise ValueError(f"{self.number} is about no parcel")
        return self.parcel_id


class ReturnLine(models.Model):
    """Units of an order line in a case: expected against received against accepted (ANCHORS 8.3)."""

    case = models.ForeignKey(ReturnCase, models.PROTECT, related_name="lines", verbose_name=_("case"))
    line = models.ForeignKey(
        "order.Line", models.PROTECT, related_name="return_lines", verbose_name=_("order line")
    )
    asked = models.PositiveIntegerField(_("asked"))
    received = models.PositiveIntegerField(_("received"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)

    class Meta:
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        constraints = [
            models.UniqueConstraint(fields=["case", "line"], name="returns_line_once"),
            models.CheckConstraint(condition=Q(asked__gt=0), name="returns_asked_positive"),
            models.CheckConstraint(condition=Q(received__lte=F("asked")), name="returns_received_within"),
            models.CheckConstraint(
                condition=Q(accepted__lte=F("received") - F("rejected")), name="returns_accepted_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.asked}"


class Inspection(models.Model):
    """One judgement on some units. Stock and money hang on this row, once each (F41). Append-only."""

    line = models.ForeignKey(ReturnLine, models.PROTECT, related_name="inspections", verbose_name=_("line"))
    key = models.CharField(_("key"), max_length=64)
    sellable = models.PositiveIntegerField(_("back on the shelf"), default=0)
    scrapped = models.PositiveIntegerField(_("scrapped"), default=0)
    rejected = models.PositiveIntegerField(_("not accepted"), default=0)
    gross = MoneyField(_("gross"), default=0)
    tax = MoneyField(_("tax in gross"), default=0)
    goods_cost = MoneyField(_("cost of the goods"), default=0)
    scrapped_cost = MoneyField(_("cost of what is scrapped"), default=0)
    currency = CurrencyField(_("currency"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        constraints = [
            models.UniqueConstraint(fields=["line", "key"], name="returns_inspected_once"),
            models.CheckConstraint(
                condition=Q(sellable__gt=0) | Q(scrapped__gt=0) | Q(rejected__gt=0),
                name="returns_inspects_something",
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.line_id}: {self.sellable}+{self.scrapped}-{self.rejected}"
