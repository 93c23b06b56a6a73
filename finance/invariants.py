"""What `check_invariants` proves about the books."""

from django.apps import apps

from core import origins
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


_EXISTS = "WHEN '{}' THEN NOT EXISTS (SELECT 1 FROM \"{}\" d WHERE d.id = e.origin_id)"
_MISSING = """
    SELECT 'entry ' || e.id || ' names ' || e.origin_kind || ' ' || e.origin_id
    FROM finance_entry e WHERE CASE e.origin_kind {} ELSE true END
"""


def _missing_documents() -> str:
    """One EXISTS per kind of document that an app has named; a kind that nobody has named is a breach."""
    kinds = origins.kinds().values()
    cases = (_EXISTS.format(kind.kind, apps.get_model(kind.model)._meta.db_table) for kind in kinds)
    return _MISSING.format(" ".join(cases))


invariant("I02", "every entry names a document that exists", _missing_documents())
invariant(
    "I08.1",
    "what the ledger has received for an order is the sum of its payments",
    """
    SELECT 'order ' || COALESCE(b.id, p.id) || ': ledger ' || COALESCE(b.received, 0)
        || ', payments ' || COALESCE(p.received, 0)
    FROM (
        SELECT p.origin_id AS id, sum(CASE p.side WHEN 'credit' THEN p.amount ELSE -p.amount END) AS received
        FROM finance_posting p
        JOIN finance_account a ON a.id = p.account_id AND a.code = '2203.1'
        JOIN finance_entry e ON e.id = p.entry_id
        WHERE p.origin_kind = 'order' AND regexp_replace(e.kind, '^reverse\\.', '') IN
            ('prepayment', 'receipt_applied', 'receipt_parked', 'deposit_used')
        GROUP BY p.origin_id
    ) b
    FULL JOIN (
        SELECT order_id AS id, sum(applied) AS received FROM finance_payment
        WHERE order_id IS NOT NULL AND provider NOT IN ('cod', 'free') GROUP BY order_id
    ) p ON p.id = b.id
    WHERE COALESCE(b.received, 0) <> COALESCE(p.received, 0)
    """,
)
invariant(
    "I09",
    "refunds requested, unknown or done are within their payment, and its counter is their sum",
    """
    SELECT 'payment ' || p.id FROM finance_payment p
    LEFT JOIN (
        SELECT payment_id, sum(amount) AS held FROM finance_refund
        WHERE state IN ('requested', 'sending', 'unknown', 'done') GROUP BY payment_id
    ) r ON r.payment_id = p.id
    WHERE COALESCE(r.held, 0) > p.amount OR COALESCE(r.held, 0) <> p.refund_total
    """,
)
invariant(
    "I10",
    "a provider's transaction number and our own number for it are in one payment only",
    """
    SELECT 'transaction ' || provider || ' ' || trade_no FROM finance_payment
    GROUP BY provider, trade_no HAVING count(*) > 1
    UNION ALL
    SELECT 'reference ' || merchant_ref FROM finance_paymentintent GROUP BY merchant_ref HAVING count(*) > 1
    """,
)
invariant(
    "I11",
    "every payment has a stored proof of its amount",
    """
    SELECT 'payment ' || p.id FROM finance_payment p
    WHERE NOT EXISTS (
        SELECT 1 FROM finance_paymentevidence v
        WHERE v.payment_id = p.id AND v.amount = p.amount AND v.currency = p.currency
    )
    """,
)
invariant(
    "I13",
    "all of a receipt belongs to an order or is an unapplied receipt",
    """
    SELECT 'payment ' || p.id || ': ' || p.amount || ' received, ' || p.applied || ' applied, '
        || COALESCE(u.apart, 0) || ' set apart'
    FROM finance_payment p
    LEFT JOIN (
        SELECT payment_id, sum(amount) AS apart FROM finance_unappliedreceipt
        WHERE state <> 'applied' GROUP BY payment_id
    ) u ON u.payment_id = p.id
    WHERE p.amount <> p.applied + COALESCE(u.apart, 0)
    """,
)
invariant(
    "I19",
    "a statement's rows and sums are those that were counted when it came",
    """
    SELECT 'statement ' || f.id || ' ' || f.filename FROM finance_statementfile f
    LEFT JOIN LATERAL (
        SELECT count(*) AS rows,
            COALESCE(sum(amount) FILTER (WHERE direction = 'in' AND currency = f.currency), 0) AS credits,
            COALESCE(sum(amount) FILTER (WHERE direction = 'out' AND currency = f.currency), 0) AS debits
        FROM finance_statementline WHERE file_id = f.id
    ) l ON true
    WHERE f.state <> 'refused' AND f.kind <> 'courier'
        AND (l.rows, l.credits, l.debits) IS DISTINCT FROM (f.row_count::bigint, f.credits, f.debits)
    """,
)
invariant(
    "I20",
    "no row and no file is counted twice",
    """
    SELECT 'row ' || min(id) || ' of ' || account_code FROM finance_statementline
    WHERE state = 'accepted' GROUP BY account_code, identity HAVING count(*) > 1
    UNION ALL
    SELECT 'file ' || min(id) || ' of ' || account_code FROM finance_statementfile
    WHERE state <> 'refused' GROUP BY kind, account_code, sha256 HAVING count(*) > 1
    """,
)
invariant(
    "I21",
    "what was settled agrees, or carries the reason of a person",
    """
    SELECT 'row ' || line_id FROM finance_linematch
    WHERE amount <> expected AND entry_id IS NOT NULL AND difference_reason = ''
    """,
)
