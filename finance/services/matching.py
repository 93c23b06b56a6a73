"""Holding rows of a statement against our own books. It says what each row is and why; it posts nothing."""

from django.db import connection, transaction

from core import clock
from core.audit import current_actor
from finance.models import StatementFile
from finance.services.bank_lines import plan_bank_lines

# Rows that have not found anything are tried again: what was missing may have come since.
_OPEN = """
    l.file_id = %(file)s AND l.state = 'accepted' AND l.posted_at IS NULL AND l.outcome IN ('', 'unknown')
"""
_INSERT = """
    INSERT INTO finance_linematch (line_id, document_kind, document_id, part, amount, expected, currency,
        reason, difference_reason, at, by_id)
    SELECT l.id, found.kind, found.id, found.part, found.amount, found.expected, l.currency,
        found.reason, '', %(at)s, %(by)s
    FROM finance_statementline l CROSS JOIN LATERAL ({found}) found
    WHERE {open}
    ORDER BY l.id
    ON CONFLICT (document_kind, document_id, part) DO NOTHING
"""
_PAYMENT = """
    SELECT 'payment' AS kind, p.id, 'gross' AS part, l.amount, p.amount AS expected,
        'transaction number' AS reason
    FROM finance_payment p
    WHERE p.provider = l.account_code AND p.trade_no = l.provider_ref AND p.entry_id IS NOT NULL
        AND l.kind = 'payment' AND l.direction = 'in'
"""
_REFUND = """
    SELECT 'refund' AS kind, r.id, 'gross' AS part, l.amount, r.amount AS expected, 'refund number' AS reason
    FROM finance_refund r
    WHERE r.request_no IN (l.refund_ref, l.merchant_ref) AND r.state = 'done'
        AND l.kind = 'refund' AND l.direction = 'out'
"""
_FEE_IN_ROW = """
    SELECT m.document_kind AS kind, m.document_id AS id, 'fee' AS part, l.fee AS amount, l.fee AS expected,
        'same row' AS reason
    FROM finance_linematch m WHERE m.line_id = l.id AND m.part = 'gross' AND l.fee <> 0
"""
_FEE = """
    SELECT 'payment' AS kind, p.id, 'fee' AS part, l.amount, l.amount AS expected,
        'transaction number' AS reason
    FROM finance_payment p
    WHERE p.provider = l.account_code AND p.trade_no = l.provider_ref
        AND l.kind = 'fee' AND l.direction = 'out'
"""
# A fee that came back belongs to a refund of the payment that the row names: the oldest without one.
_FEE_BACK = """
    SELECT 'refund' AS kind, r.id, 'fee' AS part, -l.amount AS amount, -l.amount AS expected,
        'transaction number' AS reason
    FROM finance_payment p JOIN finance_refund r ON r.payment_id = p.id AND r.state = 'done'
    WHERE p.provider = l.account_code AND p.trade_no = l.provider_ref
        AND (l.refund_ref = '' OR r.request_no = l.refund_ref)
        AND l.kind = 'fee_refund' AND l.direction = 'in'
        AND NOT EXISTS (
            SELECT 1 FROM finance_linematch m
            WHERE m.document_kind = 'refund' AND m.document_id = r.id AND m.part = 'fee'
        )
    ORDER BY r.id LIMIT 1
"""
_OUTCOMES = """
    UPDATE finance_statementline l SET outcome = v.found[1], reason = v.found[2]
    FROM (
        SELECT l.id, CASE
            WHEN m.amount <> m.expected
                THEN ARRAY['differs', 'the bill has ' || m.amount || ', our books have ' || m.expected]
            WHEN m.id IS NOT NULL OR f.id IS NOT NULL THEN ARRAY['agrees', COALESCE(m.reason, f.reason)]
            WHEN l.kind = 'withdrawal' AND l.direction = 'out' THEN ARRAY['agrees', 'a payout to the bank']
            WHEN l.kind IN ('fee', 'fee_refund') AND p.id IS NULL THEN ARRAY['agrees', 'a fee of its own']
            WHEN (l.kind = 'payment' AND p.entry_id IS NOT NULL) OR (l.kind = 'refund' AND r.state = 'done')
                OR l.kind IN ('fee', 'fee_refund') THEN ARRAY['known', 'another row settles it']
            WHEN l.kind = 'payment' THEN ARRAY['unknown', 'no such payment in our books']
            WHEN l.kind = 'refund' AND r.id IS NOT NULL
                THEN ARRAY['unknown', 'this refund is not finished in our books']
            WHEN l.kind = 'refund' THEN ARRAY['unknown', 'a refund that we did not ask for']
            ELSE ARRAY['unknown', 'no rule knows this kind of row'] END AS found
        FROM finance_statementline l
        LEFT JOIN finance_linematch m ON m.line_id = l.id AND m.part = 'gross'
        LEFT JOIN finance_linematch f ON f.line_id = l.id AND f.part = 'fee'
        LEFT JOIN finance_payment p ON p.provider = l.account_code AND p.trade_no = l.provider_ref
        LEFT JOIN finance_refund r ON l.kind = 'refund' AND r.request_no IN (l.refund_ref, l.merchant_ref)
        WHERE {open}
    ) v
    WHERE v.id = l.id
"""


@transaction.atomic
def match_statement(*, file: StatementFile) -> None:
    """Give every open row of an accepted file its outcome and reason. May be repeated."""
    if file.state not in (StatementFile.State.ACCEPTED, StatementFile.State.AGREED):
        return
    if file.kind == StatementFile.Kind.BANK:
        plan_bank_lines(file=file)
        return
    actor = current_actor()
    values = {"file": file.pk, "at": clock.now(), "by": actor.pk if actor else None}
    with connection.cursor() as cursor:
        for found in (_PAYMENT, _REFUND, _FEE_IN_ROW, _FEE, _FEE_BACK):
            cursor.execute(_INSERT.format(found=found, open=_OPEN), values)
        cursor.execute(_OUTCOMES.format(open=_OPEN), values)
