"""An order as its buyer may see it: personal data masked, every state in plain words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.masking import mask_address, mask_name, mask_phone
from crm.services import read_phone
from finance.queries import latest_intent, order_money
from logistics.queries import ParcelOnItsWay, parcels_of
from orders.order.models import Order

Status = Order.Status
CANCELLABLE = frozenset({Status.AWAITING_PAYMENT, Status.IN_REVIEW, Status.CONFIRMED, Status.IN_FULFILMENT})


@dataclass(frozen=True, slots=True)
class OrderedLine:
    pk: int
    title: str
    quantity: int
    price: Decimal  # before what was taken off the whole order
    picture: str
    width: int
    height: int
    returnable: int  # delivered and not yet on its way back
    service: str  # how far a service is, in plain words; empty for goods


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    state: str  # done, now, open
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderPage:
    pk: int
    public_id: UUID
    number: str
    placed_at: datetime
    status: str
    status_name: str
    payment_name: str
    term: str
    currency: str
    goods: Decimal  # before what was taken off
    discounts: list[tuple[str, Decimal]]
    shipping: Decimal
    surcharges: list[tuple[str, Decimal]]
    total: Decimal
    refunded: Decimal
    lines: list[OrderedLine]
    name: str
    phone: str
    address: str
    parcels: list[ParcelOnItsWay]
    steps: list[Step]
    paid: bool
    can_pay: bool
    in_question: bool  # what became of the payment is not known yet: nothing can be paid until it is
    can_cancel: bool
    expires_at: datetime | None

    @property
    def returnable(self) -> list[OrderedLine]:
        return [line for line in self.lines if line.returnable]


@dataclass(frozen=True, slots=True)
class OrderRow:
    public_id: UUID
    number: str
    placed_at: datetime
    status_name: str
    total: Decimal
    currency: str
    titles: list[str]
    pieces: int


def read_order(order: Any) -> OrderPage:
    """Everything about one order that its page shows. Who may see it is the caller's business."""
    lines = list(order.lines.select_related("product__parent", "service_report").order_by("pk"))
    address = order.shipping_address
    intent = latest_intent(order_id=order.pk)
    paid = intent is not None and intent.state == "paid"
    money = order_money(order.pk)
    parcels = parcels_of(order.pk)
    surcharges = [(charge.name, charge.incl_tax) for charge in order.surcharges.order_by("pk")]
    waits = order.status == Status.AWAITING_PAYMENT
    can_pay = waits and not paid and intent is not None and intent.state in ("open", "asked")
    return OrderPage(
        pk=order.pk,
        public_id=order.public_id,
        number=order.number,
        placed_at=order.date_placed,
        status=order.status,
        status_name=_status_name(order, paid),
        payment_name=order.get_payment_state_display(),
        term=order.term,
        currency=order.currency,
        goods=sum((line.line_price_before_discounts_incl_tax for line in lines), Decimal(0)),
        discounts=[(_discount_name(row), row.amount) for row in order.discounts.order_by("pk")],
        shipping=order.shipping_incl_tax,
        surcharges=surcharges,
        total=order.total_incl_tax,
        refunded=money.refunded + money.refund_owed,
        lines=[_line(line) for line in lines],
        name=mask_name(address.first_name) if address else "",
        phone=mask_phone(address.phone_number) if address else "",
        address=_place(address) if address else "",
        parcels=parcels,
        steps=_steps(order, paid, parcels, lines),
        paid=paid or order.payment_state == Order.PaymentState.PAID,
        can_pay=can_pay,
        in_question=waits and not paid and not can_pay,
        can_cancel=order.status in CANCELLABLE and order.delivery_state == Order.DeliveryState.NONE,
        expires_at=order.expires_at if waits and not paid else None,
    )


def find_order(*, public_id: UUID) -> Any:
    """The order with this public id, or None."""
    return Order.objects.select_related("shipping_address").filter(public_id=public_id).first()


def find_tracked_order(*, number: str, phone: str) -> Any:
    """The order with this number whose recipient or buyer has this phone; None for anything else."""
    number = number.strip().upper()
    try:
        wanted = read_phone(phone)
    except InvalidInput:
        return None
    if wanted is None or not 0 < len(number) <= 40:
        return None
    order = Order.objects.select_related("shipping_address", "customer").filter(number=number).first()
    if order is None:
        return None
    known = {str(order.customer.phone) if order.customer else ""}
    if order.shipping_address:
        known.add(str(order.shipping_address.phone_number))
    return order if str(wanted) in known else None


