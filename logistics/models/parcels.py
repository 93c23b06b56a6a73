from itertools import product

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.audit import append_only
from core.fields import CurrencyField, MoneyField, ReasonField
from core.reasons import stored, told


class ParcelState(models.TextChoices):
    OPEN = "open", _("being packed")
    PACKED = "packed", _("packed")
    HANDED_OVER = "handed_over", _("handed over")
    IN_TRANSIT = "in_transit", _("in transit")
    OUT_FOR_DELIVERY = "out_for_delivery", _("out for delivery")
    AT_PICKUP_POINT = "at_pickup_point", _("at the pick-up point")
    EXCEPTION = "exception", _("exception")
    DELIVERED = "delivered", _("delivered")
    REFUSED = "refused", _("refused")
    RETURNING = "returning", _("on its way back")
    RETURNED = "returned", _("back with us")
    LOST = "lost", _("lost")
    CANCELLED = "cancelled", _("cancelled")


MOVING = frozenset(
    {
        ParcelState.HANDED_OVER,
        ParcelState.IN_TRANSIT,
        ParcelState.OUT_FOR_DELIVERY,
        ParcelState.AT_PICKUP_POINT,
        ParcelState.EXCEPTION,
    }
)
UNDELIVERED = frozenset({ParcelState.REFUSED, ParcelState.RETURNING, ParcelState.RETURNED, ParcelState.LOST})


class Parcel(models.Model):
    """One box on its way, and what it is worth: to the customer, to the courier, to us."""

    State = ParcelState

    class CodState(models.TextChoices):
        NONE = "none", _("nothing to collect")
        DUE = "due", _("to be remitted")
        STATED = "stated", _("on a statement")
        REMITTED = "remitted", _("remitted")
        SHORT = "short", _("remitted short")
        WRITTEN_OFF = "written_off", _("written off")

    MOVING = MOVING
    TRANSITIONS = (
        frozenset(
            {
                (ParcelState.OPEN, ParcelState.PACKED),
                (ParcelState.OPEN, ParcelState.CANCELLED),
                (ParcelState.PACKED, ParcelState.HANDED_OVER),
                (ParcelState.PACKED, ParcelState.CANCELLED),
                (ParcelState.REFUSED, ParcelState.RETURNING),
                (ParcelState.REFUSED, ParcelState.RETURNED),
                (ParcelState.REFUSED, ParcelState.LOST),
                (ParcelState.RETURNING, ParcelState.RETURNED),
                (ParcelState.RETURNING, ParcelState.LOST),
            }
        )
        | {(old, new) for old, new in product(MOVING, MOVING) if old != new != ParcelState.HANDED_OVER}
        | {(old, ParcelState.DELIVERED) for old in MOVING}
        | set(product(MOVING, UNDELIVERED))
    )

    delivery = models.ForeignKey(
        "logistics.Delivery", models.PROTECT, related_name="parcels", verbose_name=_("delivery")
    )
    order = models.ForeignKey("order.Order", models.PROTECT, related_name="parcels", verbose_name=_("order"))
    number = models.CharField(_("number"), max_length=32, unique=True)
    courier = models.ForeignKey(
        "logistics.Courier",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parcels",
        verbose_name=_("courier"),
    )
    state = models.CharField(_("state"), max_length=16, choices=ParcelState, default=ParcelState.OPEN)
    currency = CurrencyField(_("currency"))
    weight_g = models.PositiveIntegerField(_("weight in grams"), default=0)
    length_mm = models.PositiveIntegerField(_("length in mm"), default=0)
    width_mm = models.PositiveIntegerField(_("width in mm"), default=0)
    height_mm = models.PositiveIntegerField(_("height in mm"), default=0)
    zone = models.CharField(_("zone"), max_length=20, blank=True)
    billable_g = models.PositiveIntegerField(_("billable grams"), default=0)
    expected_freight = MoneyField(_("expected freight"), default=0)
    expected_surcharge = MoneyField(_("expected surcharges"), default=0)
    expected_cod_fee = MoneyField(_("expected COD fee"), default=0)
    cod_amount = MoneyField(_("to collect"), default=0)
    cod_state = models.CharField(_("collected cash"), max_length=12, choices=CodState, default=CodState.NONE)
    goods_cost = MoneyField(_("cost of the goods"), default=0)
    packed_at = models.DateTimeField(_("packed at"), null=True, blank=True)
    handed_over_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("came back or lost at"), null=True, blank=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    cod_amount__gte=0, goods_cost__gte=0, expected_freight__gte=0, expected_cod_fee__gte=0
                ),
                name="logistics_parcel_money",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "packed", "cancelled"]) | Q(handed_over_at__isnull=False),
                name="logistics_moves_only_handed_over",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=False) | ~Q(state="delivered"),
                name="logistics_delivered_when",
            ),
            models.UniqueConstraint(
                fields=["delivery"], condition=Q(state="open"), name="logistics_one_open_parcel"
            ),
        ]
        indexes = [models.Index(fields=["courier", "state", "handed_over_at"], name="logistics_parcel_board")]

    def __str__(self) -> str:
        return self.number

    @property
    def carrier_id(self) -> int:
        """The courier's id, which every parcel has from the moment it is packed."""
        if self.courier_id is None:
            raise ValueError(f"{self.number} has no courier yet")
        return self.courier_id


