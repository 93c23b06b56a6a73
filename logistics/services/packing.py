"""The packing table: what is scanned is what goes into the box, and the last scan closes it.

The server counts. A scan carries the id that the scanner gave it: the same id again is the same scan,
the same barcode again is a second unit (F60).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import clock, faults
from core.audit import current_actor
from core.locks import lock, lock_one
from core.money import ZERO
from core.rows import insert_row, update_rows
from core.states import move, record
from inventory.queries import find_barcode, sku_weights
from logistics.errors import NotReady
from logistics.models import Delivery, DeliveryLine, Parcel, ParcelLine, Scan
from logistics.services.rating import choose_courier
from logistics.services.waybills import ask_waybill

_PACK = """
    WITH counted AS (UPDATE logistics_deliveryline SET packed = %(packed)s WHERE id = %(line)s)
    INSERT INTO logistics_parcelline
           (parcel_id, delivery_line_id, quantity, gross, tax, service_share, cod_share, cost)
    VALUES (%(parcel)s, %(line)s, %(units)s, 0, 0, 0, 0, 0)
        ON CONFLICT (parcel_id, delivery_line_id)
        DO UPDATE SET quantity = logistics_parcelline.quantity + EXCLUDED.quantity
"""


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
        before = Scan.objects.filter(client_id=client_id).values_list("result", flat=True)
        if faults.guarded("F60-repeat") and (result := before.first()):
            return _answer(result, None, list(delivery.lines.all()))
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
            return _keep(delivery, client_id, barcode, Scan.Result.WRONG_ITEM, everything)
        line = next((one for one in lines if one.packed + found.quantity <= one.picked), None)
        if line is None:
            return _keep(delivery, client_id, barcode, Scan.Result.TOO_MANY, everything)
        parcel = _open_parcel(delivery, everything)
        _pack(parcel, line, found.quantity)
        answer = _keep(delivery, client_id, barcode, Scan.Result.COUNTED, everything, line, found.quantity)
        if _is_complete(everything):
            _close(delivery, parcel, everything)
            return replace(answer, parcel_id=parcel.pk)
        return answer


def close_parcel(*, delivery_id: int, weight_g: int = 0) -> Parcel:
    """Close the open box: its money is fixed, the courier chosen, the waybill asked for.

    Weight in grams as weighed; 0 takes the sum of the SKU weights. When everything is packed the
    delivery is packed too.
    """
    with transaction.atomic():
        delivery = lock_one(Delivery, pk=delivery_id)
        parcel = lock_one(Parcel, delivery_id=delivery_id, state=Parcel.State.OPEN)
        _close(delivery, parcel, list(delivery.lines.order_by("pk")), weight_g)
        return parcel


def _close(delivery: Delivery, parcel: Parcel, everything: Sequence[DeliveryLine], weight_g: int = 0) -> None:
    """Both rows are locked; `everything` are the delivery's lines as they are read under its lock."""
    lines = {line.pk: line for line in everything}
    contents = list(parcel.lines.order_by("pk"))
    for packed in contents:
        packed.delivery_line = lines[packed.delivery_line_id]
    cod_amount = _fix_money(parcel, contents)
    if not weight_g:
        weights = sku_weights({packed.delivery_line.sku_id for packed in contents})
        weight_g = sum(weights[packed.delivery_line.sku_id] * packed.quantity for packed in contents)
    choice = choose_courier(
        province=_province(delivery),
        weight_g=weight_g,
        cod_amount=cod_amount,
        on=clock.today(),
        currency=parcel.currency,
    )
    closed = {
        "cod_amount": cod_amount,
        "cod_state": Parcel.CodState.DUE if cod_amount else Parcel.CodState.NONE,
        "weight_g": weight_g,
        "courier_id": choice.courier_id,
        "zone": choice.zone,
        "billable_g": choice.fee.billable_g,
        "expected_freight": choice.fee.freight,
        "expected_surcharge": choice.fee.surcharge,
        "expected_cod_fee": choice.fee.cod_fee,
        "packed_at": clock.now(),
    }
    move(parcel, Parcel.State.PACKED, transitions=Parcel.TRANSITIONS, field="state", also=closed)
    if _is_complete(everything):
        packed_at = {"packed_at": clock.now()}
        move(delivery, Delivery.Status.PACKED, transitions=Delivery.TRANSITIONS, also=packed_at)
    ask_waybill(parcel=parcel)


def _province(delivery: Delivery) -> str:
    """Where it goes, without the rest of order and address."""
    places = Delivery.objects.values_list("order__shipping_address__state", flat=True)
    return places.get(pk=delivery.pk) or ""


def _open_parcel(delivery: Delivery, lines: Iterable[DeliveryLine]) -> Parcel:
    """The box on the table, locked; a new one where none is open. Needs the delivery's lock."""
    # A box comes into being with its first unit, so before that there is none to look for.
    parcels = lock(delivery.parcels.all()) if any(line.packed for line in lines) else []
    for parcel in parcels:
        if parcel.state == Parcel.State.OPEN:
            return parcel
    parcel = Parcel.objects.create(
        delivery=delivery,
        order_id=delivery.order_id,
        number=f"{delivery.number}-{len(parcels) + 1}",
        currency=delivery.currency,
    )
    record(parcel, old="", new=parcel.state, axis="state")
    return parcel


def _pack(parcel: Parcel, line: DeliveryLine, units: int) -> None:
    """One statement, because it is done for every unit that leaves the house."""
    line.packed += units
    with connection.cursor() as cursor:
        cursor.execute(_PACK, {"parcel": parcel.pk, "line": line.pk, "packed": line.packed, "units": units})


def _fix_money(parcel: Parcel, contents: Sequence[ParcelLine]) -> Decimal:
    """The box carries the shares of exactly its units: units packed before it are with earlier boxes.

    Returns what the courier collects with it.
    """
    before: dict[int, int] = {}
    # Where all that was ever packed of its lines is in this box, there is no earlier one to ask for.
    if any(packed.quantity != packed.delivery_line.packed for packed in contents):
        before = dict(
            ParcelLine.objects.filter(delivery_line__in=[packed.delivery_line_id for packed in contents])
            .exclude(parcel=parcel)
            .exclude(parcel__state=Parcel.State.CANCELLED)
            .values_list("delivery_line")
            .annotate(units=Sum("quantity"))
        )
    for packed in contents:
        line, start = packed.delivery_line, before.get(packed.delivery_line_id, 0)
        for column, part in line.carried(start, packed.quantity).items():
            setattr(packed, column, part)
    update_rows(contents, DeliveryLine.CARRIED)
    return sum((packed.cod_share for packed in contents), ZERO)


def _is_complete(lines: Iterable[DeliveryLine]) -> bool:
    return all(line.packed == line.picked for line in lines)


def _keep(
    delivery: Delivery,
    client_id: str,
    barcode: str,
    result: str,
    lines: Sequence[DeliveryLine] | None = None,
    line: DeliveryLine | None = None,
    units: int = 0,
) -> ScanAnswer:
    scan = Scan(
        delivery=delivery,
        client_id=client_id,
        barcode=barcode,
        result=result,
        quantity=units,
        by=current_actor(),
        at=clock.now(),
    )
    insert_row(scan)
    return _answer(result, line, list(delivery.lines.all()) if lines is None else lines)


def _answer(result: str, line: DeliveryLine | None, lines: Sequence[DeliveryLine]) -> ScanAnswer:
    return ScanAnswer(
        result=result,
        delivery_line_id=line.pk if line else None,
        packed=sum(one.packed for one in lines),
        wanted=sum(one.picked for one in lines),
    )
