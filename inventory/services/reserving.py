"""Promise goods to an order: the one place where a promise becomes a reservation (F01, F02, F109)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from core import clock, faults, locks
from inventory.errors import Shortage, SoldOut
from inventory.models import AllocationDecision, BackOrder, Channel, Reservation, StockLevel
from inventory.queries.market import Market, read_market
from inventory.rules.sourcing import Plan, Take, choose
from inventory.services.fences import refresh_pools
from inventory.services.holding import Held, hold

ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Demand:
    """An order line asks for units of a SKU, in base units."""

    line_id: int
    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What is the same for all lines of one call."""

    demands: Sequence[Demand]
    expires_at: datetime | None
    region: str
    promised_on: date | None
    partial: bool
    split: bool

    def per_sku(self) -> dict[int, int]:
        """Lines of one SKU are one demand (F02)."""
        total: dict[int, int] = defaultdict(int)
        for demand in self.demands:
            total[demand.sku_id] += demand.quantity
        return dict(total)


class _LostRace(Exception):
    """Somebody took the goods between the plan and the locks: plan anew."""


@locks.retried()
def reserve(
    *,
    demands: Sequence[Demand],
    channel: Channel,
    expires_at: datetime | None,
    region: str | None = None,
    partial: bool = False,
    split: bool = True,
    promised_on: date | None = None,
) -> list[Reservation]:
    """Reserve all demands or nothing; with `partial` what there is, the rest waits as back-orders.

    `expires_at` is the deadline of a soft reservation, None for a firm one. Without `split` one
    warehouse must serve all. Services (SKUs whose stock is not tracked) need no reservation.
    Raises SoldOut, with nothing changed, naming every SKU that falls short.
    """
    if any(demand.quantity <= 0 for demand in demands):
        raise ValueError("a demand asks for at least one unit")
    wish = Wish(demands, expires_at, region or "", promised_on, partial, split)
    with locks.joined():
        for attempt in range(1, ATTEMPTS + 1):
            market = _look(wish, channel)
            plan = _plan(wish, market)
            if plan.missing and not partial:
                raise _sold_out(wish, market, plan)
            faults.race_window("F01")
            try:
                with transaction.atomic():
                    if market.rules or market.pools or plan.missing or attempt == ATTEMPTS:
                        everywhere = bool(plan.missing) or attempt == ATTEMPTS
                        return _take_under_locks(wish, market, plan, everywhere=everywhere)
                    return _take_at_once(wish, market, plan)
            except _LostRace:
                continue
    raise AssertionError("the last attempt holds every row it plans with")


def _look(wish: Wish, channel: Channel) -> Market:
    """What is to be had. A rule that has come into force since the last refresh gets its pool first."""
    market = read_market(wish.per_sku(), channel=channel, region=wish.region)
    lacking = {
        place[0]
        for place, rules in market.rules.items()
        if (rules.fences.keys() | rules.caps.keys()) - {pool.channel for pool in market.pools.get(place, ())}
    }
    if lacking:
        refresh_pools(sku_ids=lacking)
        market = read_market(wish.per_sku(), channel=channel, region=wish.region)
    return market


def _plan(wish: Wish, market: Market) -> Plan:
    demand = {sku: units for sku, units in wish.per_sku().items() if sku not in market.untracked}
    return choose(demand, market.places(), market.limits(), region=wish.region, split=wish.split)


def _take_at_once(wish: Wish, market: Market, plan: Plan) -> list[Reservation]:
    """No rule to judge: rows first, then one conditional UPDATE, and nothing after it (R1, R3)."""
    reservations = _write_reservations(wish, market, plan, None)
    if not _count_reserved(plan.takes):
        raise _LostRace
    return reservations


