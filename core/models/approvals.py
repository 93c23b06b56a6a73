import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit import append_only
from core.fields import CurrencyField, MoneyField, OriginIdField, OriginKindField
from core.roles import ROLES


@pghistory.track()
class ApprovalPolicy(models.Model):
    """Who must sign a kind of document in an amount band, at one level. Levels sign one after the other."""

    kind = models.CharField(_("kind"), max_length=32)
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    role = models.CharField(_("role"), max_length=32, choices=list(ROLES.items()))
    amount_from = MoneyField(_("from amount"), default=0)
    amount_below = MoneyField(_("below amount"), null=True, blank=True)
    currency = CurrencyField(_("currency"))
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("approval policy")
        verbose_name_plural = _("approval policies")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_below=None) | models.Q(amount_below__gt=models.F("amount_from")),
                name="core_policy_band",
            ),
            models.CheckConstraint(condition=models.Q(amount_from__gte=0), name="core_policy_from"),
            models.CheckConstraint(condition=models.Q(level__gte=1), name="core_policy_level"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.level}: {self.role}"


@pghistory.track()
class ApprovalRequest(models.Model):
    """A question to the bosses: may this be done to this version of this document, for this amount?"""

    class State(models.TextChoices):
        OPEN = "open", _("waiting")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        OUTDATED = "outdated", _("outdated")
        EXECUTED = "executed", _("executed")

    TRANSITIONS = frozenset(
        {
            ("open", "approved"),
            ("open", "rejected"),
            ("open", "outdated"),
            ("approved", "executed"),
            ("approved", "outdated"),
        }
    )

    kind = models.CharField(_("kind"), max_length=32)
    origin_kind = OriginKindField(_("document kind"))
    origin_id = OriginIdField(_("document"))
    version = models.PositiveIntegerField(_("version of the document"))
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    reason = models.CharField(_("reason"), max_length=500)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    executed_at = models.DateTimeField(_("executed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("approval request")
        verbose_name_plural = _("approval requests")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "origin_kind", "origin_id"],
                condition=models.Q(state__in=["open", "approved"]),
                name="core_one_live_request",
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="core_request_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.origin_kind}:{self.origin_id} v{self.version}"


@pghistory.track()
class ApprovalStep(models.Model):
    """One signature that a request needs. The policy is copied, so that later changes judge nobody."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="steps")
    level = models.PositiveSmallIntegerField(_("level"))
    role = models.CharField(_("role"), max_length=32, choices=list(ROLES.items()))
    limit = MoneyField(_("below amount"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    comment = models.CharField(_("comment"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("approval step")
        verbose_name_plural = _("approval steps")
        constraints = [
            models.UniqueConstraint(fields=["request", "level"], name="core_one_step_per_level"),
            # Whoever could sign at two levels must not be the second pair of eyes of himself.
            models.UniqueConstraint(
                fields=["request", "decided_by"],
                condition=models.Q(decided_by__isnull=False),
                name="core_one_level_per_person",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_by=None, decided_at=None)
                | (~models.Q(decision="") & models.Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="core_step_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.level} {self.role}"


class ApprovalTry(models.Model):
    """Each attempt to decide, also the refused ones. Append-only."""

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="tries")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approve = models.BooleanField(_("approve"))
    outcome = models.CharField(pgettext_lazy("approval", "outcome"), max_length=32)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("attempt to decide")
        verbose_name_plural = _("attempts to decide")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.request_id} {self.outcome}"
