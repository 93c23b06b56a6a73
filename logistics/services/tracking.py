"""What couriers tell: the parcel follows the fold of its whole history, forward only (FORMATS 8.7).

Delivery recognises the sale. Cash is never booked from an event: a delivered parcel makes the courier
owe us its COD amount, and only a remittance says that it has paid (F37).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from core.events import announce
from core.locks import lock_noun, lock_one
from core.money import ZERO
from core.origins import Origin
from core.states import move
from core.tabular import RefusedFile
from finance.services import bookings
from logistics.errors import NotReady
from logistics.events import ParcelDelivered, ParcelLost, ParcelRefused, ParcelReturned
from logistics.gateways.base import Tracked
from logistics.models import Courier, Parcel, TrackingEvent, Waybill
from logistics.rules.tracking import Event, State, fold
from logistics.services.accounts import gateway_of
from logistics.services.accruals import link_return, release_cod_fee
from logistics.services.openings import OpeningResult, plain_problems
from logistics.statements.tracking import read_tracking

# What the fold's states are to a parcel of ours; those that are not here move nothing.
PARCEL_STATE = {
    State.IN_TRANSIT: Parcel.State.IN_TRANSIT,
    State.CUSTOMS: Parcel.State.IN_TRANSIT,
    State.COLLECTED: Parcel.State.IN_TRANSIT,
    State.OUT_FOR_DELIVERY: Parcel.State.OUT_FOR_DELIVERY,
    State.AT_PICKUP_POINT: Parcel.State.AT_PICKUP_POINT,
    State.EXCEPTION: Parcel.State.EXCEPTION,
    State.DELIVERED: Parcel.State.DELIVERED,
    State.REFUSED: Parcel.State.REFUSED,
    State.RETURNING: Parcel.State.RETURNING,
    State.LOST: Parcel.State.LOST,
}

# Every push of every courier asks these two, so they do without the making of a queryset.
_OURS = """
    SELECT w.parcel_id, p.order_id FROM logistics_waybill w JOIN logistics_parcel p ON p.id = w.parcel_id
     WHERE w.courier_id = %s AND w.number = %s AND w.number <> '' AND w.direction = 'forward'
"""
_TOLD = """
    SELECT identity, happened_at, state, code, text, place FROM logistics_trackingevent WHERE parcel_id = %s
