"""The order and its lines: Oscar's tables with the columns that our pipeline needs.

Three axes, never one status (ANCHORS 1.1): `status` moves only through `orders.services`;
`payment_state` and `delivery_state` are derived and cached by their one writer each.
"""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from oscar.apps.order.abstract_models import AbstractLine, AbstractOrder, AbstractOrderDiscount

from core.fields import MoneyField


class Order(AbstractOrder):
    class Status(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment", _("awaiting payment")
        IN_REVIEW = "in_review", _("in review")
        CONFIRMED = "confirmed", _("confirmed")
        IN_FULFILMENT = "in_fulfilment", _("in fulfilment")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")

    TRANSITIONS = frozenset(
        {
            (Status.AWAITING_PAYMENT, Status.IN_REVIEW),
            (Status.AWAITING_PAYMENT, Status.CANCELLED),
            (Status.IN_REVIEW, Status.CONFIRMED),
            (Status.IN_REVIEW, Status.CANCELLED),
            (Status.CONFIRMED, Status.IN_REVIEW),  # edited, or a new hold
            (Status.CONFIRMED, Status.IN_FULFILMENT),
            (Status.CONFIRMED, Status.CANCELLED),
            (Status.IN_FULFILMENT, Status.CONFIRMED),  # short pick, branch declined
            (Status.IN_FULFILMENT, Status.COMPLETED),
            (Status.IN_FULFILMENT, Status.CANCELLED),  # refused or lost before anything was delivered
        }
    )

    class Term(models.TextChoices):
        PREPAID = "prepaid", _("prepaid")
        COD = "cod", _("cash on delivery")

    class PaymentState(models.TextChoices):
        UNPAID = "unpaid", _("unpaid")
        DUE_ON_DELIVERY = "due_on_delivery", _("due on delivery")
        PART_PAID = "part_paid", _("part paid")
        PAID = "paid", pgettext_lazy("state of payment", "paid")
        OVERPAID = "overpaid", _("overpaid")
        PART_REFUNDED = "part_refunded", _("part refunded")
        REFUNDED = "refunded", _("refunded")

    class DeliveryState(models.TextChoices):
        NONE = "none", _("not shipped")
        PART_SHIPPED = "part_shipped", _("part shipped")
        SHIPPED = "shipped", _("shipped")
        PART_DELIVERED = "part_delivered", _("part delivered")
        DELIVERED = "delivered", _("delivered")
        PART_REFUSED = "part_refused", _("part refused")
        REFUSED = "refused", _("refused")
        RETURNING = "returning", _("returning")
        RETURNED = "returned", _("returned")
        LOST = "lost", _("lost")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=20, choices=Status)
    payment_state = models.CharField(
        _("payment"), max_length=16, choices=PaymentState, default=PaymentState.UNPAID
    )
    delivery_state = models.CharField(
        pgettext_lazy("progress of an order", "delivery"),
        max_length=16,
        choices=DeliveryState,
        default=DeliveryState.NONE,
    )
    term = models.CharField(_("payment term"), max_length=12, choices=Term, default=Term.PREPAID)
    customer = models.ForeignKey(
        "crm.Customer", models.PROTECT, related_name="orders", null=True, verbose_name=_("customer")
    )
    channel = models.ForeignKey(
        "inventory.Channel", models.PROTECT, related_name="+", null=True, verbose_name=_("channel")
    )
    entity = models.ForeignKey(
        "core.LegalEntity", models.PROTECT, related_name="+", null=True, verbose_name=_("legal entity")
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    submit_token = models.CharField(_("submit token"), max_length=64, null=True, blank=True, unique=True)
    fingerprint = models.CharField(_("fingerprint of what was shown"), max_length=64, blank=True)
    external_number = models.CharField(_("number elsewhere"), max_length=64, null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    buyer_note = models.CharField(_("buyer's note"), max_length=500, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    class Meta(AbstractOrder.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["basket"], condition=models.Q(basket__isnull=False), name="order_one_per_basket"
            ),
            models.UniqueConstraint(
                fields=["channel", "external_number"],
                condition=models.Q(external_number__isnull=False),
                name="order_external_number_once",
            ),
            # Oscar's table comes first, so these are checked instead of declared NOT NULL.
            models.CheckConstraint(
                condition=models.Q(customer__isnull=False, channel__isnull=False, entity__isnull=False),
                name="order_has_customer_channel_entity",
            ),
            models.CheckConstraint(
                condition=models.Q(total_incl_tax__gte=0, shipping_incl_tax__gte=0),
                name="order_total_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "date_placed"], name="order_by_status"),
            models.Index(
                fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="order_expiring"
            ),
        ]

    @property
    def is_closed(self) -> bool:
        """Nothing may happen to its goods any more (F33)."""
        return self.status in (self.Status.COMPLETED, self.Status.CANCELLED)


class Line(AbstractLine):
    """What was ordered, frozen at placement.

    `line_price_incl_tax` is the price after discounts; `charge_share` is the line's part of freight
    and surcharges; `gross` is both together, so the order's total is the sum of its lines' gross.
    A line with `service` is never shipped: its ServiceReport says how it ended.
    """

    class Service(models.TextChoices):
        WITH_GOODS = "with_goods", _("with the goods of its order")
        BY_HAND = "by_hand", _("when staff report it done")

    sku = models.ForeignKey(
        "inventory.Sku", models.PROTECT, null=True, related_name="+", verbose_name=_("SKU")
    )
    service = models.CharField(
        pgettext_lazy("line of an order", "service"), max_length=10, choices=Service, blank=True
    )
    tax_rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=4, default=0)
    charge_share = MoneyField(_("share of charges"), default=0)
    gross = MoneyField(_("gross"), default=0)
    tax_amount = MoneyField(_("tax in gross"), default=0)
    cancelled_quantity = models.PositiveIntegerField(_("cancelled"), default=0)
    shipped_quantity = models.PositiveIntegerField(_("shipped"), default=0)
    delivered_quantity = models.PositiveIntegerField(_("delivered"), default=0)
    returned_quantity = models.PositiveIntegerField(_("returned"), default=0)

    class Meta(AbstractLine.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="order_line_quantity_positive"),
            models.CheckConstraint(
                condition=models.Q(
                    shipped_quantity__lte=models.F("quantity") - models.F("cancelled_quantity")
                ),
                name="order_line_shipped_within_ordered",
            ),
            models.CheckConstraint(
                condition=models.Q(delivered_quantity__lte=models.F("shipped_quantity")),
                name="order_line_delivered_within_shipped",
            ),
            models.CheckConstraint(
                condition=models.Q(returned_quantity__lte=models.F("delivered_quantity")),
                name="order_line_returned_within_delivered",
            ),
            models.CheckConstraint(
                condition=models.Q(gross=models.F("line_price_incl_tax") + models.F("charge_share"))
                & models.Q(gross__gte=0, charge_share__gte=0, line_price_incl_tax__gte=0),
                name="order_line_gross_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(service="")
                | models.Q(service__in=["with_goods", "by_hand"], shipped_quantity=0),
                name="order_line_service_not_shipped",
            ),
        ]


class OrderDiscount(AbstractOrderDiscount):
    """What one offer took off an order. Asked for by offer wherever a promotion's figures are shown."""

    class Meta(AbstractOrderDiscount.Meta):
        abstract = False
        indexes = [models.Index(fields=["offer_id"], name="order_discount_of_offer")]


from oscar.apps.order.models import *  # noqa: E402, F403
