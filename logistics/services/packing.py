"""The packing table: what is scanned is what goes into the box, and the last scan closes it.

The server counts. A scan carries the id that the scanner gave it: the same id again is the same scan,
the same barcode again is a second unit (F60).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import clock, faults
from core.audit import current_actor
from core.locks import lock_one
from core.money import ZERO
from core.rows import update_rows
from core.states import move, record
from inventory.queries import find_barcode, sku_weights
from logistics.errors import NotReady
from logistics.models import Delivery, DeliveryLine, Parcel, ParcelLine, Scan
from logistics.services.rating import choose_courier
from logistics.services.waybills import ask_waybill


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """What the table shows after a scan; `parcel_id` is set when it closed the box."""

    result: str
    delivery_line_id: int | None
    packed: int
    wanted: int
    parcel_id: int | None = None


def scan_item(*, delivery_id: int, barcode: str, client_id: str) -> ScanAnswer:
    """Count one scan into the open parcel. Wrong, surplus and intercepted scans are kept and refused.

    A packaging's barcode counts its units. The scan that completes the delivery closes the parcel.
    """
    with transaction.atomic():
        delivery = lock_one(Delivery, pk=delivery_id)
        if faults.guarded("F60-repeat") and (before := Scan.objects.filter(client_id=client_id).first()):
            return _answer(delivery, before.result, None)
        if delivery.intercepted_at is not None and faults.guarded("F60"):
            return _keep(delivery, client_id, barcode, Scan.Result.INTERCEPTED)
        if delivery.status != Delivery.Status.PICKED:
            raise NotReady(
                _("%(delivery)s is not ready for packing. Finish picking first.") % {"delivery": delivery}
            )
        found = find_barcode(barcode)
        everything = list(delivery.lines.order_by("pk"))
        lines = [line for line in everything if found and line.sku_id == found.sku_id]
        if not lines or found is None:
            return _keep(delivery, client_id, barcode, Scan.Result.WRONG_ITEM)
        line = next((one for one in lines if one.packed + found.quantity <= one.picked), None)
        if line is None:
            return _keep(delivery, client_id, barcode, Scan.Result.TOO_MANY)
        _pack(delivery, line, found.quantity)
        answer = _keep(delivery, client_id, barcode, Scan.Result.COUNTED, line, found.quantity, everything)
        if _is_complete(everything):
            parcel = close_parcel(delivery_id=delivery.pk)
            return ScanAnswer(answer.result, line.pk, answer.packed, answer.wanted, parcel.pk)
        return answer


def close_parcel(*, delivery_id: int, weight_g: int = 0) -> Parcel:
    """Close the open box: its money is fixed, the courier chosen, the waybill asked for.

    Weight in grams as weighed; 0 takes the sum of the SKU weights. When everything is packed the
    delivery is packed too.
    """
    with transaction.atomic():
        delivery = lock_one(Delivery, pk=delivery_id)
        parcel = lock_one(Parcel, delivery_id=delivery_id, state=Parcel.State.OPEN)
        contents = list(parcel.lines.select_related("delivery_line").order_by("pk"))
        _fix_money(parcel, contents)
        weights = sku_weights({line.delivery_line.sku_id for line in contents})
        parcel.weight_g = weight_g or sum(
            weights[line.delivery_line.sku_id] * line.quantity for line in contents
        )
        choice = choose_courier(
            province=delivery.order.shipping_address.state,
            weight_g=parcel.weight_g,
            cod_amount=parcel.cod_amount,
            on=clock.today(),
            currency=parcel.currency,
        )
        parcel.courier_id = choice.courier_id
        parcel.zone = choice.zone
        parcel.billable_g = choice.fee.billable_g
        parcel.expected_freight = choice.fee.freight
        parcel.expected_surcharge = choice.fee.surcharge
        parcel.expected_cod_fee = choice.fee.cod_fee
        parcel.packed_at = clock.now()
        parcel.save()
        move(parcel, Parcel.State.PACKED, transitions=Parcel.TRANSITIONS, field="state")
        if _is_complete(delivery.lines.all()):
            delivery.packed_at = clock.now()
            delivery.save(update_fields=["packed_at"])
            move(delivery, Delivery.Status.PACKED, transitions=Delivery.TRANSITIONS)
        ask_waybill(parcel=parcel)
        return parcel


def _pack(delivery: Delivery, line: DeliveryLine, units: int) -> None:
    parcel = Parcel.objects.filter(delivery=delivery, state=Parcel.State.OPEN).first()
    if parcel is None:
        parcel = Parcel.objects.create(
            delivery=delivery,
            order_id=delivery.order_id,
            number=f"{delivery.number}-{delivery.parcels.count() + 1}",
            currency=delivery.currency,
        )
        record(parcel, old="", new=parcel.state, axis="state")
    packed, created = ParcelLine.objects.get_or_create(
        parcel=parcel, delivery_line=line, defaults={"quantity": units}
    )
    if not created:
        packed.quantity += units
        packed.save(update_fields=["quantity"])
    line.packed += units
    line.save(update_fields=["packed"])


def _fix_money(parcel: Parcel, contents: Sequence[ParcelLine]) -> None:
    """The box carries the shares of exactly its units: units packed before it are with earlier boxes."""
    before: dict[int, int] = dict(
        ParcelLine.objects.filter(delivery_line__in=[packed.delivery_line_id for packed in contents])
        .exclude(parcel=parcel)
        .exclude(parcel__state=Parcel.State.CANCELLED)
        .values_list("delivery_line")
        .annotate(units=Sum("quantity"))
    )
    total = ZERO
    for packed in contents:
        line, start = packed.delivery_line, before.get(packed.delivery_line_id, 0)
        for column, part in line.carried(start, packed.quantity).items():
            setattr(packed, column, part)
        total += packed.cod_share
    update_rows(contents, DeliveryLine.CARRIED)
    parcel.cod_amount = total
    parcel.cod_state = Parcel.CodState.DUE if total else Parcel.CodState.NONE


def _is_complete(lines: Iterable[DeliveryLine]) -> bool:
    return all(line.packed == line.picked for line in lines)


def _keep(
    delivery: Delivery,
    client_id: str,
    barcode: str,
    result: str,
    line: DeliveryLine | None = None,
    units: int = 0,
    lines: Sequence[DeliveryLine] | None = None,
) -> ScanAnswer:
    Scan.objects.create(
        delivery=delivery,
        client_id=client_id,
        barcode=barcode,
        result=result,
        quantity=units,
        by=current_actor(),
        at=clock.now(),
    )
    return _answer(delivery, result, line, lines)


def _answer(
    delivery: Delivery,
    result: str,
    line: DeliveryLine | None,
    lines: Sequence[DeliveryLine] | None = None,
) -> ScanAnswer:
    lines = lines if lines is not None else list(delivery.lines.all())
    return ScanAnswer(
        result=result,
        delivery_line_id=line.pk if line else None,
        packed=sum(one.packed for one in lines),
        wanted=sum(one.picked for one in lines),
    )
