"""Waiting order lines are served from goods that come free: by channel priority, promised date, age."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import F

from core import clock, locks
from core.events import announce
from core.origins import Origin
from core.states import record
from inventory.events import BackOrderServed
from inventory.models import AllocationDecision, BackOrder, Reservation, StockLevel
from inventory.services.holding import At, Held, hold

State = BackOrder.State


def serve_waiting(held: Held, places: Iterable[At]) -> list[Reservation]:
    """Reserve from these locked places for whoever waits first. The caller writes `held` afterwards.

    Each is judged by the promise of its channel, so a fence is not served away. A line that gets
    only a part goes on waiting for the rest. Announces BackOrderServed.
    """
    places = sorted(places)
    skus = {sku for sku, _ in places}
    waiting = _in_rank(skus)
    # What has just come free fills the fences first.
    held.fund_fences({(sku, held.level(sku, place).warehouse.group_id) for sku, place in places})
    served = []
    for at in places:
        queue = [row for row in waiting if row.sku_id == at[0] and row.quantity]
        for position, row in enumerate(queue):
            if reservation := _serve(held, at, row, queue, position):
                served.append(reservation)
    return served


def _in_rank(sku_ids: Collection[int]) -> list[BackOrder]:
    ranked = (
        BackOrder.objects.filter(state=State.OPEN, sku__in=sku_ids)
        .select_related("channel", "line")
        .select_for_update(of=("self",))
    )
    return list(
        ranked.order_by(
            "channel__priority", "channel_id", F("promised_on").asc(nulls_last=True), "created_at", "id"
        )
    )


def _serve(held: Held, at: At, row: BackOrder, queue: list[BackOrder], position: int) -> Reservation | None:
    sku, warehouse = at
    level = held.level(sku, warehouse)
    figures = held.figures(sku, level.warehouse.group_id, rank=row.channel.rank, channel_id=row.channel_id)
    units = max(0, min(row.quantity, level.free, figures.units))
    if not units or not level.warehouse.active:
        return None
    now = clock.now()
    pool = held.pool(sku, warehouse, row.channel_id)
    decision = AllocationDecision.objects.create(
        line_id=row.line_id,
        sku_id=sku,
        channel_id=row.channel_id,
        asked=row.quantity,
        given=units,
        explanation=_explain(queue, position, level, figures.units),
        at=now,
    )
    held.change(sku, warehouse, reserved=units)
    if pool:
        pool.taken += units
    row.quantity -= units
    row.served += units
    if not row.quantity:
        row.state = State.SERVED
        record(row, old=State.OPEN, new=State.SERVED)
    row.save(update_fields=["quantity", "served", "state"])
    announce(
        BackOrderServed(row.pk, row.line.order_id, row.line_id, sku, units, row.quantity),
        about=Origin("back_order", row.pk),
    )
    return Reservation.objects.create(
        line_id=row.line_id,
        sku_id=sku,
        warehouse_id=warehouse,
        channel_id=row.channel_id,
        pool=pool,
        quantity=units,
        promised_on=row.promised_on,
        created_at=now,
        decision=decision,
    )


def _explain(queue: list[BackOrder], position: int, level: StockLevel, promise: int) -> dict[str, Any]:
    """Rank among those who wait, and who stands before and behind."""

    def seen(row: BackOrder) -> dict[str, Any]:
        return {
            "line": row.line_id,
            "priority": row.channel.priority,
            "promised_on": row.promised_on and row.promised_on.isoformat(),
            "since": row.created_at.isoformat(),
        }

    return {
        "rule": "waiting_by_rank",
        "rank": position + 1,
        "waiting": len(queue),
        "priority": queue[position].channel.priority,
        "places": [{"warehouse": level.warehouse.code, "units": min(promise, queue[position].quantity)}],
        "figures": [{"group": level.warehouse.group_id, "free": level.free, "units": promise}],
        "rivals": [
            seen(row) for row in (*queue[max(0, position - 5) : position], *queue[position + 1 :][:5])
        ],
    }


@locks.retried()
def serve_back_orders(*, sku_ids: Collection[int] | None = None) -> int:
    """Serve whoever waits while goods are free, as beat does for the rare miss; returns units given."""
    waiting = BackOrder.objects.filter(state=State.OPEN)
    if sku_ids is not None:
        waiting = waiting.filter(sku__in=sku_ids)
    units = 0
    for sku in waiting.order_by("sku_id").values_list("sku_id", flat=True).distinct():
        with transaction.atomic():
            held = hold((), whole=[sku])
            units += sum(each.quantity for each in serve_waiting(held, list(held.levels)))
            held.write()
    return units
