"""Stock under lock: fences, then levels, in primary-key order, changed together and written once.

Every service that touches stock goes through `hold`, except the plain reservation of SKUs without
rules, which is one conditional UPDATE (R3).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from core import locks
from core.rows import update_rows
from inventory.models import ChannelPool, StockLevel
from inventory.queries.policies import Place, Rules, has_pools, rules_in_force
from inventory.rules.promise import Fence, Figures, Shelf, fund, promised

At = tuple[int, int]  # (sku, warehouse)


@dataclass(slots=True)
class Held:
    """Locked rows, fresh at the moment of locking. Nothing is stored before `write`."""

    levels: dict[At, StockLevel]
    pools: dict[Place, list[ChannelPool]]
    rules: dict[Place, Rules]
    _touched: set[At] = field(default_factory=set)
    _regrouped: set[Place] = field(default_factory=set)

    def level(self, sku_id: int, warehouse_id: int) -> StockLevel:
        return self.levels[sku_id, warehouse_id]

    def pool(self, sku_id: int, warehouse_id: int, channel_id: int) -> ChannelPool | None:
        """The channel's pool for the SKU in the group of this warehouse, if it has one."""
        group = self.level(sku_id, warehouse_id).warehouse.group_id
        return next(
            (pool for pool in self.pools.get((sku_id, group), ()) if pool.channel_id == channel_id), None
        )

    def change(
        self, sku_id: int, warehouse_id: int, *, on_hand: int = 0, reserved: int = 0, unavailable: int = 0
    ) -> StockLevel:
        """Add to the columns of one level. A share-based fence grows with what arrives."""
        level = self.level(sku_id, warehouse_id)
        level.on_hand += on_hand
        level.reserved += reserved
        level.unavailable += unavailable
        self._touched.add((sku_id, warehouse_id))
        if on_hand > 0:
            for pool in self.pools.get((sku_id, level.warehouse.group_id), ()):
                if pool.share is not None:
                    pool.offered += on_hand
                    pool.wish = int(pool.offered * pool.share)
        return level

    def free(self, sku_id: int, group_id: int) -> int:
        """Free units in the group; whole only for SKUs with rules, fences or locked as a whole."""
        return sum(
            level.free
            for level in self.levels.values()
            if level.sku_id == sku_id and level.warehouse.group_id == group_id and level.warehouse.active
        )

    def figures(self, sku_id: int, group_id: int, *, rank: tuple[int, int], channel_id: int) -> Figures:
        """The promise rule on the locked rows."""
        rules = self.rules.get((sku_id, group_id)) or Rules()
        pools = self.pools.get((sku_id, group_id), [])
        mine = next((pool for pool in pools if pool.channel_id == channel_id), None)
        shelf = Shelf(
            free=self.free(sku_id, group_id),
            fences=tuple(Fence(pool.channel.rank, pool.left) for pool in pools),
            safety=rules.safety,
            last_units=rules.last_units,
        )
        return promised(shelf, rank=rank, cap_left=mine.cap_left if mine else None)

    def write(self) -> None:
        """Store the changed levels, and fund the fences anew from what is free now."""
        if self._touched:
            touched = [self.levels[at] for at in sorted(self._touched)]
            update_rows(touched, ["on_hand", "reserved", "unavailable"])
        self._regrouped |= {(sku, self.level(sku, place).warehouse.group_id) for sku, place in self._touched}
        funded = self.fund_fences(self._regrouped)
        update_rows(funded, ["fenced", "taken", "base", "wish", "share", "offered", "cap"])
        self._touched.clear()
        self._regrouped.clear()

    def fund_fences(self, places: Iterable[Place]) -> list[ChannelPool]:
        """Give each fence, first in rank first, what it asks for and is there (I53); nothing is stored."""
        funded = []
        for sku, group in sorted(self.pools.keys() & set(places)):
            pools = sorted(self.pools[sku, group], key=lambda pool: pool.channel.rank)
            wishes = [max(0, pool.base + pool.wish - pool.taken) for pool in pools]
            for pool, left in zip(pools, fund(self.free(sku, group), wishes), strict=True):
                pool.fenced = pool.taken + left
                funded.append(pool)
        return funded

    def pools_changed(self, places: Iterable[Place]) -> None:
        """Let `write` fund and store these fences although no level has changed."""
        self._regrouped |= set(places)


def hold(places: Iterable[At], *, whole: Collection[int] = ()) -> Held:
    """Lock what is needed to change these (SKU, warehouse) pairs; missing levels are made.

    SKUs in `whole`, and those with rules or fences, are locked in every warehouse, because their
    promise is reckoned over all of them. Needs an open transaction.
    """
    asked = set(places)
    skus = {sku for sku, _ in asked} | set(whole)
    rules = rules_in_force(skus)
    pools = (
        locks.lock(ChannelPool.objects.filter(sku__in=skus).select_related("channel"))
        if has_pools(skus)
        else []
    )
    everywhere = {sku for sku, _ in rules} | {pool.sku_id for pool in pools} | set(whole)
    levels = _lock_levels(asked, everywhere)
    missing = asked - {(level.sku_id, level.warehouse_id) for level in levels}
    if missing:
        StockLevel.objects.bulk_create(
            [StockLevel(sku_id=sku, warehouse_id=place) for sku, place in sorted(missing)],
            ignore_conflicts=True,
        )
        levels = _lock_levels(asked, everywhere)
    by_place: dict[Place, list[ChannelPool]] = {}
    for pool in pools:
        by_place.setdefault((pool.sku_id, pool.group_id), []).append(pool)
    return Held({(level.sku_id, level.warehouse_id): level for level in levels}, by_place, rules)


def _lock_levels(asked: set[At], everywhere: set[int]) -> list[StockLevel]:
    wanted = Q(sku__in=everywhere)
    by_warehouse: dict[int, list[int]] = {}
    for sku, warehouse in asked:
        if sku in everywhere:
            continue
        by_warehouse.setdefault(warehouse, []).append(sku)
    for warehouse, skus in sorted(by_warehouse.items()):
        wanted |= Q(warehouse=warehouse, sku__in=sorted(skus))
    return locks.lock(StockLevel.objects.filter(wanted).select_related("warehouse"))
