from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Department(models.TextChoices):
    CUSTOMER_SERVICE = "customer_service", _("customer service")
    FINANCE = "finance", _("finance")
    SALES = "sales", _("sales")
    WAREHOUSE = "warehouse", _("warehouse")


class HoldRule(models.Model):
    """When an order must wait for a person: condition, department and deadline, as data (ANCHORS 1.3)."""

    class Kind(models.TextChoices):
        AMOUNT_ABOVE = "amount_above", _("amount above a limit")
        FIRST_COD = "first_cod", _("first cash-on-delivery order above a limit")
        BLOCKED_REGION = "blocked_region", _("blocked region")
        BUYER_NOTE = "buyer_note", _("buyer's note")
        INCOMPLETE_ADDRESS = "incomplete_address", _("incomplete address")
        STOCK_SHORT = "stock_short", _("stock short")
        POSSIBLE_DUPLICATE = "possible_duplicate", _("possible duplicate customer")
        PRICE_BELOW_FLOOR = "price_below_floor", _("price below the floor")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("condition"), max_length=24, choices=Kind)
    department = models.CharField(_("department"), max_length=20, choices=Department)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    regions = models.JSONField(_("regions"), default=list, blank=True)
    hours = models.PositiveIntegerField(_("hours to clear"), default=24)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("hold rule")
        verbose_name_plural = _("hold rules")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Hold(models.Model):
    """Why an order waits, for whom, until when. Clearing it is the signature (ANCHORS 1.2)."""

    order = models.ForeignKey("order.Order", models.PROTECT, related_name="holds", verbose_name=_("order"))
    rule = models.CharField(_("rule"), max_length=40)
    kind = models.CharField(_("condition"), max_length=24, choices=HoldRule.Kind)
    department = models.CharField(_("department"), max_length=20, choices=Department)
    detail = models.JSONField(_("detail"), default=dict)
    raised_at = models.DateTimeField(_("raised at"))
    due_at = models.DateTimeField(_("due at"))
    order_version = models.PositiveIntegerField(_("order version"))
    cleared_at = models.DateTimeField(_("cleared at"), null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "rule", "order_version"], name="orders_hold_once_per_version"
            ),
            models.CheckConstraint(
                condition=models.Q(cleared_at__isnull=True, cleared_by__isnull=True)
                | models.Q(cleared_at__isnull=False, cleared_by__isnull=False) & ~models.Q(note=""),
                name="orders_hold_cleared_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["department", "due_at"],
                condition=models.Q(cleared_at__isnull=True),
                name="orders_open_holds",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.rule}"