def _count_reserved(takes: Sequence[Take]) -> bool:
    """Lock in key order and count up where enough is free. False: somebody was faster."""
    if not takes:
        return True
    if not faults.guarded("F03"):
        return _count_in_any_order(takes)
    free_enough = "level.on_hand - level.reserved - level.unavailable >= wanted.units"
    condition = free_enough if faults.guarded("F01") else "TRUE"
    values = ", ".join(["(%s::bigint, %s::bigint, %s::integer)"] * len(takes))
    parameters = [part for take in takes for part in (take.sku, take.warehouse, take.units)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH wanted (sku_id, warehouse_id, units) AS (VALUES {values}),
                 held AS MATERIALIZED (
                   SELECT level.id, wanted.units
                     FROM inventory_stocklevel level JOIN wanted USING (sku_id, warehouse_id)
                    ORDER BY level.id FOR UPDATE OF level)
            UPDATE inventory_stocklevel level SET reserved = level.reserved + wanted.units
              FROM held wanted
             WHERE level.id = wanted.id AND {condition}
            """,  # noqa: S608 - only placeholders are put in
            parameters,
        )
        return cursor.rowcount == len(takes)


def _count_in_any_order(takes: Iterable[Take]) -> bool:
    """What F03 forbids: rows in the order of the basket. Only the negative control comes here."""
    for take in takes:
        level = StockLevel.objects.select_for_update().get(sku=take.sku, warehouse=take.warehouse)
        faults.race_window("F03")
        if level.free < take.units:
            return False
        level.reserved += take.units
        level.save(update_fields=["reserved"])
    return True


def _take_under_locks(wish: Wish, market: Market, plan: Plan, *, everywhere: bool) -> list[Reservation]:
    """Lock fences and levels, judge the promise on the locked rows, then take."""
    faults.race_window("F109")
    skus = [sku for sku in wish.per_sku() if sku not in market.untracked] if everywhere else []
    held = hold([(take.sku, take.warehouse) for take in plan.takes], whole=skus)
    if faults.guarded("F109"):
        market.renew(held.levels.values(), [pool for pools in held.pools.values() for pool in pools])
    if everywhere:
        plan = _plan(wish, market)
        if plan.missing and not wish.partial:
            raise _sold_out(wish, market, plan)
    elif not _holds(plan, market):
        raise _LostRace
    for take in plan.takes:
        if held.level(take.sku, take.warehouse).free < take.units:
            raise _LostRace
        held.change(take.sku, take.warehouse, reserved=take.units)
        if pool := held.pool(take.sku, take.warehouse, market.channel.pk):
            pool.taken += take.units
    reservations = _write_reservations(wish, market, plan, held)
    held.write()
    return reservations


def _holds(plan: Plan, market: Market) -> bool:
    """Whether the plan is still within the levels and the promise."""
    rows = {(row.sku, row.warehouse): row for row in market.rows}
    left = market.limits()
    for take in plan.takes:
        row = rows[take.sku, take.warehouse]
        left[row.group, take.sku] -= take.units
        if row.free < take.units or left[row.group, take.sku] < 0:
            return False
    return True


def _sold_out(wish: Wish, market: Market, plan: Plan) -> SoldOut:
    """All SKUs that fall short, each with what it could have been."""
    limits = market.limits()
    shortages = []
    for sku, missing in plan.missing.items():
        asked = wish.per_sku()[sku]
        could = sum(units for (_, which), units in limits.items() if which == sku)
        # Without a split the whole may exist, but not in one place.
        promise = min(could, asked - missing) if not wish.split else could
        shortages.append(Shortage(sku, market.codes.get(sku, str(sku)), asked, promise))
    return SoldOut(shortages)


def _write_reservations(wish: Wish, market: Market, plan: Plan, held: Held | None) -> list[Reservation]:
    """One decision per line and SKU, its reservations, and back-orders for what is missing."""
    left = {(take.sku, take.warehouse): take.units for take in plan.takes}
    given: list[tuple[Demand, dict[int, int]]] = []
    for demand in wish.demands:
        if demand.sku_id in market.untracked:
            continue
        parts: dict[int, int] = {}
        remaining = demand.quantity
        for (sku, warehouse), units in left.items():
            if sku == demand.sku_id and (part := min(units, remaining)):
                parts[warehouse] = part
                left[sku, warehouse] -= part
                remaining -= part
        given.append((demand, parts))
    now = clock.now()
    decisions = AllocationDecision.objects.bulk_create(
        AllocationDecision(
            line_id=demand.line_id,
            sku_id=demand.sku_id,
            channel=market.channel,
            asked=demand.quantity,
            given=sum(parts.values()),
            explanation=_explain(market, plan, demand, parts),
            at=now,
        )
        for demand, parts in given
    )
    reservations = [
        Reservation(
            line_id=demand.line_id,
            sku_id=demand.sku_id,
            warehouse_id=warehouse,
            channel=market.channel,
            pool=held.pool(demand.sku_id, warehouse, market.channel.pk) if held else None,
            quantity=units,
            expires_at=wish.expires_at,
            promised_on=wish.promised_on,
            created_at=now,
            decision=decision,
        )
        for (demand, parts), decision in zip(given, decisions, strict=True)
        for warehouse, units in parts.items()
    ]
    waiting = [
        BackOrder(
            line_id=demand.line_id,
            sku_id=demand.sku_id,
            channel=market.channel,
            quantity=demand.quantity - sum(parts.values()),
            region=wish.region,
            promised_on=wish.promised_on,
            created_at=now,
        )
        for demand, parts in given
        if demand.quantity > sum(parts.values())
    ]
    if waiting:
        BackOrder.objects.bulk_create(waiting)
    return Reservation.objects.bulk_create(reservations)


def _explain(market: Market, plan: Plan, demand: Demand, parts: Mapping[int, int]) -> dict[str, Any]:
    """What staff read when they ask why: rank, rule, rivals and figures."""
    codes = {row.warehouse: row.code for row in market.rows}
    return {
        "rule": plan.rule,
        "priority": market.channel.priority,
        "places": [{"warehouse": codes[place], "units": units} for place, units in parts.items()],
        "rejected": [{"warehouse": each.code, "reason": each.reason} for each in plan.rejected],
        "figures": market.explain(demand.sku_id),
    }
