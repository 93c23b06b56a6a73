"""Fences and caps per SKU, group and channel follow the policies in force (I53)."""

from collections.abc import Collection, Iterator

from django.db import transaction
from django.db.models import Q

from core import locks
from inventory.models import ChannelPool, StockLevel
from inventory.queries.policies import Place, Rules, has_pools, rules_in_force
from inventory.services.holding import Held, hold

CHUNK = 200


def refresh_pools(*, sku_ids: Collection[int] | None = None) -> int:
    """Bring the pools of these SKUs (all by default) in line with the policies; returns how many changed.

    A pool whose rule is the same keeps its count; one whose rule changed starts counting anew.
    Called after a policy is edited and by beat, because policies begin and end by date.
    """
    changed = 0
    for chunk in _chunks(sku_ids):
        changed += _refresh(chunk)
    return changed


def _chunks(sku_ids: Collection[int] | None) -> Iterator[list[int]]:
    ids = sorted(sku_ids) if sku_ids is not None else _all_skus()
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _all_skus() -> list[int]:
    """Every SKU that lies somewhere or had a pool."""
    stocked = StockLevel.objects.order_by().values_list("sku_id", flat=True).distinct()
    pooled = ChannelPool.objects.filter(Q(wish__gt=0) | Q(cap__isnull=False)).values_list("sku_id", flat=True)
    return sorted(set(stocked) | set(pooled))


@locks.retried()
def _refresh(sku_ids: list[int]) -> int:
    if not rules_in_force(sku_ids) and not has_pools(sku_ids):
        return 0
    with transaction.atomic():
        rules = rules_in_force(sku_ids)
        wanted = [
            ChannelPool(sku_id=sku, group_id=group, channel_id=channel)
            for (sku, group), each in sorted(rules.items())
            for channel in sorted(each.fences.keys() | each.caps.keys())
        ]
        ChannelPool.objects.bulk_create(wanted, ignore_conflicts=True)
        held = hold((), whole=sku_ids)
        changed = [
            place
            for place, pools in held.pools.items()
            for pool in pools
            if _follow(pool, held, place, held.rules.get(place) or Rules())
        ]
        held.pools_changed(changed)
        held.write()
        return len(changed)


def _follow(pool: ChannelPool, held: Held, place: Place, rules: Rules) -> bool:
    """Set the pool to its rule; True when the rule is another one than before."""
    units, share = rules.fences.get(pool.channel_id, (0, None))
    cap = rules.caps.get(pool.channel_id)
    same_fence = pool.share == share if share is not None else pool.share is None and pool.wish == units
    if same_fence and pool.cap == cap:
        return False
    pool.share, pool.cap = share, cap
    pool.base = pool.taken
    pool.offered = held.free(*place) if share is not None else 0
    pool.wish = int(pool.offered * share) if share is not None else units or 0
    return True
