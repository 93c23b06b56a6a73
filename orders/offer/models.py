"""Offers whose limits the database holds: the counters move inside placement and never past a limit (F44)."""

from typing import Any

from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from oscar.apps.offer.abstract_models import (
    AbstractBenefit,
    AbstractCondition,
    AbstractConditionalOffer,
    AbstractRange,
    AbstractRangeProduct,
)

from orders.offer import triggers


class ConditionalOffer(AbstractConditionalOffer):
    """Its counters say what orders in force have got; a limit that is 0 or empty is none."""

    STATUS_CHOICES = (
        (AbstractConditionalOffer.OPEN, pgettext_lazy("promotion", "running")),
        (AbstractConditionalOffer.SUSPENDED, _("paused")),
    )
    TRANSITIONS = {
        (AbstractConditionalOffer.OPEN, AbstractConditionalOffer.SUSPENDED),
        (AbstractConditionalOffer.SUSPENDED, AbstractConditionalOffer.OPEN),
    }
    status = models.CharField(
        _("status"), max_length=64, choices=STATUS_CHOICES, default=AbstractConditionalOffer.OPEN
    )
    submit_token = models.CharField(_("submit token"), max_length=64, null=True, blank=True, unique=True)

    class Meta(AbstractConditionalOffer.Meta):
        abstract = False
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        triggers = triggers.offer_stays
        constraints = [
            models.CheckConstraint(
                condition=Q(max_global_applications=None)
                | Q(max_global_applications=0)
                | Q(num_applications__lte=F("max_global_applications")),
                name="offer_within_its_number",
            ),
            models.CheckConstraint(
                condition=Q(max_discount=None) | Q(max_discount=0) | Q(total_discount__lte=F("max_discount")),
                name="offer_within_its_budget",
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Past Oscar's own, which writes “consumed” over the status: here the counters say that."""
        super(AbstractConditionalOffer, self).save(*args, **kwargs)

    def get_num_user_applications(self, user: Any) -> int:
        """What the account's orders in force have got; a cancelled order gives its applications back."""
        from orders.order.models import (  # type: ignore[attr-defined]  # declared at run time
            Order,
            OrderDiscount,
        )

        rows = OrderDiscount.objects.filter(offer_id=self.pk, order__user=user)
        counted = rows.exclude(order__status=Order.Status.CANCELLED).aggregate(total=Sum("frequency"))
        return counted["total"] or 0

    def has_budget_for(self, amount: Any) -> bool:
        """Whether so much more may be given, in the shop's currency."""
        return not self.max_discount or self.total_discount + amount <= self.max_discount


class Benefit(AbstractBenefit):
    class Meta(AbstractBenefit.Meta):
        abstract = False
        triggers = triggers.benefit_stays


class Condition(AbstractCondition):
    class Meta(AbstractCondition.Meta):
        abstract = False
        triggers = triggers.condition_stays


class Range(AbstractRange):
    class Meta(AbstractRange.Meta):
        abstract = False
        triggers = triggers.range_stays


class RangeProduct(AbstractRangeProduct):
    class Meta(AbstractRangeProduct.Meta):
        abstract = False
        triggers = triggers.chosen_stay


from oscar.apps.offer.models import *  # noqa: E402, F403
