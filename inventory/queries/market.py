"""What one channel can see of some SKUs: levels, rules and fences, read once and judged by rules.

Read without locks it is advice; `renew` puts the rows that a service has locked in its place.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.db import connection

from core import clock
from inventory.models import Channel, ChannelPool, StockLevel
from inventory.queries.policies import Place, Rules, has_pools, rules_in_force
from inventory.rules import regions, sourcing
from inventory.rules.promise import Fence, Figures, Shelf, promised

SQL = """
SELECT sku.id, sku.code, sku.track_stock, level.id, level.on_hand - level.reserved - level.unavailable,
       place.id, place.code, place.group_id, place.province, place.channel_id, place.kind, place.priority,
       place.provinces,
       EXISTS (SELECT FROM inventory_stockpolicy
                WHERE valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s))
       OR EXISTS (SELECT FROM inventory_channelpool
                   WHERE sku_id = ANY(%(skus)s) AND (wish > 0 OR cap IS NOT NULL))
  FROM inventory_sku sku
  LEFT JOIN (
       inventory_stocklevel level
       JOIN (SELECT w.*, g.provinces
               FROM inventory_warehouse w JOIN inventory_warehousegroup g ON g.id = w.group_id
              WHERE w.active
                AND (NOT EXISTS (SELECT FROM inventory_warehousegroup_channels c
                                  WHERE c.warehousegroup_id = g.id)
                     OR EXISTS (SELECT FROM inventory_warehousegroup_channels c
                                 WHERE c.warehousegroup_id = g.id AND c.channel_id = %(channel)s))
            ) place ON place.id = level.warehouse_id
       ) ON level.sku_id = sku.id
 WHERE sku.id = ANY(%(skus)s)
 ORDER BY sku.id, place.id
"""


@dataclass(frozen=True, slots=True)
class Row:
    """Free units of a SKU in a warehouse that serves the channel."""

    level: int
    sku: int
    free: int
    warehouse: int
    code: str
    group: int
    province: str
    own: bool
    store: bool
    priority: int


@dataclass(frozen=True, slots=True)
class Pool:
    channel: int
    rank: tuple[int, int]
    left: int
    cap_left: int | None


@dataclass(slots=True)
class Market:
    """The channel's view. All figures in base units."""

    channel: Channel
    codes: dict[int, str]
    untracked: set[int]
    rows: list[Row]
    rules: dict[Place, Rules] = field(default_factory=dict)
    pools: dict[Place, list[Pool]] = field(default_factory=dict)

    def groups_of(self, sku: int) -> list[int]:
        """The warehouse groups in which the SKU lies for this channel."""
        return sorted({row.group for row in self.rows if row.sku == sku})

    def shelf(self, sku: int, group: int) -> Shelf:
        """The SKU in one group as the promise rule wants it."""
        rules = self.rules.get((sku, group)) or Rules()
        return Shelf(
            free=sum(row.free for row in self.rows if (row.sku, row.group) == (sku, group)),
            fences=tuple(Fence(pool.rank, pool.left) for pool in self.pools.get((sku, group), ())),
            safety=rules.safety,
            last_units=rules.last_units,
        )

    def figures(self, sku: int, group: int) -> Figures:
        """What the channel is promised there, with its terms."""
        mine = [pool for pool in self.pools.get((sku, group), ()) if pool.channel == self.channel.pk]
        return promised(
            self.shelf(sku, group), rank=self.channel.rank, cap_left=mine[0].cap_left if mine else None
        )

    def limits(self) -> dict[Place, int]:
        """The promise per (group, SKU), as the sourcing rule wants it."""
        places = {(row.group, row.sku) for row in self.rows}
        return {(group, sku): self.figures(sku, group).units for group, sku in places}

    def places(self) -> list[sourcing.Place]:
        """The warehouses, with what lies in them, as the sourcing rule wants them."""
        free: dict[int, dict[int, int]] = defaultdict(dict)
        for row in self.rows:
            free[row.warehouse][row.sku] = row.free
        first = {row.warehouse: row for row in reversed(self.rows)}
        return [
            sourcing.Place(
                warehouse=row.warehouse, code=row.code, group=row.group, province=row.province,
                own=row.own, store=row.store, priority=row.priority, free=free[row.warehouse],
            )
            for row in first.values()
        ]  # fmt: skip

    def renew(self, levels: Iterable[StockLevel], pools: Iterable[ChannelPool]) -> None:
        """Take over rows that are locked now."""
        fresh = {level.pk: level.free for level in levels}
        self.rows = [replace(row, free=fresh.get(row.level, row.free)) for row in self.rows]
        self.pools = _by_place(pools)

    def explain(self, sku: int) -> list[dict[str, Any]]:
        """The figures per group for the decision row, with the rules and rival fences behind them."""
        return [
            {
                "group": group,
                **asdict(self.figures(sku, group)),
                "policies": self.rules[sku, group].policies if (sku, group) in self.rules else [],
                "rivals": [
                    {"channel": pool.channel, "priority": pool.rank[0], "fence_left": pool.left}
                    for pool in self.pools.get((sku, group), ())
                    if pool.channel != self.channel.pk and pool.left
                ],
            }
            for group in self.groups_of(sku)
        ]


def read_market(sku_ids: Collection[int], *, channel: Channel, region: str | None = None) -> Market:
    """Read it: one query, or four where policies are in force."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"skus": list(sku_ids), "channel": channel.pk, "at": clock.now()})
        found = cursor.fetchall()
    rows = [_row(each, channel) for each in found if each[3] is not None and _serves(each[12], region)]
    market = Market(
        channel=channel,
        codes={row[0]: row[1] for row in found},
        untracked={row[0] for row in found if not row[2]},
        rows=rows,
    )
    if found and found[0][-1]:
        market.rules = rules_in_force(sku_ids)
        if has_pools(sku_ids):
            market.pools = _by_place(ChannelPool.objects.filter(sku__in=sku_ids).select_related("channel"))
    return market


def _row(found: tuple[Any, ...], channel: Channel) -> Row:
    sku, _, _, level, free, place, code, group, province, own_channel, kind, priority, _, _ = found
    return Row(
        level=level,
        sku=sku,
        free=free,
        warehouse=place,
        code=code,
        group=group,
        province=province,
        own=own_channel == channel.pk,
        store=kind == "store",
        priority=priority,
    )


def _serves(provinces: Any, region: str | None) -> bool:
    named = json.loads(provinces) if isinstance(provinces, str) else provinces
    return not named or not region or regions.province_of(region) in map(regions.province_of, named)


def _by_place(pools: Iterable[ChannelPool]) -> dict[Place, list[Pool]]:
    found: dict[Place, list[Pool]] = defaultdict(list)
    for pool in pools:
        found[pool.sku_id, pool.group_id].append(
            Pool(pool.channel_id, pool.channel.rank, pool.left, pool.cap_left)
        )
    return dict(found)
