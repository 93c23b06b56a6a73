"""What `check_invariants` proves about the books."""

from core.invariants import invariant

invariant(
    "I01",
    "every entry balances per currency and has at least two postings",
    """
    SELECT 'entry ' || e.id || ': ' || e.kind FROM finance_entry e
    LEFT JOIN (
        SELECT entry_id, sum(legs) AS legs, bool_and(net = 0) AS even FROM (
            SELECT entry_id, currency, count(*) AS legs,
                sum(CASE side WHEN 'debit' THEN amount ELSE -amount END) AS net
            FROM finance_posting GROUP BY entry_id, currency
        ) c GROUP BY entry_id
    ) p ON p.entry_id = e.id
    WHERE COALESCE(p.legs, 0) < 2 OR p.legs <> e.legs OR NOT p.even
    """,
)
invariant(
    "I03",
    "a posting key is used once and a reversal is the exact opposite of one entry",
    """
    SELECT 'key ' || idempotency_key FROM finance_entry GROUP BY idempotency_key HAVING count(*) > 1
    UNION ALL
    SELECT 'entry ' || reverses_id || ' is reversed more than once' FROM finance_entry
    WHERE reverses_id IS NOT NULL GROUP BY reverses_id HAVING count(*) > 1
    UNION ALL
    SELECT 'entry ' || r.id || ' is not the opposite of ' || r.reverses_id
    FROM finance_entry r
    WHERE r.reverses_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM (
            SELECT account_id, currency, party_kind, party_id, origin_kind, origin_id,
                CASE side WHEN 'debit' THEN amount ELSE -amount END AS net
            FROM finance_posting WHERE entry_id IN (r.id, r.reverses_id)
        ) both_of_them
        GROUP BY account_id, currency, party_kind, party_id, origin_kind, origin_id HAVING sum(net) <> 0
    )
    """,
)
invariant(
    "I04",
    "a stored balance equals the sum of its postings",
    """
    SELECT 'account ' || a.code || ' at the close of ' || c.day
    FROM finance_accountbalance b
    JOIN finance_dayclose c ON c.id = b.close_id
    JOIN finance_account a ON a.id = b.account_id
    LEFT JOIN LATERAL (
        SELECT COALESCE(sum(p.amount) FILTER (WHERE p.side = 'debit'), 0) AS debits,
            COALESCE(sum(p.amount) FILTER (WHERE p.side = 'credit'), 0) AS credits
        FROM finance_posting p JOIN finance_entry e ON e.id = p.entry_id
        WHERE p.account_id = b.account_id AND p.currency = b.currency
            AND e.entity_id = c.entity_id AND e.id <= c.last_entry_id
    ) s ON true
    WHERE (b.debits, b.credits) IS DISTINCT FROM (s.debits, s.credits)
    """,
)
invariant(
    "I05",
    "no entry was made in a period after it was closed",
    """
    SELECT 'entry ' || e.id || ' of ' || e."on"
    FROM finance_entry e JOIN finance_period p
        ON p.entity_id = e.entity_id AND p.first_day = date_trunc('month', e."on"::timestamp)::date
    WHERE p.state = 'closed' AND e.posted_at > p.closed_at
    """,
)
invariant(
    "I05.1",
    "voucher numbers of a month have no gap",
    """
    SELECT 'vouchers of ' || to_char(month, 'YYYY-MM') || ', entity ' || entity_id FROM finance_voucher
    GROUP BY entity_id, month HAVING min(number) <> 1 OR max(number) <> count(*)
    """,
)
invariant(
    "I56.1",
    "no posting is cleared by more than its amount",
    """
    SELECT 'posting ' || p.id FROM finance_posting p
    JOIN (
        SELECT posting, sum(amount) AS taken FROM (
            SELECT debit_id AS posting, amount FROM finance_allocation
            UNION ALL SELECT credit_id, amount FROM finance_allocation
        ) s GROUP BY posting
    ) t ON t.posting = p.id
    WHERE t.taken > p.amount OR t.taken < 0
    """,
)
