"""Picking: goods leave the shelf for the packing table."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F

from core import clock, faults
from core.events import announce
from core.origins import Origin
from core.reasons import gettext as _
from core.states import move
from inventory.services import pin_reservations, report_missing
from logistics.errors import Intercepted, NotReady
from logistics.events import DeliveryShort, PickingStarted
from logistics.models import Delivery
from logistics.services.planning import lock_delivery, order_of, withdraw_unreserved


def refuse_intercepted(delivery: Delivery) -> None:
    """Every step in the house asks this under the delivery's lock (F60). Raises Intercepted."""
    if faults.guarded("F60") and delivery.intercepted_at is not None:
        raise Intercepted(
            _("Stop: order of %(delivery)s has changed (%(reason)s). Put the goods back on the shelf.")
            % {"delivery": delivery.number, "reason": delivery.intercept_reason}
        )


def start_picking(*, delivery_id: int) -> Delivery:
    """Give a planned delivery to a picker. Starting it twice is no error.

    What has been sold elsewhere since it was planned leaves it first; if that was all, it is cancelled.
    """
    with transaction.atomic():
        delivery = lock_delivery(delivery_id)
        refuse_intercepted(delivery)
        if delivery.status == Delivery.Status.PICKING:
            return delivery
        # Pinned first: from here on nobody takes what is counted next.
        pin_reservations(
            line_ids=list(delivery.lines.values_list("line_id", flat=True)),
            warehouse_id=delivery.warehouse_id,
        )
        if faults.guarded("F108") and withdraw_unreserved(
            order_id=delivery.order_id, warehouse_id=delivery.warehouse_id
        ):
            delivery.refresh_from_db()
            if delivery.status == Delivery.Status.CANCELLED:
                return delivery
        move(delivery, Delivery.Status.PICKING, transitions=Delivery.TRANSITIONS)
        announce(PickingStarted(delivery.pk, delivery.order_id), about=order_of(delivery))
        return delivery


def finish_picking(*, delivery_id: int, short: Mapping[int, int] | None = None) -> Delivery:
    """Everything that was on the shelf is at the packing table.

    `short` gives, per delivery line id, how many units were missing. A missing unit leaves this delivery,
    its reservation and the stock, and the order decides anew about it. A delivery of which nothing was
    found is cancelled.
    """
    missing_by_line = {line_id: units for line_id, units in (short or {}).items() if units}
    with transaction.atomic():
        delivery = lock_delivery(delivery_id)
        refuse_intercepted(delivery)
        if delivery.status == Delivery.Status.PLANNED:
            start_picking(delivery_id=delivery_id)
            delivery.refresh_from_db()
            if delivery.status == Delivery.Status.CANCELLED:
                raise NotReady(
                    _("%(delivery)s has nothing left to send: its goods were sold elsewhere.")
                    % {"delivery": delivery}
                )
        # Whole lines at once: a delivery may have hundreds, and hardly any is short.
        found = delivery.lines.exclude(pk__in=missing_by_line).update(picked=F("quantity"))
        for line in delivery.lines.filter(pk__in=list(missing_by_line)).order_by("pk"):
            missing = missing_by_line.pop(line.pk)
            if not 0 <= missing <= line.quantity:
                raise NotReady(
                    _("%(title)s: %(missing)s missing of %(quantity)s cannot be. Count again.")
                    % {"title": line.title, "missing": missing, "quantity": line.quantity}
                )
            line.picked = line.quantity - missing
            found += line.picked
            line.save(update_fields=["picked"])
            report_missing(
                line_id=line.line_id,
                sku_id=line.sku_id,
                warehouse_id=delivery.warehouse_id,
                quantity=missing,
                origin=Origin("delivery", delivery.pk),
                reason=_("not on the shelf"),
            )
            announce(
                DeliveryShort(delivery.pk, delivery.order_id, line.line_id, line.sku_id, missing),
                about=order_of(delivery),
            )
        if missing_by_line:
            raise NotReady(_("A line of another delivery was reported short. Reload the page."))
        to = Delivery.Status.PICKED if found else Delivery.Status.CANCELLED
        move(delivery, to, transitions=Delivery.TRANSITIONS, also={"picked_at": clock.now()})
        return delivery
