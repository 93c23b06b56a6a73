"""Dispatch instructions: one per warehouse, made at confirmation and taken back by an intercept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.locks import joined, lock, lock_one
from core.money import ZERO
from core.numbers import next_number
from core.origins import Origin
from core.states import move, record
from inventory.queries import reserved_units, sku_titles
from logistics.errors import AlreadyGone
from logistics.models import Delivery, DeliveryLine, Parcel, Waybill
from logistics.queries import units_unsent


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """Units of an order line from one warehouse, with the money that they carry.

    What the order knows it passes down: gross and tax of these units, their share of services that the
    courier collects with them, and what it collects in all.
    """

    line_id: int
    sku_id: int
    warehouse_id: int
    quantity: int
    gross: Decimal
    tax: Decimal
    cod_share: Decimal
    service_share: Decimal = ZERO


def plan_deliveries(
    *, order_id: int, lines: Sequence[PlannedLine], cod: bool, currency: str
) -> list[Delivery]:
    """One delivery per warehouse. The caller holds the order's lock and plans each unit once."""
    titles = sku_titles({line.sku_id for line in lines})
    planned = []
    with joined():
        for warehouse_id, group in groupby(
            sorted(lines, key=lambda line: line.warehouse_id), key=lambda line: line.warehouse_id
        ):
            delivery = Delivery.objects.create(
                number=next_number("DN"),
                order_id=order_id,
                warehouse_id=warehouse_id,
                is_cod=cod,
                currency=currency,
                planned_at=clock.now(),
            )
            DeliveryLine.objects.bulk_create(
                DeliveryLine(
                    delivery=delivery,
                    line_id=line.line_id,
                    sku_id=line.sku_id,
                    title=titles[line.sku_id],
                    quantity=line.quantity,
                    gross=line.gross,
                    tax=line.tax,
                    service_share=line.service_share,
                    cod_share=line.cod_share,
                )
                for line in group
            )
            record(delivery, old="", new=delivery.status)
            planned.append(delivery)
    return planned


def withdraw_unreserved(*, order_id: int, warehouse_id: int) -> int:
    """Take units off instructions for which nothing is reserved any more: a till has sold them (F108).

    Only instructions that nobody has begun to pick are cut, the youngest first: what is picked is pinned
    and is never given away. One of which nothing is left is cancelled. The caller holds the order's lock.
    Returns the units taken off.
    """
    surplus = _surplus(order_id, warehouse_id)
    if not +surplus:
        return 0
    taken = 0
    with transaction.atomic():
        planned = Delivery.objects.filter(
            order_id=order_id, warehouse_id=warehouse_id, status=Delivery.Status.PLANNED
        )
        for delivery in reversed(lock(planned)):
            lines = list(delivery.lines.order_by("pk"))
            cuts = {line: min(line.quantity, max(0, surplus[line.line_id])) for line in lines}
            for line, units in cuts.items():
                surplus[line.line_id] -= units
                taken += units
            if any(cuts.values()):
                _cut(delivery, cuts)
    return taken


def _surplus(order_id: int, warehouse_id: int) -> Counter[int]:
    """Per order line, the units on instructions here that are more than its reservations."""
    surplus = Counter(
        {
            line: units
            for (line, place), units in units_unsent(order_id=order_id).items()
            if place == warehouse_id
        }
    )
    for reservation in reserved_units(order_id=order_id):
        if reservation.warehouse_id == warehouse_id:
            surplus[reservation.line_id] -= reservation.quantity
    return surplus


def _cut(delivery: Delivery, cuts: Mapping[DeliveryLine, int]) -> None:
    """Units of its lines leave with the money that they carry, which goes with what is planned next (F40)."""
    delivery.version += 1
    delivery.save(update_fields=["version"])
    if all(units == line.quantity for line, units in cuts.items()):
        reason = _("nothing is reserved for it any more")
        move(delivery, Delivery.Status.CANCELLED, transitions=Delivery.TRANSITIONS, reason=reason)
        return
    for line, units in cuts.items():
        if units == line.quantity:
            line.delete()
        elif units:
            kept = line.quantity - units
            DeliveryLine.objects.filter(pk=line.pk).update(quantity=kept, **line.carried(0, kept))


def flag_intercept(*, order_id: int, reason: str) -> int:
    """Stop every delivery of the order that is still in the house; each later step will refuse (F60).

    Returns how many were stopped. Goods already picked are put back by hand, the flag says why.
    """
    with joined():
        deliveries = [d for d in lock(Delivery.objects.filter(order_id=order_id)) if _is_in_house(d)]
        for delivery in deliveries:
            delivery.intercepted_at = delivery.intercepted_at or clock.now()
            delivery.intercept_reason = reason
            delivery.version += 1
            delivery.save(update_fields=["intercepted_at", "intercept_reason", "version"])
        return len(deliveries)


def cancel_deliveries(*, order_id: int, reason: str) -> int:
    """Take back every dispatch instruction of an order; waybills already bought are given back.

    All or nothing: raises AlreadyGone when a parcel has been handed over. Returns how many were cancelled.
    """
    with joined():
        deliveries = lock(
            Delivery.objects.filter(order_id=order_id).exclude(status=Delivery.Status.CANCELLED)
        )
        parcels = lock(Parcel.objects.filter(delivery__in=deliveries).exclude(state=Parcel.State.CANCELLED))
        for parcel in parcels:
            if parcel.handed_over_at is not None:
                raise AlreadyGone(
                    _("Parcel %(number)s is with the courier already. Have it refused or open a return.")
                    % {"number": parcel.number}
                )
        for parcel in parcels:
            move(parcel, Parcel.State.CANCELLED, transitions=Parcel.TRANSITIONS, field="state", reason=reason)
            for waybill in lock(parcel.waybills.filter(state__in=["asked", "live"])):
                move(waybill, Waybill.State.VOIDING, transitions=Waybill.TRANSITIONS, field="state")
        for delivery in deliveries:
            flag = {
                "intercepted_at": delivery.intercepted_at or clock.now(),
                "intercept_reason": reason,
            }
            to = Delivery.Status.CANCELLED
            move(delivery, to, transitions=Delivery.TRANSITIONS, reason=reason, also=flag)
        return len(deliveries)


def lock_delivery(delivery_id: int) -> Delivery:
    """A delivery, locked after the order that it belongs to: what it announces is about the order."""
    # Nothing of the order is asked here, so its many columns stay where they are.
    lock(apps.get_model("order.Order")._base_manager.filter(deliveries=delivery_id).only("pk"))
    return lock_one(Delivery, pk=delivery_id)


def _is_in_house(delivery: Delivery) -> bool:
    return delivery.status not in (Delivery.Status.HANDED_OVER, Delivery.Status.CANCELLED)


def order_of(delivery: Delivery) -> Origin:
    """The origin of the order that a delivery belongs to."""
    return Origin("order", delivery.order_id)
