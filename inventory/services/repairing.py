"""Figures that have left their facts are put back, with a trace; history is never edited (F05)."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Sum

from core import clock
from core.audit import current_actor
from inventory.models import Reservation, SkuCost, StockLevel, StockMove
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
SELECT coalesce(cost.sku_id, facts.sku_id), coalesce(cost.entity_id, facts.entity_id),
       coalesce(facts.quantity, 0), coalesce(facts.value, 0)
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
SELECT pool.id, pool.sku_id, coalesce(sum(held.quantity), 0)
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
    done: bool


def repair_stock(*, dry_run: bool = True) -> list[Repair]:
    """Put levels, values and pools back to what moves and reservations say.

    Each mended level gets a move of nothing that names both figures. Where the facts themselves are
    impossible (more promised than there is) nothing is changed: the goods must be counted.
    """
    repairs = [_repair_level(sku, place, dry_run) for sku, place in _rows(LEVEL_DRIFT)]
    repairs += [_repair_cost(*row, dry_run=dry_run) for row in _rows(COST_DRIFT)]
    repairs += [_repair_pool(*row, dry_run=dry_run) for row in _rows(POOL_DRIFT)]
    return repairs


def _rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _repair_level(sku_id: int, warehouse_id: int, dry_run: bool) -> Repair:
    with transaction.atomic():
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
        if possible and not dry_run:
            StockMove.objects.create(
                sku_id=sku_id,
                warehouse_id=warehouse_id,
                kind=StockMove.Kind.REPAIR,
                reason=f"{said} -> {facts}",
                actor=current_actor(),
                at=clock.now(),
            )
            held.write()
        transaction.set_rollback(dry_run or not possible)
        return Repair(f"level {sku_id}@{warehouse_id}", said, facts, possible and not dry_run)


def _figures(level: StockLevel) -> str:
    return f"on hand {level.on_hand}, reserved {level.reserved}, not for sale {level.unavailable}"


def _repair_cost(sku_id: int, entity_id: int, quantity: int, value: Decimal, *, dry_run: bool) -> Repair:
    cost = SkuCost.objects.filter(sku=sku_id, entity=entity_id).first()
    said = f"{cost.quantity} = {cost.value}" if cost else "nothing"
    if not dry_run:
        SkuCost.objects.update_or_create(
            sku_id=sku_id, entity_id=entity_id, defaults={"quantity": quantity, "value": value}
        )
    return Repair(f"value {sku_id}/{entity_id}", said, f"{quantity} = {value}", not dry_run)


def _repair_pool(pool_id: int, sku_id: int, taken: int, *, dry_run: bool) -> Repair:
    with transaction.atomic():
        held = hold((), whole=[sku_id])
        pool = next(each for pools in held.pools.values() for each in pools if each.pk == pool_id)
        said = pool.taken
        if not dry_run:
            pool.taken, pool.base = taken, min(pool.base, taken)
            held.pools_changed([(sku_id, pool.group_id)])
            held.write()
        return Repair(f"pool {pool_id}", f"taken {said}", f"taken {taken}", not dry_run)
