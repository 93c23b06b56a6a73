from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .channels import Channel
from .skus import Sku
from .warehouses import WarehouseGroup


class StockPolicy(models.Model):
    """One rule of who may have how much: the most specific one in force wins, per kind and channel."""

    class Kind(models.TextChoices):
        FENCE = "fence", _("ring-fence")
        CAP = "cap", _("cap")
        SAFETY = "safety", _("safety stock")
        LAST_UNITS = "last_units", _("last-units rule")

    class Scope(models.TextChoices):
        SKU = "sku", _("one SKU")
        CATEGORY = "category", _("category")
        BRAND = "brand", _("brand")
        ALL = "all", _("everything")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    scope = models.CharField(_("holds for"), max_length=8, choices=Scope)
    target = models.CharField(
        _("target"), max_length=128, blank=True, help_text=_("code of the SKU, number of the category, brand")
    )
    group = models.ForeignKey(WarehouseGroup, models.CASCADE, verbose_name=_("warehouse group"))
    channel = models.ForeignKey(
        Channel,
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("channel"),
        help_text=_("ring-fence and cap only"),
    )
    units = models.PositiveIntegerField(_("units"), null=True, blank=True)
    share = models.DecimalField(_("share"), max_digits=5, decimal_places=4, null=True, blank=True)
    priority_limit = models.PositiveSmallIntegerField(
        _("priority up to"), null=True, blank=True, help_text=_("last-units rule: who is still served")
    )
    valid_from = models.DateTimeField(pgettext_lazy("time", "from"))
    valid_to = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("stock policy")
        verbose_name_plural = _("stock policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="all", target="") | (~Q(scope="all") & ~Q(target="")),
                name="inventory_policy_target",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["fence", "cap"], channel__isnull=False)
                | Q(kind__in=["safety", "last_units"], channel__isnull=True),
                name="inventory_policy_channel",
            ),
            models.CheckConstraint(
                condition=Q(units__isnull=False, share__isnull=True)
                | Q(kind="fence", units__isnull=True, share__gt=0, share__lte=1),
                name="inventory_policy_amount",
            ),
            models.CheckConstraint(
                condition=Q(kind="last_units", priority_limit__isnull=False)
                | (~Q(kind="last_units") & Q(priority_limit__isnull=True)),
                name="inventory_policy_limit",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="inventory_policy_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.target or self.get_scope_display()}"


class ChannelPool(models.Model):
    """What a channel's fence and cap come to for one SKU in one group, under the stock locks.

    `taken` counts what the channel has promised or handed over; the fence still holds
    `fenced - taken`. `base` is what had been taken when the rule began, `wish` what the fence asks
    for since then, `offered` the units that a share is counted on.
    """

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="pools")
    group = models.ForeignKey(WarehouseGroup, models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    fenced = models.PositiveIntegerField(_("fenced"), default=0)
    taken = models.PositiveIntegerField(_("taken"), default=0)
    base = models.PositiveIntegerField(_("taken before the rule"), default=0)
    wish = models.PositiveIntegerField(_("fence asks for"), default=0)
    share = models.DecimalField(_("share"), max_digits=5, decimal_places=4, null=True, blank=True)
    offered = models.PositiveIntegerField(_("units the share counts on"), default=0)
    cap = models.PositiveIntegerField(_("cap"), null=True, blank=True)

    class Meta:
        verbose_name = _("channel pool")
        verbose_name_plural = _("channel pools")
        constraints = [
            models.UniqueConstraint(fields=["sku", "group", "channel"], name="inventory_pool_once"),
            models.CheckConstraint(condition=Q(base__lte=F("taken")), name="inventory_pool_base"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}/{self.channel_id}: {self.left} left"

    @property
    def left(self) -> int:
        """Units that only this channel may take."""
        return max(0, self.fenced - self.taken)

    @property
    def cap_left(self) -> int | None:
        """Units that the channel may still take before its cap, or None without one."""
        return None if self.cap is None else max(0, self.cap - (self.taken - self.base))