def list_orders(*, user: Any, limit: int = 100) -> list[OrderRow]:
    """The account's own orders, youngest first."""
    orders = Order.objects.filter(user=user).prefetch_related("lines").order_by("-date_placed", "-pk")[:limit]
    rows = []
    for order in orders:
        lines = list(order.lines.all())
        rows.append(
            OrderRow(
                order.public_id,
                order.number,
                order.date_placed,
                _status_name(order, paid=False),
                order.total_incl_tax,
                order.currency,
                [line.title for line in lines],
                sum(line.quantity for line in lines),
            )
        )
    return rows


def _line(line: Any) -> OrderedLine:
    product = line.product
    shown = product.parent if product and not product.picture and product.parent_id else product
    return OrderedLine(
        pk=line.pk,
        title=line.title,
        quantity=line.quantity,
        price=line.line_price_before_discounts_incl_tax,
        picture=shown.picture if shown else "",
        width=shown.picture_width if shown else 0,
        height=shown.picture_height if shown else 0,
        returnable=line.delivered_quantity - line.returned_quantity,
        service=_service(line),
    )


def _service(line: Any) -> str:
    if not line.service:
        return ""
    report = getattr(line, "service_report", None)
    if report is not None and report.outcome == "performed":
        return _("Done on %(day)s") % {"day": date_format(report.on, "SHORT_DATE_FORMAT")}
    if report is not None or line.cancelled_quantity:
        return _("Cancelled")
    return _("We arrange a date with you") if line.service == "by_hand" else _("Comes with the goods")


def _has_arrived(goods: list[Any]) -> bool:
    return all(line.delivered_quantity >= line.quantity - line.cancelled_quantity for line in goods)


def _discount_name(row: Any) -> str:
    return _("Code %(code)s") % {"code": row.voucher_code} if row.voucher_code else row.offer_name


def _place(address: Any) -> str:
    city = "" if address.line4 == address.state else address.line4
    return f"{address.state}{city}{address.line3} {mask_address(address.line1)}".strip()


def _status_name(order: Any, paid: bool) -> str:
    if order.status == Status.AWAITING_PAYMENT:
        return _("Payment received") if paid else _("Waiting for your payment")
    if order.status == Status.IN_FULFILMENT and order.delivery_state != Order.DeliveryState.NONE:
        return str(order.get_delivery_state_display()).capitalize()
    return {
        Status.IN_REVIEW: _("Being checked"),
        Status.CONFIRMED: _("Confirmed"),
        Status.IN_FULFILMENT: _("Being packed"),
        Status.COMPLETED: _("Completed"),
        Status.CANCELLED: _("Cancelled"),
    }[order.status]


def _steps(order: Any, paid: bool, parcels: list[ParcelOnItsWay], lines: list[Any]) -> list[Step]:
    """The order's way in a few words; what a courier says is told per parcel."""
    if order.status == Status.CANCELLED:
        return [Step(_("Ordered"), "done", order.date_placed), Step(_("Cancelled"), "now")]
    prepaid = order.term == Order.Term.PREPAID
    rank = [
        Status.AWAITING_PAYMENT,
        Status.IN_REVIEW,
        Status.CONFIRMED,
        Status.IN_FULFILMENT,
        Status.COMPLETED,
    ]
    at = rank.index(order.status)
    shipped = [parcel.handed_over_at for parcel in parcels]
    arrived = [parcel.delivered_at for parcel in parcels if parcel.delivered_at]
    goods = [line for line in lines if not line.service]
    by_hand = any(line.service == "by_hand" and not line.cancelled_quantity for line in lines)
    over = order.status == Status.COMPLETED
    all_there = bool(parcels) and len(arrived) == len(parcels) and (over or _has_arrived(goods))
    reached = [(_("Ordered"), True, order.date_placed)]
    if prepaid:
        reached.append((_("Paid"), paid or at > 0, None))
    reached += [
        (_("Confirmed"), at >= 2, None),
    ]
    if goods:
        reached += [
            (_("Handed to the courier"), bool(shipped), min(shipped, default=None)),
            (_("Delivered"), all_there, max(arrived, default=None) if all_there else None),
        ]
    if by_hand or not goods:
        reached.append((_("Service done"), over, None))
    first_open = next((i for i, (_title, done, _at) in enumerate(reached) if not done), len(reached))
    return [
        Step(title, "done" if done else "now" if index == first_open else "open", when)
        for index, (title, done, when) in enumerate(reached)
    ]
