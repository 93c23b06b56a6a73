from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from core.models import LegalEntity

GIVEN = [pgettext_lazy("group of warehouses", "All warehouses")]  # the group that every shop has


class WarehouseGroup(models.Model):
    """Warehouses that share one promise: fences, caps and safety stock are kept per group."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    channels = models.ManyToManyField(
        "inventory.Channel", verbose_name=_("channels"), blank=True, help_text=_("none named: all of them")
    )
    provinces = models.JSONField(
        _("provinces"), default=list, blank=True, help_text=_("delivers only there; none named: everywhere")
    )

    class Meta:
        verbose_name = _("warehouse group")
        verbose_name_plural = _("warehouse groups")

    def __str__(self) -> str:
        return pgettext("group of warehouses", self.name)


class Warehouse(models.Model):
    """A place where goods lie that we may promise."""

    class Kind(models.TextChoices):
        OWN = "own", _("warehouse")
        STORE = "store", _("store")
        CONSIGNMENT = "consignment", _("our goods at a partner")
        DROPSHIP = "dropship", _("a supplier delivers")

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.OWN)
    group = models.ForeignKey(WarehouseGroup, models.PROTECT, verbose_name=_("group"))
    entity = models.ForeignKey(LegalEntity, models.PROTECT, verbose_name=_("legal entity"), related_name="+")
    owner = models.CharField(
        _("owner of the goods"), max_length=120, blank=True, help_text=_("the supplier; empty: we")
    )
    channel = models.ForeignKey(
        "inventory.Channel",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("own channel"),
        help_text=_("orders of this channel are sent from here first"),
    )
    province = models.CharField(_("province"), max_length=40, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        ordering = ["priority", "id"]
        constraints = [
            # I38: what is not ours has an owner, and what has an owner is not ours.
            models.CheckConstraint(
                condition=(Q(kind="dropship") & ~Q(owner="")) | (~Q(kind="dropship") & Q(owner="")),
                name="inventory_foreign_goods_have_an_owner",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def valued(self) -> bool:
        """Whether the goods here are part of our stock value (I38)."""
        return self.kind != self.Kind.DROPSHIP
