"""Which stock policies hold for a SKU now: the most specific one wins, per kind and channel."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from core import clock
from inventory.models import StockPolicy
from inventory.rules.promise import LastUnits

Place = tuple[int, int]  # (sku, group)


@dataclass(slots=True)
class Rules:
    """What is in force for one SKU in one warehouse group. `policies` names the rows, for people."""

    safety: int = 0
    last_units: LastUnits | None = None
    fences: dict[int, tuple[int | None, Decimal | None]] = field(default_factory=dict)
    caps: dict[int, int] = field(default_factory=dict)
    policies: list[int] = field(default_factory=list)


class Policy(NamedTuple):
    """A row of StockPolicy as far as it rules."""

    pk: int
    kind: str
    scope: str
    target: str
    group_id: int
    channel_id: int | None
    units: int | None
    share: Decimal | None
    priority_limit: int | None
    valid_from: datetime


# Written out: every lock on stock asks for it.
_IN_FORCE = """
    SELECT id, kind, scope, target, group_id, channel_id, units, share, priority_limit, valid_from
      FROM inventory_stockpolicy
     WHERE valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
"""


def _in_force() -> list[Policy]:
    """The policies whose dates include this instant."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, {"at": clock.now()})
        return [Policy(*row) for row in cursor.fetchall()]


def rules_in_force(sku_ids: Collection[int]) -> dict[Place, Rules]:
    """The rules of each SKU and group that has any. One query where there is no policy at all."""
    policies = _in_force()
    if not policies or not sku_ids:
        return {}
    specific = _most_specific_first(policies, sku_ids)
    found: dict[Place, Rules] = defaultdict(Rules)
    for sku, matching in specific.items():
        seen: set[tuple[str, int, int | None]] = set()
        for policy in matching:
            key = policy.kind, policy.group_id, policy.channel_id
            if key not in seen:
                seen.add(key)
                _apply(found[sku, policy.group_id], policy)
    return dict(found)


def has_pools(sku_ids: Collection[int]) -> bool:
    """Whether any channel has a pool of one of these SKUs; most have none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM inventory_channelpool WHERE sku_id = ANY(%s) LIMIT 1", [list(sku_ids)])
        return cursor.rowcount > 0


def _apply(rules: Rules, policy: Policy) -> None:
    """A CHECK of the table gives each kind the columns that it needs, so `or 0` never speaks."""
    rules.policies.append(policy.pk)
    channel, units = policy.channel_id or 0, policy.units or 0
    match policy.kind:
        case StockPolicy.Kind.FENCE:
            rules.fences[channel] = (policy.units, policy.share)
        case StockPolicy.Kind.CAP:
            rules.caps[channel] = units
        case StockPolicy.Kind.SAFETY:
            rules.safety = units
        case StockPolicy.Kind.LAST_UNITS:
            rules.last_units = LastUnits(units, policy.priority_limit or 0)


def _most_specific_first(policies: list[Policy], sku_ids: Collection[int]) -> dict[int, list[Policy]]:
    """SKU before category (the deeper first) before brand before all; then the newer one."""
    scope = StockPolicy.Scope
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, code, brand FROM inventory_sku WHERE id = ANY(%s)", [list(sku_ids)])
        skus = cursor.fetchall()
    categories = {int(p.target) for p in policies if p.scope == scope.CATEGORY and p.target.isdigit()}
    depths = _category_depths(sku_ids, categories) if categories else {}
    order: dict[str, int] = {scope.SKU: 0, scope.CATEGORY: 1, scope.BRAND: 2, scope.ALL: 3}
    result = {}
    for pk, code, brand in skus:
        inside = depths.get(pk, {})

        def matches(
            policy: Policy, code: str = code, brand: str = brand, inside: dict[str, int] = inside
        ) -> bool:
            match policy.scope:
                case scope.SKU:
                    return policy.target == code
                case scope.CATEGORY:
                    return policy.target in inside
                case scope.BRAND:
                    return policy.target == brand
            return True

        def rank(policy: Policy, inside: dict[str, int] = inside) -> tuple[int, int, float, int]:
            depth = -inside.get(policy.target, 0) if policy.scope == scope.CATEGORY else 0
            return order[policy.scope], depth, -policy.valid_from.timestamp(), -policy.pk

        matching = [policy for policy in policies if matches(policy)]
        matching.sort(key=rank)
        result[pk] = matching
    return result


def _category_depths(sku_ids: Iterable[int], category_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """For each SKU the given categories that it lies in, directly or below, with their depth."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT sku.id, above.id, above.depth
              FROM inventory_sku sku
              JOIN partner_stockrecord record ON record.id = sku.stockrecord_id
              JOIN catalogue_product product ON product.id = record.product_id
              JOIN catalogue_productcategory link
                ON link.product_id IN (product.id, product.parent_id)
              JOIN catalogue_category own ON own.id = link.category_id
              JOIN catalogue_category above ON own.path LIKE above.path || '%%'
             WHERE sku.id = ANY(%s) AND above.id = ANY(%s)
            """,
            [list(sku_ids), list(category_ids)],
        )
        depths: dict[int, dict[str, int]] = defaultdict(dict)
        for sku, category, depth in cursor.fetchall():
            depths[sku][str(category)] = depth
    return dict(depths)
