import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.roles import ROLES


@pghistory.track()
class RoleGrant(models.Model):
    """A role given to a person, everywhere or in one warehouse or legal entity; revoked, never deleted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="role_grants",
        verbose_name=pgettext_lazy("role", "person"),
    )
    role = models.CharField(_("role"), max_length=32, choices=list(ROLES.items()))
    # The id of an inventory.Warehouse: warehouses live above the kernel.
    warehouse = models.BigIntegerField(_("only in warehouse"), null=True, blank=True)
    entity = models.ForeignKey(
        "core.LegalEntity", models.PROTECT, null=True, blank=True, verbose_name=_("only for entity")
    )
    granted_at = models.DateTimeField(_("granted at"))
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("role of a person")
        verbose_name_plural = _("roles of people")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "warehouse", "entity"],
                condition=models.Q(revoked_at=None),
                nulls_distinct=False,
                name="core_one_grant",
            ),
            models.CheckConstraint(condition=models.Q(role__in=list(ROLES)), name="core_grant_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"