"""


def handle_push(*, courier_code: str, raw: bytes) -> bool:
    """Take a courier's pushed history. Raises ForgedPush when the signature is not the courier's.

    Returns False for a waybill that is not ours. Safe to repeat, in any order.
    """
    courier = Courier.objects.only("code").get(code=courier_code)
    tracked = gateway_of(courier).parse_push(raw)
    return record_tracking(courier_id=courier.pk, tracked=tracked)


def track_parcel(*, parcel_id: int) -> bool:
    """Ask the courier for a parcel's whole history and follow it. False when it did not answer.

    Never called inside a transaction (F04).
    """
    waybill = (
        Waybill.objects.select_related("courier")
        .filter(parcel_id=parcel_id, direction=Waybill.Direction.FORWARD, state=Waybill.State.LIVE)
        .first()
    )
    if waybill is None:
        return False
    tracked = gateway_of(waybill.courier).track(waybill.number)
    if not isinstance(tracked, Tracked):
        return False
    return record_tracking(courier_id=waybill.courier_id, tracked=tracked)


def record_tracking(*, courier_id: int, tracked: Tracked) -> bool:
    """Store the new scans of a waybill and let the parcel follow. Returns False when it is not ours."""
    with connection.cursor() as cursor:
        cursor.execute(_OURS, [courier_id, tracked.waybill])
        ours = cursor.fetchone()
    if ours is None:
        return False
    with transaction.atomic():
        parcel = _lock_parcel(*ours)
        _follow(parcel, _keep(parcel, tracked.events))
        if tracked.return_waybill:
            turned = max((event.at for event in tracked.events), default=clock.now())
            link_return(parcel=parcel, number=tracked.return_waybill, on=clock.day_of(turned))
    return True


def import_tracking(*, courier: Courier, data: bytes, filename: str, dry_run: bool = False) -> OpeningResult:
    """Take a file of scans in, waybill by waybill; parcels follow as they do for what is pushed.

    Scans that are known add nothing. A waybill that is not ours, or whose history cannot be followed, is
    reported and stops nothing else. `stored` and `known` count waybills with and without a new scan.
    """
    try:
        read = read_tracking(data, zone=clock.zone(), name=filename, courier=courier.code)
    except RefusedFile as refusal:
        return OpeningResult(refusal=str(refusal))
    problems = plain_problems(read.problems)
    stored = known = refused = 0
    for waybill, told in read.waybills.items():
        tracked = Tracked(waybill, tuple(told.events), told.return_waybill)
        try:
            with transaction.atomic():
                before = _scans(courier, waybill)
                ours = record_tracking(courier_id=courier.pk, tracked=tracked)
                new = _scans(courier, waybill) - before
                transaction.set_rollback(dry_run)
            if not ours:
                raise NotReady(_("No parcel of ours has this waybill. Import its shipment first."))
        except DomainError as error:
            refused += 1
            row = str(told.row_no)
            problems.append(
                {"file": filename, "row": row, "column": "waybill", "value": waybill, "problem": str(error)}
            )
            continue
        stored, known = stored + bool(new), known + (not new)
    return OpeningResult(
        rows=read.read,
        stored=stored,
        known=known,
        rows_to_review=read.rows_to_review + refused,
        problems=problems[:200],
    )


def _scans(courier: Courier, waybill: str) -> int:
    return TrackingEvent.objects.filter(
        parcel__waybills__courier=courier, parcel__waybills__number=waybill
    ).count()


def declare_lost(*, parcel_id: int, claim: Decimal) -> Parcel:
    """The courier admits, or we decide, that a parcel is lost; `claim` is what the courier shall pay.

    Declaring it twice is no error. Raises IllegalMove for a parcel that is delivered or back.
    """
    with transaction.atomic():
        parcel = _lock_parcel(parcel_id)
        if parcel.state != Parcel.State.LOST:
            _become(parcel, Parcel.State.LOST, clock.now())
        bookings.book_loss(
            parcel=parcel.pk,
            courier_id=parcel.carrier_id,
            goods_cost=parcel.goods_cost,
            claim=claim,
            entity=parcel.order.entity,
        )
        return parcel


def take_back(*, parcel_id: int) -> Parcel:
    """A parcel that was refused or undeliverable has arrived at our door again.

    Raises NotReady for a parcel that is not on its way back. Taking it back twice is no error.
    """
    with transaction.atomic():
        parcel = _lock_parcel(parcel_id)
        if parcel.state == Parcel.State.RETURNED:
            return parcel
        if (parcel.state, Parcel.State.RETURNED) not in Parcel.TRANSITIONS:
            raise NotReady(
                _("Parcel %(number)s is %(state)s; it cannot have come back.")
                % {"number": parcel.number, "state": parcel.get_state_display()}
            )
        _become(parcel, Parcel.State.RETURNED, clock.now())
        return parcel


def _lock_parcel(parcel_id: int, order_id: int | None = None) -> Parcel:
    """A parcel, locked after the order that it belongs to: what it announces is about the order."""
    order = lock_noun("order.Order", **({"pk": order_id} if order_id else {"parcels": parcel_id}))
    parcel = lock_one(Parcel, pk=parcel_id)
    parcel.order = order  # just read, and what is booked asks for it
    return parcel


def _keep(parcel: Parcel, told: Iterable[Event]) -> list[Event]:
    """Store what is new of a history that couriers tell from its beginning each time; returns all of it."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [parcel.pk])
        rows = cursor.fetchall()
    known = {identity: Event(at, State(state), *words) for identity, at, state, *words in rows}
    fresh: dict[str, TrackingEvent] = {}
    for event in told:
        identity = event.identity
        if identity not in known and identity not in fresh:
            fresh[identity] = TrackingEvent(
                parcel=parcel,
                identity=identity,
                state=event.state,
                code=event.code[:20],
                text=event.text[:500],
                place=event.place[:120],
                happened_at=event.at.astimezone(UTC),
                received_at=clock.now(),
            )
    TrackingEvent.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    return [
        *known.values(),
        *(Event(row.happened_at, State(row.state), row.code, row.text, row.place) for row in fresh.values()),
    ]


def _follow(parcel: Parcel, history: Iterable[Event]) -> None:
    """Walk the parcel along the states of the fold that it has not reached yet."""
    track = fold(history)
    for state, at in track.reached:
        to = PARCEL_STATE.get(state)
        if to and to != parcel.state and (parcel.state, to) in Parcel.TRANSITIONS:
            _become(parcel, to, at)


def _become(parcel: Parcel, to: str, at: datetime) -> None:
    also: dict[str, Any] = {}
    if to == Parcel.State.DELIVERED:
        also = {"delivered_at": at}
    elif to in (Parcel.State.RETURNED, Parcel.State.LOST):
        also = {"closed_at": at, "cod_state": Parcel.CodState.NONE}
    move(parcel, to, transitions=Parcel.TRANSITIONS, field="state", also=also)
    about = Origin("order", parcel.order_id)
    if to == Parcel.State.DELIVERED:
        _recognise_sale(parcel, at)
        announce(ParcelDelivered(parcel.pk, parcel.order_id, at), about=about)
    elif to == Parcel.State.REFUSED:
        announce(ParcelRefused(parcel.pk, parcel.order_id), about=about)
    elif to in (Parcel.State.RETURNED, Parcel.State.LOST):
        release_cod_fee(parcel=parcel)
        fact = ParcelReturned if to == Parcel.State.RETURNED else ParcelLost
        announce(fact(parcel.pk, parcel.order_id), about=about)


def _recognise_sale(parcel: Parcel, at: datetime) -> None:
    lines = list(parcel.lines.values_list("gross", "tax"))
    order = parcel.order
    bookings.book_delivery(
        parcel=parcel.pk,
        order=order.pk,
        term=order.term,
        customer_id=order.customer_id,
        courier_id=parcel.courier_id,
        gross=sum((gross for gross, _tax in lines), ZERO),
        tax=sum((tax for _gross, tax in lines), ZERO),
        cod_amount=parcel.cod_amount,
        goods_cost=parcel.goods_cost,
        entity=order.entity,
        on=clock.day_of(at),
    )
