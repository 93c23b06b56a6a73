from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit import append_only

from .channels import Channel
from .policies import ChannelPool
from .skus import Sku
from .stock import StockMove
from .warehouses import Warehouse


class AllocationDecision(models.Model):
    """Why an order line got what it got: rank, rule, rivals and figures. Append-only."""

    line = models.ForeignKey("order.Line", models.PROTECT, related_name="allocation_decisions")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    asked = models.PositiveIntegerField(_("asked"))
    given = models.PositiveIntegerField(_("given"))
    explanation = models.JSONField(_("explanation"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("allocation decision")
        verbose_name_plural = _("allocation decisions")
        indexes = [models.Index(fields=["sku", "id"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(asked__gt=0) & Q(given__lte=F("asked")), name="inventory_given_within_asked"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.line_id}: {self.given}/{self.asked}"


class Reservation(models.Model):
    """Units promised to an order line from one warehouse. With a deadline it is soft."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("reservation", "open")
        CONSUMED = "consumed", _("handed over")
        RELEASED = "released", _("released")

    TRANSITIONS = frozenset({("open", "consumed"), ("open", "released")})

    line = models.ForeignKey("order.Line", models.PROTECT, related_name="reservations")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="reservations")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    pool = models.ForeignKey(ChannelPool, models.PROTECT, null=True, blank=True, related_name="+")
    quantity = models.PositiveIntegerField(_("units"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    pinned_at = models.DateTimeField(
        _("printed or picked at"),
        null=True,
        blank=True,
        help_text=_("from then on nobody else gets the goods"),
    )
    created_at = models.DateTimeField(_("reserved at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    decision = models.ForeignKey(
        AllocationDecision, models.PROTECT, null=True, blank=True, related_name="reservations"
    )

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        indexes = [
            models.Index(fields=["sku", "warehouse"], condition=Q(state="open"), name="inventory_res_open"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state="open", expires_at__isnull=False),
                name="inventory_res_due",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inventory_reservation_quantity"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="inventory_reservation_closed_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.quantity} × {self.sku_id}@{self.warehouse_id} {self.state}"


class BackOrder(models.Model):
    """Units that an order line waits for. Served by rank when goods arrive; never negative stock."""

    class State(models.TextChoices):
        OPEN = "open", _("waiting")
        SERVED = "served", _("served")
        CANCELLED = "cancelled", _("cancelled")

    TRANSITIONS = frozenset({("open", "served"), ("open", "cancelled")})

    line = models.ForeignKey("order.Line", models.PROTECT, related_name="back_orders")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("units waiting"))
    served = models.PositiveIntegerField(_("units served"), default=0)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    region = models.CharField(_("region"), max_length=40, blank=True)
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    created_at = models.DateTimeField(_("waiting since"))

    class Meta:
        verbose_name = _("back-order")
        verbose_name_plural = _("back-orders")
        indexes = [models.Index(fields=["sku"], condition=Q(state="open"), name="inventory_waiting")]
        constraints = [
            # Open with something to wait for, or not open and waiting for nothing.
            models.CheckConstraint(
                condition=Q(state="open", quantity__gt=0) | (~Q(state="open") & Q(quantity=0)),
                name="inventory_waits_for_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.line_id} waits for {self.quantity} × {self.sku_id}"


class StockConflict(models.Model):
    """A promise that a fact took away: someone decides on another warehouse, later, or cancelling (F108)."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("work", "open")
        RESOLVED = "resolved", _("resolved")

    class Choice(models.TextChoices):
        OTHER_WAREHOUSE = "other_warehouse", _("send from another warehouse")
        LATER = "later", _("deliver later")
        CANCEL = "cancel", _("cancel these units")

    TRANSITIONS = frozenset({("open", "resolved")})

    move = models.ForeignKey(StockMove, models.PROTECT, related_name="conflicts")
    line = models.ForeignKey("order.Line", models.PROTECT, related_name="stock_conflicts")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("units"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    choice = models.CharField(_("choice"), max_length=16, choices=Choice, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("stock conflict")
        verbose_name_plural = _("stock conflicts")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inventory_conflict_quantity"),
            models.CheckConstraint(
                condition=Q(state="open", choice="") | (Q(state="resolved") & ~Q(choice="")),
                name="inventory_conflict_choice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} lost {self.quantity} × {self.sku_id}"
