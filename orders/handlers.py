"""What the pipeline does when lower apps announce facts. Each is safe to run again."""

from core.events import handles
from core.origins import Origin
from finance.events import PaymentRecorded, RefundDone
from inventory.events import BackOrderServed, ConflictResolved, OfflineConflict
from logistics.events import (
    DeliveryShort,
    ParcelDelivered,
    ParcelHandedOver,
    ParcelLost,
    ParcelRefused,
    ParcelReturned,
    PickingStarted,
)
from orders import services
from orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderPaid,
    OrderPlaced,
    ServiceCancelled,
    ServicePerformed,
)


@handles(PaymentRecorded)
def settle_order_payment(event: PaymentRecorded) -> None:
    if event.order_id is not None:
        services.settle_payment(payment_id=event.payment_id, order_id=event.order_id)


@handles(OrderPlaced)
def review_placed(event: OrderPlaced) -> None:
    services.review_order(order_id=event.order_id)


@handles(OrderPaid)
def review_paid(event: OrderPaid) -> None:
    services.review_order(order_id=event.order_id)


@handles(RefundDone)
def show_refund(event: RefundDone) -> None:
    if event.order_id is not None:
        services.refresh_order_money(order_id=event.order_id)


@handles(PickingStarted)
def start_fulfilment(event: PickingStarted) -> None:
    services.note_picking_started(order_id=event.order_id)


@handles(ParcelHandedOver)
def count_shipped(event: ParcelHandedOver) -> None:
    services.refresh_fulfilment(order_id=event.order_id)


@handles(ParcelDelivered)
def count_delivered(event: ParcelDelivered) -> None:
    services.refresh_fulfilment(order_id=event.order_id)


@handles(ParcelRefused)
def show_refused(event: ParcelRefused) -> None:
    services.refresh_fulfilment(order_id=event.order_id)


@handles(ParcelReturned)
def show_returned(event: ParcelReturned) -> None:
    services.refresh_fulfilment(order_id=event.order_id)


@handles(ParcelLost)
def show_lost(event: ParcelLost) -> None:
    services.refresh_fulfilment(order_id=event.order_id)


@handles(ServicePerformed)
def count_performed(event: ServicePerformed) -> None:
    services.refresh_fulfilment(order_id=event.order_id)


@handles(ServiceCancelled)
def count_without(event: ServiceCancelled) -> None:
    services.refresh_fulfilment(order_id=event.order_id)


@handles(DeliveryShort)
def replace_missing(event: DeliveryShort) -> None:
    services.replace_missing(
        order_id=event.order_id, line_id=event.line_id, sku_id=event.sku_id, missing=event.missing
    )


@handles(BackOrderServed)
def send_what_arrived(event: BackOrderServed) -> None:
    services.plan_rest(order_id=event.order_id)


@handles(OfflineConflict)
def hold_for_conflict(event: OfflineConflict) -> None:
    services.hold_conflict(
        order_id=event.order_id,
        conflict_id=event.conflict_id,
        sku_id=event.sku_id,
        warehouse_id=event.warehouse_id,
        units=event.quantity,
    )


@handles(ConflictResolved)
def send_from_elsewhere(event: ConflictResolved) -> None:
    services.plan_rest(order_id=event.order_id)


@handles(OrderPlaced)
def tell_placed(event: OrderPlaced) -> None:
    services.tell(kind="order_placed", order_id=event.order_id)


@handles(PaymentRecorded)
def tell_paid(event: PaymentRecorded) -> None:
    if event.order_id is not None and event.amount > 0:
        services.tell(
            kind="payment_received",
            order_id=event.order_id,
            about=Origin("payment", event.payment_id),
            amount=f"{event.amount} {event.currency}",
        )


@handles(OrderConfirmed)
def tell_confirmed(event: OrderConfirmed) -> None:
    services.tell(kind="order_confirmed", order_id=event.order_id)


@handles(OrderCancelled)
def tell_cancelled(event: OrderCancelled) -> None:
    services.tell(kind="order_cancelled", order_id=event.order_id, reason=event.reason)


@handles(ParcelHandedOver)
def tell_shipped(event: ParcelHandedOver) -> None:
    services.tell_shipped(order_id=event.order_id, parcel_id=event.parcel_id)


@handles(ParcelDelivered)
def tell_delivered(event: ParcelDelivered) -> None:
    services.tell(kind="order_delivered", order_id=event.order_id, about=Origin("parcel", event.parcel_id))


@handles(RefundDone)
def tell_refunded(event: RefundDone) -> None:
    if event.order_id is not None:
        services.tell(
            kind="refund_done",
            order_id=event.order_id,
            about=Origin("refund", event.refund_id),
            amount=f"{event.amount} {event.currency}",
        )
