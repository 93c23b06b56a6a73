"""The one way in which goods move: level, append-only move and value change together (F05)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core import clock, locks
from core.audit import current_actor
from core.money import ZERO, quantize
from core.origins import Origin
from core.rows import update_rows
from inventory.models import SkuCost, StockMove
from inventory.rules.costing import cost_of
from inventory.services.holding import Held

Kind = StockMove.Kind


@dataclass(frozen=True, slots=True)
class Move:
    """What is to move. What comes in names its cost, or None for the present average."""

    sku_id: int
    warehouse_id: int
    kind: str
    on_hand: int = 0
    unavailable: int = 0
    cost: Decimal | None = None
    origin: Origin | None = None
    message: tuple[str, str] | None = None
    reason: str = ""
    at: datetime | None = None


def post_moves(held: Held, moves: Sequence[Move]) -> list[StockMove]:
    """Write the moves, the levels in memory and the value. The caller writes `held` afterwards.

    What goes out costs its slice of the moving average; foreign goods cost nothing (I38).
    """
    costs = _lock_costs(held, moves)
    rows = []
    for move in moves:
        warehouse = held.change(
            move.sku_id, move.warehouse_id, on_hand=move.on_hand, unavailable=move.unavailable
        ).warehouse
        stock = costs.get((move.sku_id, warehouse.entity_id)) if warehouse.valued else None
        rows.append(
            StockMove(
                sku_id=move.sku_id,
                warehouse_id=move.warehouse_id,
                kind=move.kind,
                on_hand_delta=move.on_hand,
                unavailable_delta=move.unavailable,
                cost=_revalue(stock, move) if stock else ZERO,
                origin_kind=move.origin.kind if move.origin else "",
                origin_id=move.origin.id if move.origin else None,
                message_source=move.message[0] if move.message else "",
                message_id=move.message[1] if move.message else None,
                reason=move.reason,
                actor=current_actor(),
                at=move.at or clock.now(),
            )
        )
    update_rows(costs.values(), ["quantity", "value"])
    return StockMove.objects.bulk_create(rows)


def _revalue(stock: SkuCost, move: Move) -> Decimal:
    """Change the stock value and return by how much, negative for what goes out."""
    if move.on_hand == 0:
        return ZERO
    if move.on_hand < 0:
        cost = -cost_of(quantity=stock.quantity, value=stock.value, units=-move.on_hand)
    elif move.cost is not None:
        cost = quantize(move.cost)
    else:
        cost = quantize(stock.value * move.on_hand / stock.quantity) if stock.quantity else ZERO
    stock.quantity += move.on_hand
    stock.value += cost
    return cost


def _lock_costs(held: Held, moves: Sequence[Move]) -> dict[tuple[int, int], SkuCost]:
    """The value rows of everything that changes hands, made where missing."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for move in moves:
        warehouse = held.level(move.sku_id, move.warehouse_id).warehouse
        if move.on_hand and warehouse.valued:
            wanted[warehouse.entity_id].add(move.sku_id)
    found: dict[tuple[int, int], SkuCost] = {}
    for entity, skus in sorted(wanted.items()):
        rows = SkuCost.objects.filter(entity=entity, sku__in=skus)
        locked = locks.lock(rows)
        if len(locked) < len(skus):
            SkuCost.objects.bulk_create(
                [SkuCost(sku_id=sku, entity_id=entity) for sku in sorted(skus)], ignore_conflicts=True
            )
            locked = locks.lock(rows)
        found |= {(row.sku_id, entity): row for row in locked}
    return found
