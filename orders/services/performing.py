"""Services of an order: nobody ships them, so a report says when one was performed (ADR 7).

Each ends once, under the order's lock: performed, which is a sale like the delivery of goods, or cancelled,
which gives back what came for it.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import clock, faults, rights
from core.events import announce
from core.locks import lock_one, retried
from core.money import ZERO, tax_in
from core.origins import Origin
from finance.queries import order_money
from finance.services import bookings, refund_order
from logistics.queries import last_delivery
from orders.errors import ServiceNotOpen
from orders.events import ServiceCancelled, ServicePerformed
from orders.models import ServiceReport
from orders.order.models import Line, Order
from orders.queries import open_services, whereabouts
from orders.rules.services import worth_of_services

PERFORMED, CANCELLED = ServiceReport.Outcome.PERFORMED, ServiceReport.Outcome.CANCELLED


def settle_services(*, order: Order, kept: bool) -> list[ServiceReport]:
    """End what waits for the goods: performed with them, or all cancelled when the customer kept nothing.

    The caller holds the order's lock and has seen that none of its goods is on its way any more. Services
    that are performed by hand stay open while something was kept. Safe to call again.
    """
    lines = list(open_services().filter(order=order))
    if kept:
        arrived = last_delivery(order_id=order.pk)
        on = clock.day_of(arrived.delivered_at) if arrived else clock.today()
        due = [line for line in lines if line.service == Line.Service.WITH_GOODS]
        return _end(order, due, PERFORMED, on=on)
    return _end(order, lines, CANCELLED, on=clock.today())


@retried()
def perform_service(*, order_id: int, line_id: int, on: date, note: str = "", by: Any) -> ServiceReport:
    """Staff report a service as done on a day; reporting it twice is no error.

    Raises NotAllowed, and ServiceNotOpen for a service that is cancelled or goes with the goods, before
    the goods are settled, and for a day that cannot be.
    """
    with transaction.atomic():
        order, line, ended = _lock(order_id, line_id, by, "orders.perform_service")
        if ended is not None and ended.outcome == PERFORMED:
            return ended
        _refuse_early(order, line, ended)
        if not clock.day_of(order.date_placed) <= on <= clock.today():
            raise ServiceNotOpen(_("It was done between the day of the order and today. Correct the day."))
        return _end(order, [line], PERFORMED, on=on, note=note, by=by)[0]


@retried()
def cancel_service(*, order_id: int, line_id: int, note: str, by: Any) -> ServiceReport:
    """A service will not be done: what came for it goes back. Cancelling twice is no error.

    Raises NotAllowed, and ServiceNotOpen for one that is performed, before the goods are settled, without
    a reason, and for all that an order consists of.
    """
    with transaction.atomic():
        order, line, ended = _lock(order_id, line_id, by, "orders.cancel_order")
        if ended is not None and ended.outcome == CANCELLED:
            return ended
        _refuse_early(order, line, ended)
        if not note.strip():
            raise ServiceNotOpen(_("Say in a few words why it will not be done."))
        units = whereabouts(order=order)
        if units.ordered + units.services == 1 and not units.left_house:
            raise ServiceNotOpen(_("The order is nothing but this service: cancel the order."))
        return _end(order, [line], CANCELLED, on=clock.today(), note=note, by=by)[0]


def _lock(order_id: int, line_id: int, by: Any, right: str) -> tuple[Order, Line, ServiceReport | None]:
    rights.require(by, right)
    order = lock_one(Order, pk=order_id)
    line = order.lines.exclude(service="").filter(pk=line_id).first()
    if line is None:
        raise ServiceNotOpen(_("This is no service of this order. Reload the page."))
    ended = ServiceReport.objects.filter(line=line).first() if faults.guarded("services-once") else None
    return order, line, ended


def _refuse_early(order: Order, line: Line, ended: ServiceReport | None) -> None:
    if line.service != Line.Service.BY_HAND:
        raise ServiceNotOpen(_("“%(title)s” goes with the goods by itself.") % {"title": line.title})
    if ended is not None or order.status not in (Order.Status.CONFIRMED, Order.Status.IN_FULFILMENT):
        raise ServiceNotOpen(_("This service is not open any more. Reload the page."))
    if not whereabouts(order=order).goods_settled:
        raise ServiceNotOpen(_("Its goods have not all arrived yet. Report it when they have."))


def _end(
    order: Order, lines: Iterable[Line], outcome: str, *, on: date, note: str = "", by: Any = None
) -> list[ServiceReport]:
    worths = _worths(order)
    return [_report(order, line, outcome, worths.get(line.pk, ZERO), on, note, by) for line in lines]


def _worths(order: Order) -> dict[int, Decimal]:
    """What each open service is worth: its price; of what a courier collects, no more than came.

    An order of services alone that nobody has paid is owed by its customer.
    """
    lines = list(open_services().filter(order=order))
    by_courier = order.term == Order.Term.COD and order.lines.filter(service="").exists()
    held = order_money(order.pk).advance if by_courier else None
    worths = worth_of_services(grosses=[line.gross for line in lines], held=held)
    return {line.pk: worth for line, worth in zip(lines, worths, strict=True)}


def _report(
    order: Order, line: Line, outcome: str, worth: Decimal, on: date, note: str, by: Any
) -> ServiceReport:
    advance = max(order_money(order.pk).advance, ZERO)
    sold = worth if outcome == PERFORMED else ZERO
    report = ServiceReport.objects.create(
        line=line,
        outcome=outcome,
        gross=sold,
        tax=tax_in(sold, line.tax_rate),
        refunded=ZERO if outcome == PERFORMED else min(worth, advance),
        currency=order.currency,
        on=on,
        note=note.strip()[:500],
        by=by,
        at=clock.now(),
    )
    origin, about = Origin("service_report", report.pk), Origin("order", order.pk)
    if outcome == PERFORMED:
        bookings.book_service(
            order=order.pk,
            gross=sold,
            tax=report.tax,
            on_account=ZERO if order.term == Order.Term.PREPAID else max(ZERO, sold - advance),
            customer_id=order.customer_id,
            origin=origin,
            entity=order.entity,
            on=on,
        )
        announce(ServicePerformed(order.pk, line.pk), about=about)
        return report
    Line.objects.filter(pk=line.pk).update(cancelled_quantity=F("quantity"))
    if report.refunded:
        refund_order(
            order_id=order.pk, amount=report.refunded, origin=origin, reason=note or "service_cancelled"
        )
    announce(ServiceCancelled(order.pk, line.pk), about=about)
    return report
