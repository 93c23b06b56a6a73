"""What people do, in one line each, so that a story reads like a story."""

from itertools import count

from core import events
from finance import services as finance
from finance.gateways.simulator.remote import SimulatorRemote
from finance.models import PaymentIntent
from inventory.models import Barcode
from logistics import services as logistics
from logistics.models import Delivery, Parcel, Waybill
from orders.order.models import Order

_scans = count(1)


def settle_down() -> None:
    """Let everything that was announced be done."""
    events.drain_all()


def pay(order: Order, provider: SimulatorRemote) -> PaymentIntent:
    """The shopper opens the pay page and pays; nobody has told us yet."""
    intent = PaymentIntent.objects.get(order_id=order.pk)
    provider.pay(finance.pay_page(intent=intent))
    return intent


def hear(provider: SimulatorRemote, intent: PaymentIntent) -> list[dict]:
    """The provider's notices for this payment arrive at our door."""
    heard = provider.deliver(intent.merchant_ref)
    settle_down()
    return heard


def pick(delivery: Delivery) -> None:
    logistics.start_picking(delivery_id=delivery.pk)
    logistics.finish_picking(delivery_id=delivery.pk)


def pack(delivery: Delivery) -> Parcel:
    """Scan every unit; the last scan closes the box."""
    answer = None
    for line in delivery.lines.order_by("pk"):
        code = Barcode.objects.filter(sku_id=line.sku_id, quantity=1).values_list("code", flat=True).get()
        for _unit in range(line.picked):
            answer = logistics.scan_item(
                delivery_id=delivery.pk, barcode=code, client_id=f"scan-{next(_scans)}"
            )
    assert answer is not None
    assert answer.parcel_id is not None
    return Parcel.objects.get(pk=answer.parcel_id)


def label(parcel: Parcel) -> Waybill:
    """Buy the waybill from the courier."""
    waybill = logistics.buy_waybill(parcel_id=parcel.pk)
    assert waybill.state == Waybill.State.LIVE, waybill.problem
    return waybill


def ship(order: Order, couriers) -> Parcel:
    """Pick, pack, label and hand over the one delivery of an order."""
    delivery = order.deliveries.get()
    pick(delivery)
    delivery.refresh_from_db()
    parcel = pack(delivery)
    waybill = label(parcel)
    logistics.hand_over(parcel_ids=[parcel.pk])
    couriers.collect([waybill.number], manifest=f"M-{parcel.pk}")
    settle_down()
    parcel.refresh_from_db()
    return parcel


def travel(parcel: Parcel, couriers, *, days: int = 6, fate: str = "") -> Parcel:
    """Let the courier carry the parcel for some days, and read its track."""
    waybill = parcel.waybills.get(direction="forward", state="live")
    if fate:
        couriers.control.set_fate(waybill.number, fate)
    couriers.control.advance(days=days)
    tracked = logistics.track_parcel(parcel_id=parcel.pk)
    assert tracked
    settle_down()
    parcel.refresh_from_db()
    return parcel
