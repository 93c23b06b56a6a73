"""Reading the stream of facts from outside, without missing one that was committed late.

Row ids are given before commit, so a reader that remembers the highest id loses slower transactions.
A position is (transaction, id), and nothing is shown that a running transaction could still precede.
"""

from typing import NamedTuple

from core.models import Event


class Position(NamedTuple):
    """Where a reader stands; the first one is (0, 0)."""

    transaction: int = 0
    id: int = 0


def read_feed(*, after: Position, limit: int = 500) -> tuple[list[Event], Position]:
    """The next events in the order of their transactions, and the position behind them."""
    rows = list(
        Event.objects.raw(
            "SELECT * FROM core_event"
            " WHERE (transaction_id, id) > (%s, %s)"
            "   AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            " ORDER BY transaction_id, id LIMIT %s",
            [after.transaction, after.id, limit],
        )
    )
    return rows, Position(rows[-1].transaction_id, rows[-1].pk) if rows else after
