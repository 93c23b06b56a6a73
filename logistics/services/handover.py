"""Hand-over: the moment when goods leave the house, the stock and the shelf account."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects

from core import clock, faults
from core.events import announce
from core.locks import lock, lock_noun, retried
from core.money import ZERO
from core.origins import Origin
from core.reasons import gettext as _
from core.rows import update_rows
from core.states import move
from finance.services import bookings
from inventory.services import Issue, consume_reservations
from logistics.errors import NotReady
from logistics.events import ParcelHandedOver
from logistics.models import Delivery, Parcel, ParcelLine, Waybill
from logistics.services.picking import refuse_intercepted


@retried()
def hand_over(*, parcel_ids: Sequence[int]) -> list[Parcel]:
    """Give packed parcels to their couriers, all or none; a parcel already handed over is left as it is.

    Takes the units out of stock at their cost, books goods in transit and the expected freight and
    COD fee (ANCHORS 3.1). Raises NotReady without a live waybill and Intercepted for a stopped order.
    """
    with transaction.atomic():
        chosen = Parcel.objects.filter(pk__in=parcel_ids)
        orders = {
            order_id: lock_noun("order.Order", pk=order_id)
            for order_id in sorted(set(chosen.values_list("order_id", flat=True)))
        }
        deliveries = {d.pk: d for d in lock(Delivery.objects.filter(pk__in=chosen.values("delivery_id")))}
        parcels = [parcel for parcel in lock(chosen) if parcel.handed_over_at is None]
        prefetch_related_objects(list(orders.values()), "entity")
        labelled = set(_live_waybills(parcels).values_list("parcel_id", flat=True))
        contents = _contents(parcels)
        for parcel in parcels:
            refuse_intercepted(deliveries[parcel.delivery_id])
            faults.race_window("F60")
            _refuse_unready(parcel, labelled)
            _leave(parcel, deliveries[parcel.delivery_id], orders[parcel.order_id], contents[parcel.pk])
        update_rows([packed for boxed in contents.values() for packed in boxed], ["cost"])
        _settle(deliveries.values())
        return parcels


def _live_waybills(parcels: Sequence[Parcel]) -> "QuerySet[Waybill]":
    return Waybill.objects.filter(
        parcel__in=parcels, state=Waybill.State.LIVE, direction=Waybill.Direction.FORWARD
    )


def _contents(parcels: Sequence[Parcel]) -> dict[int, list[ParcelLine]]:
    """What is in each box, by parcel. Only what a hand-over asks and writes is read."""
    contents: dict[int, list[ParcelLine]] = {parcel.pk: [] for parcel in parcels}
    rows = ParcelLine.objects.filter(parcel__in=parcels).select_related("delivery_line")
    for packed in rows.only(
        "parcel_id", "quantity", "delivery_line__line_id", "delivery_line__sku_id"
    ).order_by("pk"):
        contents[packed.parcel_id].append(packed)
    return contents


def _settle(deliveries: Iterable[Delivery]) -> None:
    """A delivery of which no box is in the house any more has left it."""
    packed = [delivery for delivery in deliveries if delivery.status == Delivery.Status.PACKED]
    waiting = Parcel.objects.filter(delivery__in=packed, state__in=[Parcel.State.OPEN, Parcel.State.PACKED])
    in_house = set(waiting.values_list("delivery_id", flat=True))
    for delivery in packed:
        if delivery.pk not in in_house:
            move(delivery, Delivery.Status.HANDED_OVER, transitions=Delivery.TRANSITIONS)


def _refuse_unready(parcel: Parcel, labelled: Collection[int]) -> None:
    if parcel.state != Parcel.State.PACKED:
        raise NotReady(
            _("Parcel %(number)s is %(state)s. Only packed parcels can be handed over.")
            % {"number": parcel.number, "state": parcel.get_state_display()}
        )
    if parcel.pk not in labelled:
        raise NotReady(
            _("Parcel %(number)s has no waybill yet. Print its label first.") % {"number": parcel.number}
        )


def _leave(parcel: Parcel, delivery: Delivery, order: Any, contents: Sequence[ParcelLine]) -> None:
    """Its lines are told their cost; the caller stores it, of all parcels at once."""
    origin = Origin("parcel", parcel.pk)
    issues = [
        Issue(
            packed.delivery_line.line_id, packed.delivery_line.sku_id, delivery.warehouse_id, packed.quantity
        )
        for packed in contents
    ]
    for packed, cost in zip(contents, consume_reservations(issues=issues, origin=origin), strict=True):
        packed.cost = cost
    left = {
        "goods_cost": sum((packed.cost for packed in contents), ZERO),
        "handed_over_at": clock.now(),
    }
    move(parcel, Parcel.State.HANDED_OVER, transitions=Parcel.TRANSITIONS, field="state", also=left)
    bookings.book_handover(
        parcel=parcel.pk,
        order=order.pk,
        courier_id=parcel.carrier_id,
        goods_cost=parcel.goods_cost,
        freight=parcel.expected_freight + parcel.expected_surcharge,
        cod_fee=parcel.expected_cod_fee,
        entity=order.entity,
    )
    announce(ParcelHandedOver(parcel.pk, order.pk), about=Origin("order", order.pk))
