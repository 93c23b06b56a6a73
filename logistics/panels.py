"""What warehouse and couriers put on desks and into the search."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from core.admin.lists import warehouses_seen
from core.desk import Finder, Found, Queue, document_link, name_facts, offer_finder, offer_queue
from core.roles import CUSTOMER_SERVICE, FINANCE, WAREHOUSE
from logistics.models import CourierStatement, Delivery, Parcel, Remittance, Waybill

name_facts(
    {
        "DeliveryPlanned": _("Delivery planned"),
        "PickingStarted": _("Picking started"),
        "DeliveryShort": _("Goods were not on the shelf"),
        "ParcelHandedOver": _("Handed over to the courier"),
        "ParcelDelivered": _("Delivered"),
        "ParcelRefused": _("Refused at the door"),
        "ParcelReturned": _("Back with us"),
        "ParcelLost": _("Lost on the way"),
        "RemittanceApplied": _("Collected cash has come"),
    }
)


def _deliveries(status: str, user: Any) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(status=status, intercepted_at=None)
    places = warehouses_seen(user)
    return rows if places is None else rows.filter(warehouse__in=places)


def _parcels(user: Any) -> QuerySet[Parcel]:
    places = warehouses_seen(user)
    return Parcel.objects.all() if places is None else Parcel.objects.filter(delivery__warehouse__in=places)


def _stopped(user: Any) -> QuerySet[Delivery]:
    rows = Delivery.objects.exclude(intercepted_at=None).exclude(
        status__in=[Delivery.Status.HANDED_OVER, Delivery.Status.CANCELLED]
    )
    places = warehouses_seen(user)
    return rows if places is None else rows.filter(warehouse__in=places)


def _overdue_cash(user: Any) -> QuerySet[Parcel]:
    return Parcel.objects.filter(
        state=Parcel.State.DELIVERED,
        cod_state__in=[Parcel.CodState.DUE, Parcel.CodState.SHORT],
        delivered_at__lt=clock.now() - timedelta(days=3),
    )


_house = frozenset({WAREHOUSE})
for code, title, rows, since, hours, icon in [
    ("to-pick", _("to pick"), lambda user: _deliveries("planned", user), "planned_at", 4, "shelves"),
    ("picking", _("being picked"), lambda user: _deliveries("picking", user), "planned_at", 8, "trolley"),
    ("to-pack", _("to pack"), lambda user: _deliveries("picked", user), "picked_at", 2, "package_2"),
    ("stopped", _("stopped: put back"), _stopped, "intercepted_at", 2, "front_hand"),
]:
    offer_queue(Queue(code, title, "logistics.Delivery", _house, rows, since, timedelta(hours=hours), icon))
for code, title, roles, rows, since, hours, icon in [
    (
        "to-hand-over",
        _("to hand over"),
        {WAREHOUSE},
        lambda user: _parcels(user).filter(state="packed", delivery__intercepted_at=None),
        "packed_at",
        8,
        "local_shipping",
    ),
    (
        "no-waybill",
        _("packed and without a waybill"),
        {WAREHOUSE},
        lambda user: _parcels(user).filter(state="packed", waybills__state=Waybill.State.ASKED),
        "packed_at",
        1,
        "qr_code_scanner",
    ),
    (
        "on-way-back",
        _("parcels on their way back"),
        {CUSTOMER_SERVICE, WAREHOUSE},
        lambda user: _parcels(user).filter(state__in=["refused", "returning"]),
        "handed_over_at",
        240,
        "keyboard_return",
    ),
    (
        "exception",
        _("parcels in trouble"),
        {CUSTOMER_SERVICE},
        lambda user: _parcels(user).filter(state="exception"),
        "handed_over_at",
        72,
        "report",
    ),
    ("cash-overdue", _("courier cash overdue"), {FINANCE}, _overdue_cash, "delivered_at", 168, "payments"),
]:
    offer_queue(
        Queue(
            code,
            title,
            "logistics.Parcel",
            frozenset(roles),
            rows,
            since,
            timedelta(hours=hours),
            icon,
        )
    )


for code, title, model, rows, since, hours, icon in [
    (
        "courier-difference",
        _("courier statements with a difference"),
        "logistics.CourierStatement",
        lambda user: CourierStatement.objects.filter(state="open"),
        "received_at",
        24,
        "difference",
    ),
    (
        "courier-to-agree",
        _("courier statements to agree"),
        "logistics.CourierStatement",
        lambda user: CourierStatement.objects.filter(state="matched"),
        "received_at",
        72,
        "request_quote",
    ),
    (
        "remittances",
        _("remittances to apply"),
        "logistics.Remittance",
        lambda user: Remittance.objects.filter(state__in=["open", "ready"]),
        "received_at",
        48,
        "savings",
    ),
]:
    offer_queue(Queue(code, title, model, frozenset({FINANCE}), rows, since, timedelta(hours=hours), icon))


def _find_parcels(user: Any, text: str) -> Iterable[Found]:
    """By waybill, its last digits, or our number."""
    rows = Waybill.objects.exclude(number="")
    match = rows.filter(number__iexact=text) | rows.filter(parcel__number__istartswith=text)
    if text.isdigit():
        match = match | rows.filter(number__endswith=text)
    places = warehouses_seen(user)
    if places is not None:
        match = match.filter(parcel__delivery__warehouse__in=places)
    return [
        Found(
            f"{waybill.number} · {waybill.parcel.number}",
            f"{_('parcel')} · {waybill.parcel.get_state_display()}",
            document_link("parcel", waybill.parcel_id) or "",
        )
        for waybill in match.select_related("parcel").order_by("-pk")[:10]
    ]


def _find_deliveries(user: Any, text: str) -> Iterable[Found]:
    rows = Delivery.objects.filter(number__istartswith=text)
    if text.isdigit():
        rows = Delivery.objects.filter(number__endswith=text)
    places = warehouses_seen(user)
    if places is not None:
        rows = rows.filter(warehouse__in=places)
    return [
        Found(
            delivery.number,
            f"{_('delivery')} · {delivery.get_status_display()}",
            document_link("delivery", delivery.pk) or "",
        )
        for delivery in rows.order_by("-pk")[:10]
    ]


offer_finder(Finder("logistics.view_parcel", "deployed_code", _find_parcels))
offer_finder(Finder("logistics.view_delivery", "forklift", _find_deliveries))
