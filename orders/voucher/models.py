"""Codes that so many orders may use, and one row per use with a slot of its own (F43)."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from oscar.apps.voucher.abstract_models import AbstractVoucher, AbstractVoucherApplication

from core import clock


class Voucher(AbstractVoucher):
    """A code. `num_orders` counts the orders in force that use it; the database holds it to the limit."""

    limit = models.PositiveIntegerField(
        _("Orders that may use it"),
        null=True,
        blank=True,
        help_text=_("Empty: as many as like. A code for one single use needs no figure here."),
    )

    class Meta(AbstractVoucher.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(
                condition=Q(limit=None) | Q(num_orders__lte=F("limit")), name="voucher_within_its_limit"
            ),
            models.CheckConstraint(
                condition=~Q(usage=AbstractVoucher.SINGLE_USE) | Q(num_orders__lte=1),
                name="voucher_used_once",
            ),
        ]

    @property
    def most(self) -> int | None:
        """How many orders in force may use it; None for as many as like."""
        return 1 if self.usage == self.SINGLE_USE else self.limit

    def is_active(self, test_datetime: datetime | None = None) -> bool:
        return self.start_datetime <= (test_datetime or clock.now()) <= self.end_datetime

    def is_available_to_user(self, user: Any = None) -> tuple[bool, str]:
        """Whether one more order of this account, or of a guest, may use it."""
        if self.most is not None and self.num_orders >= self.most:
            return False, ""
        if self.usage != self.ONCE_PER_CUSTOMER:
            return True, ""
        known = user is not None and user.is_authenticated
        return known and not self.applications.filter(user=user, released_at=None).exists(), ""


class VoucherApplication(AbstractVoucherApplication):
    """One order's use of a code. It is given back when the order is cancelled, and the slot is free again."""

    slot = models.PositiveIntegerField(_("slot"))
    released_at = models.DateTimeField(_("given back at"), null=True, blank=True)

    class Meta(AbstractVoucherApplication.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["voucher", "slot"], condition=Q(released_at=None), name="voucher_slot_taken_once"
            ),
            models.UniqueConstraint(fields=["voucher", "order"], name="voucher_once_per_order"),
            models.CheckConstraint(condition=Q(slot__gte=1), name="voucher_slot_from_one"),
        ]


from oscar.apps.voucher.models import *  # noqa: E402, F403
