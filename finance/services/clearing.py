"""Letting debits and credits of one group clear each other, oldest first.

A group is (account, entity, currency, party) and, unless the account clears by party, the document on
the posting. Work on a group is serialised by an advisory lock, the last rank of the lock order; the
allocation trigger guards the sums all the same.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection

from core import clock
from core.audit import current_actor
from core.origins import Origin
from finance.models import Account
from finance.rules.legs import Party


class Group(NamedTuple):
    """What clears each other. An account that clears by party has no document here: '' and 0."""

    account_id: int
    entity_id: int
    currency: str
    party_kind: str
    party_id: int
    doc_kind: str
    doc_id: int


_GROUPS = """
    SELECT DISTINCT p.account_id, e.entity_id, p.currency, p.party_kind, p.party_id,
        CASE a.clears_by WHEN 'party' THEN '' ELSE p.origin_kind END,
        CASE a.clears_by WHEN 'party' THEN 0 ELSE p.origin_id END
    FROM finance_posting p
    JOIN finance_entry e ON e.id = p.entry_id
    JOIN finance_account a ON a.id = p.account_id
    WHERE a.clears_by <> '' AND {where}
"""
_GIVEN = """
    unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[])
        AS g (account_id, entity_id, currency, party_kind, party_id, doc_kind, doc_id)
"""
_KEY = "concat_ws('/', account_id, entity_id, currency, party_kind, party_id, doc_kind, doc_id)"
_LOCK = f"""
    SELECT pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT hashtextextended({_KEY}, 1405) AS key FROM {_GIVEN} ORDER BY key
    ) k
"""  # noqa: S608 - only our own words are put in
# Which postings are in a group. Each condition goes by its own index: one that served both would read all
# that an account has ever seen.
_BY_DOCUMENT = """p.origin_kind = g.doc_kind AND p.origin_id = g.doc_id
            AND p.party_kind = g.party_kind AND p.party_id = g.party_id"""
_BY_PARTY = "p.party_kind = g.party_kind AND p.party_id = g.party_id"
# Each open rest is an interval on the running sum of its side; where a debit's interval overlaps a
# credit's, that much of both is cleared.
_CLEAR = f"""
    WITH rests AS MATERIALIZED (
        SELECT p.id, p.side, p.currency,
            p.amount - COALESCE(CASE p.side
                WHEN 'debit' THEN (SELECT sum(x.amount) FROM finance_allocation x WHERE x.debit_id = p.id)
                ELSE (SELECT sum(x.amount) FROM finance_allocation x WHERE x.credit_id = p.id)
            END, 0) AS rest,
            g.grp
        FROM (SELECT *, {_KEY} AS grp FROM {_GIVEN}) g
        JOIN finance_posting p ON p.account_id = g.account_id AND p.currency = g.currency
            AND {{in_group}}
        JOIN finance_entry e ON e.id = p.entry_id AND e.entity_id = g.entity_id
    ),
    spans AS (
        SELECT *, sum(rest) OVER (PARTITION BY grp, side ORDER BY id) AS upto FROM rests WHERE rest > 0
    )
    INSERT INTO finance_allocation (debit_id, credit_id, amount, currency, at, by_id)
    SELECT d.id, c.id, least(d.upto, c.upto) - greatest(d.upto - d.rest, c.upto - c.rest), d.currency,
        %s, %s
    FROM spans d JOIN spans c ON c.grp = d.grp AND d.side = 'debit' AND c.side = 'credit'
        AND d.upto - d.rest < c.upto AND c.upto - c.rest < d.upto
    ORDER BY d.id, c.id
"""  # noqa: S608 - only our own words are put in


def clear_groups(groups: Collection[Group]) -> int:
    """Clear what new postings have touched. Returns the number of allocations made."""
    if not groups:
        return 0
    actor = current_actor()
    written = [clock.now(), actor.pk if actor else None]
    made = 0
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, _columns(groups))
        # A statement of its own each, after the lock: it sees what others have cleared before.
        for in_group, some in (
            (_BY_DOCUMENT, [group for group in groups if group.doc_kind]),
            (_BY_PARTY, [group for group in groups if not group.doc_kind]),
        ):
            if some:
                cursor.execute(_CLEAR.format(in_group=in_group), [*_columns(some), *written])
                made += cursor.rowcount
    return made


def clear_open(*, account: str, origin: Origin | None = None, party: Party | None = None) -> int:
    """Pair what is open on an account, oldest first: for one document, one party, or all of it.

    Returns the number of allocations made. Does nothing on accounts that are plain balances.
    """
    where = "p.account_id = %(account)s"
    values: dict[str, Any] = {"account": Account.objects.get(code=account).pk}
    if origin is not None:
        where += " AND p.origin_kind = %(origin_kind)s AND p.origin_id = %(origin_id)s"
        values |= {"origin_kind": origin.kind, "origin_id": origin.id}
    if party is not None:
        where += " AND p.party_kind = %(party_kind)s AND p.party_id = %(party_id)s"
        values |= {"party_kind": party.kind, "party_id": party.id}
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS.format(where=where), values)
        groups = [Group(*row) for row in cursor.fetchall()]
    return clear_groups(groups)


def _columns(groups: Collection[Group]) -> list[list[Any]]:
    return [list(column) for column in zip(*groups, strict=True)]
