from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.audit import append_only
from core.fields import CurrencyField, MoneyField, OriginIdField, OriginKindField

from .skus import Sku
from .warehouses import Warehouse


class StockLevel(models.Model):
    """How many units of a SKU lie in a warehouse, how many are promised and how many not for sale.

    `on_hand` and `unavailable` cache the moves, `reserved` caches the open reservations (F05).
    """

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="levels")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="levels")
    on_hand = models.IntegerField(_("on hand"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)
    unavailable = models.IntegerField(_("not for sale"), default=0)

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.UniqueConstraint(fields=["sku", "warehouse"], name="inventory_level_once"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="inventory_reserved_not_negative"),
            models.CheckConstraint(
                condition=Q(unavailable__gte=0), name="inventory_unavailable_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("reserved") + F("unavailable")), name="inventory_not_oversold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}@{self.warehouse_id}: {self.on_hand}/{self.reserved}/{self.unavailable}"

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved - self.unavailable


class StockMove(models.Model):
    """Goods came, went or changed their condition. Append-only: the level is the sum of its moves."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("opening stock")
        RECEIPT = "receipt", _("goods received")
        ISSUE = "issue", _("handed over")
        RETURN = "return", _("returned")
        SCRAP = "scrap", _("scrapped")
        SALE = "sale", _("sold offline")
        ADJUST = "adjust", _("stock difference")
        DAMAGE = "damage", _("set aside")
        RESTORE = "restore", _("for sale again")
        REPAIR = "repair", _("figures mended")

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="moves")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="moves")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    on_hand_delta = models.IntegerField(_("on hand, change"), default=0)
    unavailable_delta = models.IntegerField(_("not for sale, change"), default=0)
    cost = MoneyField(_("value, change"), default=Decimal("0.00"))
    currency = CurrencyField(_("currency"))
    origin_kind = OriginKindField(_("document kind"), blank=True)
    origin_id = OriginIdField(_("document"), null=True, blank=True)
    message_source = models.CharField(_("message from"), max_length=40, blank=True)
    message_id = models.CharField(_("message"), max_length=120, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        indexes = [
            models.Index(fields=["sku", "warehouse", "id"]),
            models.Index(
                fields=["origin_kind", "origin_id"],
                condition=Q(origin_id__isnull=False),
                name="inventory_move_origin",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["message_source", "message_id"],
                condition=Q(message_id__isnull=False),
                name="inventory_message_once",  # F07
            ),
            models.UniqueConstraint(
                fields=["sku", "warehouse"], condition=Q(kind="opening"), name="inventory_opened_once"
            ),
            models.CheckConstraint(
                condition=~Q(on_hand_delta=0) | ~Q(unavailable_delta=0) | Q(kind="repair"),
                name="inventory_move_moves",
            ),
            # Value follows quantity; only a mend may correct the value alone.
            models.CheckConstraint(
                condition=Q(kind="repair")
                | (Q(on_hand_delta__gte=0) & Q(cost__gte=0))
                | (Q(on_hand_delta__lte=0) & Q(cost__lte=0)),
                name="inventory_cost_follows_goods",
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on_hand_delta:+d} · {self.sku}"


class StockCount(models.Model):
    """A count of one SKU in one warehouse, posted as the difference to the moves at its start (F12)."""

    class State(models.TextChoices):
        OPEN = "open", _("counting")
        POSTED = "posted", _("posted")
        DROPPED = "dropped", _("dropped")

    TRANSITIONS = frozenset({("open", "posted"), ("open", "dropped")})

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    expected = models.IntegerField(_("on hand at the start"))
    counted = models.PositiveIntegerField(_("counted"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"))
    move = models.OneToOneField(StockMove, models.PROTECT, null=True, blank=True, related_name="count")

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "warehouse"], condition=Q(state="open"), name="inventory_one_count_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="posted") | Q(counted__isnull=False), name="inventory_posted_is_counted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}@{self.warehouse_id}: {self.state}"
