"""Figures that have left their facts are put back, with a trace; history is never edited (F05)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import clock, faults, locks, notes, origins
from core.errors import InvalidInput
from core.money import ZERO
from inventory.models import Reservation, Sku, SkuCost, StockLevel, StockMove, Warehouse
from inventory.services.holding import hold

LEVEL_DRIFT = """
SELECT coalesce(level.sku_id, facts.sku_id), coalesce(level.warehouse_id, facts.warehouse_id)
  FROM inventory_stocklevel level
  FULL JOIN (
       SELECT sku_id, warehouse_id, sum(on_hand) on_hand, sum(unavailable) unavailable, sum(reserved) reserved
         FROM (SELECT sku_id, warehouse_id, on_hand_delta on_hand, unavailable_delta unavailable, 0 reserved
                 FROM inventory_stockmove
               UNION ALL
               SELECT sku_id, warehouse_id, 0, 0, quantity FROM inventory_reservation WHERE state = 'open'
              ) each
        GROUP BY sku_id, warehouse_id
       ) facts USING (sku_id, warehouse_id)
 WHERE (coalesce(level.on_hand, 0), coalesce(level.unavailable, 0), coalesce(level.reserved, 0))
       IS DISTINCT FROM
       (coalesce(facts.on_hand, 0), coalesce(facts.unavailable, 0), coalesce(facts.reserved, 0))
 ORDER BY 1, 2
"""
COST_DRIFT = """
SELECT coalesce(cost.sku_id, facts.sku_id), coalesce(cost.entity_id, facts.entity_id)
  FROM inventory_skucost cost
  FULL JOIN (
       SELECT move.sku_id, place.entity_id, sum(move.on_hand_delta) quantity, sum(move.cost) AS value
         FROM inventory_stockmove move JOIN inventory_warehouse place ON place.id = move.warehouse_id
        WHERE place.kind <> 'dropship'
        GROUP BY move.sku_id, place.entity_id
       ) facts USING (sku_id, entity_id)
 WHERE (coalesce(cost.quantity, 0), coalesce(cost.value, 0))
       IS DISTINCT FROM (coalesce(facts.quantity, 0), coalesce(facts.value, 0))
 ORDER BY 1, 2
"""
POOL_DRIFT = """
SELECT pool.id
  FROM inventory_channelpool pool
  LEFT JOIN inventory_reservation held ON held.pool_id = pool.id AND held.state <> 'released'
 GROUP BY pool.id HAVING pool.taken <> coalesce(sum(held.quantity), 0)
 ORDER BY pool.id