class ParcelLine(models.Model):
    """Units of a delivery line in one box, with their shares of the money."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="lines", verbose_name=_("parcel"))
    delivery_line = models.ForeignKey(
        "logistics.DeliveryLine", models.PROTECT, related_name="parcel_lines", verbose_name=_("delivery line")
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    gross = MoneyField(_("gross"), default=0)
    tax = MoneyField(_("tax in gross"), default=0)
    service_share = MoneyField(_("share of services to collect"), default=0)
    cod_share = MoneyField(_("to collect"), default=0)
    cost = MoneyField(_("cost of the goods"), default=0)

    class Meta:
        verbose_name = _("parcel line")
        verbose_name_plural = _("parcel lines")
        constraints = [
            models.UniqueConstraint(fields=["parcel", "delivery_line"], name="logistics_parcel_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="logistics_parcel_line_quantity"),
            models.CheckConstraint(
                condition=Q(service_share__gte=0, cod_share__lte=F("gross") + F("service_share")),
                name="logistics_parcel_line_cod",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id}: {self.quantity}"


class Waybill(models.Model):
    """A courier's number for a parcel. The row exists, as asked, before the courier is called (F59)."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        LIVE = "live", _("live")
        VOIDING = "voiding", _("being given back")
        VOID = "void", _("void")

    TRANSITIONS = frozenset(
        {
            (State.ASKED, State.LIVE),
            (State.ASKED, State.VOID),
            (State.ASKED, State.VOIDING),
            (State.LIVE, State.VOIDING),
            (State.VOIDING, State.VOID),
        }
    )

    class Direction(models.TextChoices):
        FORWARD = "forward", _("to the customer")
        RETURN = "return", _("back to us")

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="waybills", verbose_name=_("parcel"))
    courier = models.ForeignKey(
        "logistics.Courier", models.PROTECT, related_name="+", verbose_name=_("courier")
    )
    direction = models.CharField(_("direction"), max_length=8, choices=Direction, default=Direction.FORWARD)
    reference = models.CharField(_("our reference"), max_length=40, unique=True)
    number = models.CharField(_("waybill"), max_length=40, blank=True, db_index=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    # What a return is expected to cost; a forward waybill's figures are on its parcel.
    expected_freight = MoneyField(_("expected freight"), default=0)
    expected_surcharge = MoneyField(_("expected surcharges"), default=0)
    currency = CurrencyField(_("currency"))
    prints = models.PositiveIntegerField(_("times printed"), default=0)
    asked_at = models.DateTimeField(_("asked at"))
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    why = ReasonField(_("problem"))

    class Meta:
        verbose_name = _("waybill")
        verbose_name_plural = _("waybills")
        constraints = [
            models.UniqueConstraint(
                fields=["courier", "number"], condition=~Q(number=""), name="logistics_waybill_once"
            ),
            models.UniqueConstraint(
                fields=["parcel", "direction"],
                condition=Q(state__in=["asked", "live"]),
                name="logistics_one_live_waybill",
            ),
            models.CheckConstraint(
                condition=~Q(state="live") | ~Q(number=""), name="logistics_live_waybill_has_number"
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.reference

    @property
    def told(self) -> str:
        """What is wrong with it, in the language of whoever reads; as it was said where no code was kept."""
        return told(self.why, self.problem)

    def explain(self, problem: str) -> None:
        """Say what is wrong with it; an empty text for nothing. The caller saves `problem` and `why`."""
        self.problem, self.why = problem[:300], stored(problem)


class TrackingEvent(models.Model):
    """One scan as the courier told it. Append-only; the same scan told again is the same row."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="tracking", verbose_name=_("parcel"))
    identity = models.CharField(_("identity"), max_length=32)
    state = models.CharField(_("state"), max_length=20)
    code = models.CharField(_("courier's code"), max_length=20, blank=True)
    text = models.CharField(_("text"), max_length=500, blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True)
    happened_at = models.DateTimeField(_("happened at"))
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("tracking event")
        verbose_name_plural = _("tracking events")
        constraints = [models.UniqueConstraint(fields=["parcel", "identity"], name="logistics_tracking_once")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.state}"
