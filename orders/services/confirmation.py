"""Confirmation: the goods are the customer's, the warehouse gets its dispatch instructions."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from core.events import announce
from core.locks import lock_one
from core.money import ZERO, slice_of
from core.origins import Origin
from core.states import move
from inventory.queries import reserved_units
from inventory.services import Demand, confirm_reservations, reserve
from logistics.queries import Share, planned_shares, units_unsent
from logistics.services import PlannedLine, plan_deliveries
from orders.events import OrderConfirmed
from orders.order.models import Line, Order
from orders.rules.services import carried_services
from orders.services.performing import settle_services

NOTHING = Share(0, ZERO, ZERO, ZERO)
ON_THEIR_WAY = (Order.Status.CONFIRMED, Order.Status.IN_FULFILMENT)


def confirm_order(*, order: Order) -> None:
    """Confirm an order in review and plan one delivery per warehouse from its reservations.

    Without goods its services have nothing to wait for but staff. The caller holds the order's lock and
    has seen that no hold is open.
    """
    move(order, Order.Status.CONFIRMED, transitions=Order.TRANSITIONS, also={"expires_at": None})
    confirm_reservations(order_id=order.pk)
    lines = _plan(order)
    announce(OrderConfirmed(order.pk), about=Origin("order", order.pk))
    if all(line.service for line in lines):
        settle_services(order=order, kept=True)


def plan_rest(*, order_id: int) -> None:
    """Dispatch what is reserved for a confirmed order and on no instruction yet. Safe to call again."""
    with transaction.atomic():
        order = lock_one(Order, pk=order_id)
        if order.status in ON_THEIR_WAY:
            _plan(order)


def replace_missing(*, order_id: int, line_id: int, sku_id: int, missing: int) -> None:
    """Units were not on the shelf: hold them elsewhere and dispatch them, or let the line wait for them."""
    with transaction.atomic():
        order = lock_one(Order, pk=order_id)
        if order.status not in ON_THEIR_WAY or order.channel is None:
            return
        reserve(
            demands=[Demand(line_id=line_id, sku_id=sku_id, quantity=missing)],
            channel=order.channel,
            expires_at=None,
            region=order.shipping_address.state,
            partial=True,
        )
        _plan(order)


def _plan(order: Order) -> list[Line]:
    """Dispatch what can be; returns all lines of the order."""
    lines = list(order.lines.all())
    planned = plan_lines(order, lines)
    if planned:
        plan_deliveries(
            order_id=order.pk, lines=planned, cod=order.term == Order.Term.COD, currency=order.currency
        )
    return lines


def plan_lines(order: Order, ordered: Sequence[Line]) -> list[PlannedLine]:
    """What is reserved and on no instruction yet, with the money that each part carries.

    A part carries what its units bring the planned total up to, less what earlier parts carry, so
    however a line is split the parts sum to the line (F40).
    """
    lines = {line.pk: line for line in ordered}
    carried = _carried(order, ordered)
    planned = dict(planned_shares(order_id=order.pk))
    # Of what was never planned nothing is on an instruction.
    on_instruction = units_unsent(order_id=order.pk) if planned else {}
    parts = []
    for reservation in reserved_units(order_id=order.pk):
        line, before = lines[reservation.line_id], planned.get(reservation.line_id, NOTHING)
        place = line.pk, reservation.warehouse_id
        taken = on_instruction.get(place, 0)
        units = max(0, reservation.quantity - taken)
        on_instruction[place] = max(0, taken - reservation.quantity)
        if not units:
            continue
        upto = before.units + units
        gross = slice_of(line.gross, line.quantity, 0, upto) - before.gross
        tax = slice_of(line.tax_amount, line.quantity, 0, upto) - before.tax
        services = slice_of(carried.get(line.pk, ZERO), line.quantity, 0, upto) - before.services
        planned[line.pk] = Share(
            upto, before.gross + gross, before.tax + tax, ZERO, before.services + services
        )
        parts.append(
            PlannedLine(
                line_id=line.pk,
                sku_id=reservation.sku_id,
                warehouse_id=reservation.warehouse_id,
                quantity=units,
                gross=gross,
                tax=tax,
                cod_share=gross + services if order.term == Order.Term.COD else ZERO,
                service_share=services,
            )
        )
    return parts


def _carried(order: Order, lines: Sequence[Line]) -> dict[int, Decimal]:
    """Per line of goods what the courier collects with it for the order's services; nothing if prepaid."""
    if order.term != Order.Term.COD:
        return {}
    goods = [line for line in lines if not line.service]
    services = sum((line.gross for line in lines if line.service), ZERO)
    shares = carried_services(services=services, goods=[line.gross for line in goods])
    return {line.pk: part for line, part in zip(goods, shares, strict=True)}