"""


@dataclass(frozen=True, slots=True)
class Repair:
    """One figure that differs from its facts. `done` is False in a dry run, or if a person must count."""

    what: str
    said: str
    facts: str
    possible: bool
    done: bool = False


@dataclass(frozen=True, slots=True)
class _Mend:
    """Who mends, and why; nobody in a dry run."""

    by: Any = None
    reason: str = ""

    @property
    def dry(self) -> bool:
        return self.by is None


def repair_stock(*, by: Any = None, reason: str = "") -> list[Repair]:
    """Name the levels, values and pools that differ from moves and reservations; with `by`, mend them.

    Each figure is reckoned anew under its locks. What was mended leaves a note on its SKU that names both
    figures and the reason; a level has a move of nothing besides. Where the facts themselves are impossible
    (more promised than there is) nothing is changed: the goods must be counted. Raises InvalidInput without
    a reason.
    """
    reason = reason.strip()
    if by is not None and not reason:
        raise InvalidInput(_("Say why the figures are mended."))
    mend = _Mend(by, reason)
    found = [_repair_level(*row, mend=mend) for row in _rows(LEVEL_DRIFT)]
    found += [_repair_cost(*row, mend=mend) for row in _rows(COST_DRIFT)]
    found += [_repair_pool(*row, mend=mend) for row in _rows(POOL_DRIFT)]
    return [repair for repair in found if repair is not None]


def _rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@transaction.atomic
def _repair_level(sku_id: int, warehouse_id: int, *, mend: _Mend) -> Repair | None:
    held = hold([(sku_id, warehouse_id)])
    level = held.level(sku_id, warehouse_id)
    said = _figures(level)
    sums = StockMove.objects.filter(sku=sku_id, warehouse=warehouse_id).aggregate(
        on_hand=Sum("on_hand_delta", default=0), unavailable=Sum("unavailable_delta", default=0)
    )
    promised = Reservation.objects.filter(
        sku=sku_id, warehouse=warehouse_id, state=Reservation.State.OPEN
    ).aggregate(sum=Sum("quantity", default=0))["sum"]
    held.change(
        sku_id,
        warehouse_id,
        on_hand=sums["on_hand"] - level.on_hand,
        unavailable=sums["unavailable"] - level.unavailable,
        reserved=promised - level.reserved,
    )
    facts = _figures(level)
    possible = level.free >= 0 and level.unavailable >= 0
    what = f"level {level.sku.code}@{level.warehouse.code}"

    def write() -> None:
        StockMove.objects.create(
            sku_id=sku_id,
            warehouse_id=warehouse_id,
            kind=StockMove.Kind.REPAIR,
            reason=f"{said} -> {facts}",
            actor=mend.by,
            at=clock.now(),
        )
        held.write()

    return _mended(Repair(what, said, facts, possible), level.sku, mend, write)


def _figures(level: StockLevel) -> str:
    return f"on hand {level.on_hand}, reserved {level.reserved}, not for sale {level.unavailable}"


@transaction.atomic
def _repair_cost(sku_id: int, entity_id: int, *, mend: _Mend) -> Repair | None:
    SkuCost.objects.get_or_create(sku_id=sku_id, entity_id=entity_id)
    # Whoever moves goods locks this row first: what its moves sum to holds as long as we have it.
    rows = SkuCost.objects.filter(sku=sku_id, entity=entity_id).select_related("sku", "entity")
    (cost,) = locks.lock(rows) if faults.guarded("F05") else rows
    said = f"{cost.quantity} = {cost.value}"
    moves = StockMove.objects.filter(sku=sku_id, warehouse__entity=entity_id)
    sums = moves.exclude(warehouse__kind=Warehouse.Kind.DROPSHIP).aggregate(
        quantity=Sum("on_hand_delta", default=0), value=Sum("cost", default=ZERO)
    )
    quantity, value = sums["quantity"], sums["value"]
    faults.race_window("F05")
    possible = (quantity > 0 and value >= 0) or (quantity, value) == (0, 0)

    def write() -> None:
        cost.quantity, cost.value = quantity, value
        cost.save(update_fields=["quantity", "value"])

    what = f"value {cost.sku.code}/{cost.entity.code}"
    return _mended(Repair(what, said, f"{quantity} = {value}", possible), cost.sku, mend, write)


@transaction.atomic
def _repair_pool(pool_id: int, *, mend: _Mend) -> Repair | None:
    sku = Sku.objects.get(pools=pool_id)
    held = hold((), whole=[sku.pk])
    pool = next(each for pools in held.pools.values() for each in pools if each.pk == pool_id)
    said = pool.taken
    counted = Reservation.objects.filter(pool=pool_id).exclude(state=Reservation.State.RELEASED)
    taken = counted.aggregate(sum=Sum("quantity", default=0))["sum"]

    def write() -> None:
        pool.taken, pool.base = taken, min(pool.base, taken)
        held.pools_changed([(sku.pk, pool.group_id)])
        held.write()

    what = f"pool {sku.code}/{pool.group.code}/{pool.channel.code}"
    return _mended(Repair(what, f"taken {said}", f"taken {taken}", possible=True), sku, mend, write)


def _mended(found: Repair, sku: Sku, mend: _Mend, write: Callable[[], None]) -> Repair | None:
    """The repair, written unless it is only asked for or impossible; None if another one has been quicker."""
    if found.said == found.facts:
        return None
    if mend.dry or not found.possible:
        transaction.set_rollback(True)
        return found
    write()
    text = f"{found.what}: {found.said} -> {found.facts}. {mend.reason}"
    notes.write_note(about=origins.of(sku), text=text, by=mend.by)
    return replace(found, done=True)
