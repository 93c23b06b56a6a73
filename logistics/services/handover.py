"""Hand-over: the moment when goods leave the house, the stock and the shelf account."""

from collections.abc import Sequence

from django.db import transaction

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
from logistics.models import Delivery, Parcel, Waybill
from logistics.services.picking import refuse_intercepted


@retried()
def hand_over(*, parcel_ids: Sequence[int]) -> list[Parcel]:
    """Give packed parcels to their couriers, all or none; a parcel already handed over is left as it is.

    Takes the units out of stock at their cost, books goods in transit and the expected freight and
    COD fee (ANCHORS 3.1). Raises NotReady without a live waybill and Intercepted for a stopped order.
    """
    with transaction.atomic():
        chosen = Parcel.objects.filter(pk__in=parcel_ids)
        for order_id in sorted(set(chosen.values_list("order_id", flat=True))):
            lock_noun("order.Order", pk=order_id)
        delivery_ids = chosen.values("delivery_id")
        deliveries = {d.pk: d for d in lock(Delivery.objects.filter(pk__in=delivery_ids))}
        parcels = lock(Parcel.objects.filter(pk__in=parcel_ids))
        gone = []
        for parcel in parcels:
            delivery = deliveries[parcel.delivery_id]
            if parcel.handed_over_at is not None:
                continue
            refuse_intercepted(delivery)
            faults.race_window("F60")
            _refuse_unready(parcel)
            _leave(parcel, delivery)
            gone.append(parcel)
        for delivery in deliveries.values():
            if delivery.status == Delivery.Status.PACKED and not delivery.parcels.filter(
                state__in=[Parcel.State.OPEN, Parcel.State.PACKED]
            ):
                move(delivery, Delivery.Status.HANDED_OVER, transitions=Delivery.TRANSITIONS)
        return gone


def _refuse_unready(parcel: Parcel) -> None:
    if parcel.state != Parcel.State.PACKED:
        raise NotReady(
            _("Parcel %(number)s is %(state)s. Only packed parcels can be handed over.")
            % {"number": parcel.number, "state": parcel.get_state_display()}
        )
    if not parcel.waybills.filter(state=Waybill.State.LIVE, direction=Waybill.Direction.FORWARD).exists():
        raise NotReady(
            _("Parcel %(number)s has no waybill yet. Print its label first.") % {"number": parcel.number}
        )


def _leave(parcel: Parcel, delivery: Delivery) -> None:
    origin = Origin("parcel", parcel.pk)
    contents = list(parcel.lines.select_related("delivery_line").order_by("pk"))
    issues = [
        Issue(
            packed.delivery_line.line_id, packed.delivery_line.sku_id, delivery.warehouse_id, packed.quantity
        )
        for packed in contents
    ]
    for packed, cost in zip(contents, consume_reservations(issues=issues, origin=origin), strict=True):
        packed.cost = cost
    update_rows(contents, ["cost"])
    parcel.goods_cost = sum((packed.cost for packed in contents), ZERO)
    parcel.handed_over_at = clock.now()
    parcel.save(update_fields=["goods_cost", "handed_over_at"])
    move(parcel, Parcel.State.HANDED_OVER, transitions=Parcel.TRANSITIONS, field="state")
    order = delivery.order
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
