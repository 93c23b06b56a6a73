"""Letting debits and credits of one group clear each other, oldest first.

A group is (account, entity, currency, party) and, unless the account clears by party, the document on
the posting. Work on a group is serialised by an advisory lock, the last rank of the lock order; the
allocation trigger guards the sums all the same.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from core import clock
from core.audit import current_actor
from core.origins import Origin
from finance.models import Account
from finance.rules.legs import Party

_TOUCHED = """
    SELECT DISTINCT p.account_id, e.entity_id, p.currency, p.party_kind, p.party_id,
        CASE a.clears_by WHEN 'party' THEN '' ELSE p.origin_kind END AS doc_kind,
        CASE a.clears_by WHEN 'party' THEN 0 ELSE p.origin_id END AS doc_id
    FROM finance_posting p
    JOIN finance_entry e ON e.id = p.entry_id
    JOIN finance_account a ON a.id = p.account_id
    WHERE a.clears_by <> '' AND {where}
"""
_LOCK = """
    SELECT pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT hashtextextended(concat_ws(
            '/', account_id, entity_id, currency, party_kind, party_id, doc_kind, doc_id), 1405) AS key
        FROM ({touched}) t ORDER BY key
    ) k
"""
# Each open rest is an interval on the running sum of its side; where a debit's interval overlaps a
# credit's, that much of both is cleared.
_CLEAR = """
    WITH touched AS ({touched}),
    rests AS (
        SELECT p.id, p.side, p.currency,
            p.amount - COALESCE(CASE p.side
                WHEN 'debit' THEN (SELECT sum(x.amount) FROM finance_allocation x WHERE x.debit_id = p.id)
                ELSE (SELECT sum(x.amount) FROM finance_allocation x WHERE x.credit_id = p.id)
            END, 0) AS rest,
            concat_ws('/', t.account_id, t.entity_id, t.currency,
                t.party_kind, t.party_id, t.doc_kind, t.doc_id) AS grp
        FROM touched t
        JOIN finance_posting p ON p.account_id = t.account_id AND p.currency = t.currency
            AND p.party_kind = t.party_kind AND p.party_id = t.party_id
            AND (t.doc_kind = '' OR (p.origin_kind = t.doc_kind AND p.origin_id = t.doc_id))
        JOIN finance_entry e ON e.id = p.entry_id AND e.entity_id = t.entity_id
    ),
    spans AS (
        SELECT *, sum(rest) OVER (PARTITION BY grp, side ORDER BY id) AS upto FROM rests WHERE rest > 0
    )
    INSERT INTO finance_allocation (debit_id, credit_id, amount, currency, at, by_id)
    SELECT d.id, c.id, least(d.upto, c.upto) - greatest(d.upto - d.rest, c.upto - c.rest), d.currency,
        %(at)s, %(by)s
    FROM spans d JOIN spans c ON c.grp = d.grp AND d.side = 'debit' AND c.side = 'credit'
        AND d.upto - d.rest < c.upto AND c.upto - c.rest < d.upto
    ORDER BY d.id, c.id
"""


def clear_entries(entries: Sequence[int]) -> int:
    """Clear the groups that these entries have touched. Returns the number of allocations made."""
    return _clear("p.entry_id = ANY(%(entries)s)", {"entries": list(entries)}) if entries else 0


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
    return _clear(where, values)


def _clear(where: str, values: dict[str, Any]) -> int:
    touched = _TOUCHED.format(where=where)
    actor = current_actor()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format(touched=touched), values)
        if not cursor.rowcount:
            return 0
        cursor.execute(
            _CLEAR.format(touched=touched), values | {"at": clock.now(), "by": actor.pk if actor else None}
        )
        return cursor.rowcount
