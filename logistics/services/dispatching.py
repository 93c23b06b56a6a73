"""Deliveries that another system has sent: its file says which order left under which waybill, and when.

What happened there is a fact. It goes the same way as a parcel packed here (picked, packed, waybill,
handed over), at the time at which it left, in one step per delivery.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from core.locks import lock_one, retried
from core.money import ZERO
from core.reasons import stored
from core.states import move, record
from core.tabular import RefusedFile
from logistics.errors import NotReady
from logistics.models import Courier, Delivery, DeliveryLine, Parcel, ParcelLine, Waybill
from logistics.rules.rate_cards import RatingError, Service
from logistics.rules.rating import Shipment
from logistics.services.accruals import link_return
from logistics.services.handover import hand_over
from logistics.services.openings import OpeningResult, plain_problems
from logistics.services.picking import finish_picking
from logistics.services.rating import shipment_fee
from logistics.services.statements import zone_of
from logistics.statements.shipments import ShippedRow, read_shipments

_WAITING = (Delivery.Status.PLANNED, Delivery.Status.PICKING, Delivery.Status.PICKED)
_NOON = time(12)


def ship_orders(
    *, courier: Courier, channel: str, data: bytes, filename: str, dry_run: bool = False
) -> OpeningResult:
    """Send the deliveries of a channel's orders as a file of shipments says, each at its own day's noon.

    A row takes the oldest delivery of its order that waits; a row of the return service links the number
    under which the order's parcel comes back. A waybill that is known adds nothing. What does not fit (no
    such order, not confirmed, other cash to collect) is reported by row and stops nothing else.
    """
    try:
        read = read_shipments(data, name=filename, courier=courier.code)
    except RefusedFile as refusal:
        return OpeningResult(refusal=str(refusal))
    desk = _Desk(courier, channel, read.rows, dry_run)
    problems, stored, known = [], 0, 0
    for row in read.rows:
        if row.waybill in desk.known:
            known += 1
            continue
        try:
            desk.work(row)
            stored += 1
        except DomainError as refused:
            problems.append(
                {
                    "file": filename,
                    "row": str(row.row_no),
                    "column": "order",
                    "value": row.order,
                    "problem": str(refused),
                }
            )
    return OpeningResult(
        rows=read.read,
        stored=stored,
        known=known,
        rows_to_review=read.rows_to_review + len(problems),
        without_price=desk.without_price,
        problems=(plain_problems(read.problems) + problems)[:200],
    )


@dataclass(frozen=True, slots=True)
class Departure:
    """Under which number a delivery left, and what was weighed. A weight of 0 is unknown."""

    courier: Courier
    waybill: str
    shipment: Shipment


@retried()
def dispatch_delivery(*, delivery_id: int, departure: Departure, cod_amount: Decimal | None = None) -> Parcel:
    """Pick, pack and hand over a whole delivery as one parcel that left under this waybill.

    `cod_amount` is what the sender says the courier collects; another amount than the order's is refused.
    Raises NotReady, Intercepted, NotReserved, and changes nothing.
    """
    with transaction.atomic():
        delivery = Delivery.objects.get(pk=delivery_id)
        if delivery.status in (Delivery.Status.PLANNED, Delivery.Status.PICKING):
            finish_picking(delivery_id=delivery_id)
        delivery = lock_one(Delivery, pk=delivery_id)
        if delivery.status != Delivery.Status.PICKED or delivery.parcels.exclude(
            state=Parcel.State.CANCELLED
        ):
            raise NotReady(_("%(delivery)s is being packed here already.") % {"delivery": delivery})
        parcel = _one_box(delivery)
        if cod_amount is not None and cod_amount != parcel.cod_amount:
            raise NotReady(
                _("The file says that %(theirs)s is collected, the order says %(ours)s. Correct one of them.")
                % {"theirs": cod_amount, "ours": parcel.cod_amount}
            )
        _close(parcel, delivery, departure)
        hand_over(parcel_ids=[parcel.pk])
        parcel.refresh_from_db()
        return parcel


def _one_box(delivery: Delivery) -> Parcel:
    """All that was picked in one box, with the money that these units carry."""
    delivery.lines.update(packed=F("picked"))
    lines: Sequence[DeliveryLine] = [line for line in delivery.lines.order_by("pk") if line.picked]
    shares = [line.carried(0, line.picked) for line in lines]
    total = sum((share["cod_share"] for share in shares), ZERO)
    parcel = Parcel.objects.create(
        delivery=delivery,
        order_id=delivery.order_id,
        number=f"{delivery.number}-{delivery.parcels.count() + 1}",
        currency=delivery.currency,
        cod_amount=total,
        cod_state=Parcel.CodState.DUE if total else Parcel.CodState.NONE,
    )
    ParcelLine.objects.bulk_create(
        ParcelLine(parcel=parcel, delivery_line=line, quantity=line.picked, **share)
        for line, share in zip(lines, shares, strict=True)
    )
    record(parcel, old="", new=parcel.state, axis="state")
    return parcel


def _close(parcel: Parcel, delivery: Delivery, departure: Departure) -> None:
    shipment, problem = departure.shipment, ""
    parcel.courier = departure.courier
    parcel.weight_g, parcel.zone = shipment.weight_g, shipment.zone
    if shipment.dims_cm:
        parcel.length_mm, parcel.width_mm, parcel.height_mm = (int(side * 10) for side in shipment.dims_cm)
    try:
        fee = shipment_fee(courier=departure.courier, shipment=shipment)
    except RatingError as error:
        problem = error.why
    else:
        parcel.billable_g = fee.billable_g
        parcel.expected_freight, parcel.expected_surcharge = fee.freight, fee.surcharge
        parcel.expected_cod_fee = fee.cod_fee
    parcel.packed_at = delivery.packed_at = clock.now()
    parcel.save()
    delivery.save(update_fields=["packed_at"])
    move(parcel, Parcel.State.PACKED, transitions=Parcel.TRANSITIONS, field="state")
    move(delivery, Delivery.Status.PACKED, transitions=Delivery.TRANSITIONS)
    waybill = Waybill.objects.create(
        parcel=parcel,
        courier=departure.courier,
        reference=uuid4().hex,
        number=departure.waybill,
        currency=parcel.currency,
        problem=problem[:300],
        why=stored(problem),
        asked_at=clock.now(),
    )
    move(waybill, Waybill.State.LIVE, transitions=Waybill.TRANSITIONS, field="state")


class _Desk:
    """Where one file is worked off: what it names is looked up once."""

    def __init__(self, courier: Courier, channel: str, rows: Sequence[ShippedRow], dry_run: bool) -> None:
        self.courier, self.dry_run = courier, dry_run
        self.without_price = 0
        self.zones = dict(courier.zones.values_list("province", "zone"))
        numbers = [row.waybill for row in rows]
        self.known = set(
            Waybill.objects.filter(courier=courier, number__in=numbers).values_list("number", flat=True)
        )
        self.waiting: dict[str, list[int]] = {}
        named = Delivery.objects.filter(
            order__channel__code=channel,
            order__external_number__in={row.order for row in rows},
            status__in=_WAITING,
        )
        for order, pk in named.order_by("-pk").values_list("order__external_number", "pk"):
            self.waiting.setdefault(order or "", []).append(pk)
        self.channel = channel

    def work(self, row: ShippedRow) -> None:
        """One row, in a transaction of its own, at its own time. Raises DomainError."""
        with ExitStack() as stack:
            stack.enter_context(clock.virtual(datetime.combine(row.shipped_on, _NOON, tzinfo=clock.zone())))
            stack.enter_context(transaction.atomic())
            if row.service == Service.RETURN:
                self._comes_back(row)
            else:
                self._leaves(row)
            if self.dry_run:
                transaction.set_rollback(True)

    def _leaves(self, row: ShippedRow) -> None:
        waiting = self.waiting.get(row.order)
        if not waiting:
            raise NotReady(
                _("No delivery of order %(order)s waits in this channel. Is the order here, and confirmed?")
                % {"order": row.order or "?"}
            )
        shipment = Shipment(
            zone=(row.zone or zone_of(row.destination, self.zones))[:20],
            weight_g=row.weight_g,
            handed_over_on=row.shipped_on,
            product=row.product,
            dims_cm=row.dims_cm,
            cod_amount=row.cod_amount,
        )
        departure = Departure(self.courier, row.waybill, shipment)
        parcel = dispatch_delivery(delivery_id=waiting[-1], departure=departure, cod_amount=row.cod_amount)
        waiting.pop()
        self.without_price += not parcel.expected_freight

    def _comes_back(self, row: ShippedRow) -> None:
        sent = Parcel.objects.filter(
            order__channel__code=self.channel, order__external_number=row.order, courier=self.courier
        ).exclude(waybills__direction=Waybill.Direction.RETURN)
        parcel = sent.order_by("pk").first()
        if parcel is None:
            raise NotReady(
                _("No parcel of order %(order)s has left with this courier.") % {"order": row.order}
            )
        link_return(parcel=lock_one(Parcel, pk=parcel.pk), number=row.waybill, on=row.shipped_on)
