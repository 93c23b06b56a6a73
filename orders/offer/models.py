"""Offers whose limits the database holds: the counters move inside placement and never past a limit (F44)."""

from typing import Any

from django.db import models
from django.db.models import F, Q, Sum
from oscar.apps.offer.abstract_models import AbstractConditionalOffer


class ConditionalOffer(AbstractConditionalOffer):
    """Its counters say what orders in force have got; a limit that is 0 or empty is none."""

    class Meta(AbstractConditionalOffer.Meta):
        abstract = False
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


from oscar.apps.offer.models import *  # noqa: E402, F403
