"""What is always true of parcels."""

from core.invariants import invariant

invariant(
    "I33",
    "no line has shipped more than was ordered, and its counters are those of its parcels",
    """
    SELECT format('%s line %s: %s shipped, parcels say %s; %s delivered, parcels say %s',
                  o.number, l.id, l.shipped_quantity, coalesce(facts.shipped, 0),
                  l.delivered_quantity, coalesce(facts.delivered, 0))
      FROM order_line l JOIN order_order o ON o.id = l.order_id
      LEFT JOIN LATERAL (
          SELECT sum(pl.quantity) shipped, sum(pl.quantity) FILTER (WHERE p.state = 'delivered') delivered
            FROM logistics_parcelline pl JOIN logistics_parcel p ON p.id = pl.parcel_id
            JOIN logistics_deliveryline dl ON dl.id = pl.delivery_line_id
           WHERE dl.line_id = l.id AND p.handed_over_at IS NOT NULL) facts ON true
     WHERE coalesce(facts.shipped, 0) > l.quantity - l.cancelled_quantity
        OR (NOT EXISTS (SELECT 1 FROM core_eventdelivery ed JOIN core_event e ON e.id = ed.event_id
                         WHERE ed.state <> 'done' AND e.about_kind = 'order' AND e.about_id = o.id)
            AND (l.shipped_quantity, l.delivered_quantity)
                IS DISTINCT FROM (coalesce(facts.shipped, 0), coalesce(facts.delivered, 0)))
    """,
)
invariant(
    "I46",
    "a parcel that has left has exactly one live waybill",
    """
    SELECT format('%s: %s live waybills', p.number, count(w.id))
      FROM logistics_parcel p
      LEFT JOIN logistics_waybill w ON w.parcel_id = p.id AND w.state = 'live' AND w.direction = 'forward'
     WHERE p.handed_over_at IS NOT NULL
     GROUP BY p.id, p.number HAVING count(w.id) <> 1
    """,
)
invariant(
    "I55",
    "a parcel that has left is booked as handed over, a delivered one as sold, each once",
    """
    WITH booked AS (
        SELECT origin_id parcel_id,
               count(*) FILTER (WHERE kind = 'handover') handovers,
               count(*) FILTER (WHERE kind LIKE 'delivery.%') sales
          FROM finance_entry WHERE origin_kind = 'parcel' AND reverses_id IS NULL GROUP BY origin_id)
    SELECT format('%s is %s: %s hand-overs, %s sales booked',
                  p.number, p.state, coalesce(b.handovers, 0), coalesce(b.sales, 0))
      FROM logistics_parcel p LEFT JOIN booked b ON b.parcel_id = p.id
     WHERE coalesce(b.handovers, 0) <> (p.handed_over_at IS NOT NULL)::int
        OR coalesce(b.sales, 0) <> (p.state = 'delivered')::int
    """,
)
invariant(
    "I61",
    "goods in transit are worth what the parcels on their way have cost",
    """
    WITH transit AS (
        SELECT origin_id parcel_id, sum(CASE side WHEN 'debit' THEN amount ELSE -amount END) amount
          FROM finance_posting p JOIN finance_account a ON a.id = p.account_id
         WHERE a.code = '1406' AND origin_kind = 'parcel' GROUP BY origin_id)
    SELECT format('%s is %s and has %s in transit of %s',
                  p.number, p.state, coalesce(t.amount, 0), p.goods_cost)
      FROM logistics_parcel p LEFT JOIN transit t ON t.parcel_id = p.id
     WHERE coalesce(t.amount, 0) <>
           CASE WHEN p.state IN ('open', 'packed', 'cancelled', 'delivered') THEN 0
                WHEN p.state IN ('returned', 'lost') THEN coalesce(t.amount, 0)  -- until inspected or claimed
                ELSE p.goods_cost END
    """,
)
invariant(
    "I16",
    "a courier owes the cash of delivered parcels less what it remitted and what was written off",
    """
    WITH owed AS (
        SELECT p.origin_id parcel_id, sum(CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END) amount
          FROM finance_posting p JOIN finance_account a ON a.id = p.account_id
         WHERE a.code = '1221.1' AND p.party_kind = 'courier' AND p.origin_kind = 'parcel'
         GROUP BY p.origin_id),
    remitted AS (SELECT parcel_id, sum(cod) amount FROM logistics_remittanceline
                  WHERE state = 'applied' GROUP BY parcel_id),
    given_up AS (SELECT parcel_id, sum(amount) amount FROM logistics_codwriteoff GROUP BY parcel_id)
    SELECT format('%s: the ledger says %s; to collect %s, remitted %s, written off %s', p.number,
                  coalesce(owed.amount, 0), p.cod_amount, coalesce(r.amount, 0), coalesce(w.amount, 0))
      FROM logistics_parcel p
      LEFT JOIN owed ON owed.parcel_id = p.id
      LEFT JOIN remitted r ON r.parcel_id = p.id
      LEFT JOIN given_up w ON w.parcel_id = p.id
     WHERE coalesce(owed.amount, 0) <> CASE p.state WHEN 'delivered' THEN p.cod_amount ELSE 0 END
           - coalesce(r.amount, 0) - coalesce(w.amount, 0)
    """,
)
invariant(
    "I19.1",
    "a courier statement holds the rows and sums that were counted when it came, and one outcome a waybill",
    """
    SELECT format('%s: %s rows and %s billed, its rows say %s and %s',
                  s.filename, s.row_count, s.billed, r.rows, r.billed)
      FROM logistics_courierstatement s
      CROSS JOIN LATERAL (
          SELECT count(*) AS rows,
                 coalesce(sum(amount) FILTER (WHERE kind <> 'cod' AND problem = '' AND state <> 'known'), 0)
                     AS billed
            FROM logistics_statementrow WHERE statement_id = s.id) r
     WHERE s.state <> 'refused' AND (s.row_count, s.billed) IS DISTINCT FROM (r.rows, r.billed)
    UNION ALL
    SELECT format('%s: %s has rows and no outcome', s.filename, r.key)
      FROM logistics_courierstatement s
      JOIN (SELECT DISTINCT statement_id, key FROM logistics_statementrow WHERE state <> 'known') r
        ON r.statement_id = s.id
      LEFT JOIN logistics_waybilloutcome o ON o.statement_id = s.id AND o.key = r.key
     WHERE s.state IN ('matched', 'agreed') AND o.id IS NULL
    UNION ALL
    SELECT format('%s: matched or posted with an open difference', s.filename)
      FROM logistics_courierstatement s
     WHERE s.state IN ('open', 'refused')
       AND EXISTS (SELECT 1 FROM logistics_waybilloutcome o WHERE o.statement_id = s.id)
    """,
)
invariant(
    "I20.1",
    "no row and no file of a courier is counted twice",
    """
    SELECT format('rows %s of courier %s are one', string_agg(id::text, ', '), courier_id)
      FROM logistics_statementrow WHERE state IN ('accepted', 'review')
     GROUP BY courier_id, identity HAVING count(*) > 1
    UNION ALL
    SELECT format('files %s of courier %s are one', string_agg(id::text, ', '), courier_id)
      FROM logistics_courierstatement WHERE state <> 'refused'
     GROUP BY courier_id, sha256 HAVING count(*) > 1
    """,
)
invariant(
    "I21.1",
    "a waybill that agrees has equal amounts; any other shows the whole gap and was settled by a person",
    """
    SELECT format('%s is %s: billed %s of %s, cash %s of %s',
                  o.key, o.outcome, o.billed, o.expected, o.cod_billed, o.cod_expected)
      FROM logistics_waybilloutcome o
     WHERE o.outcome = 'agreed' AND (o.billed <> o.expected OR o.cod_billed <> o.cod_expected)
    UNION ALL
    SELECT format('%s: findings say %s, the gap is %s', o.key, f.money, o.billed - o.expected)
      FROM logistics_waybilloutcome o
      CROSS JOIN LATERAL (
          SELECT coalesce(sum((x ->> 'money')::numeric), 0) AS money
            FROM jsonb_array_elements(o.findings) x WHERE x ->> 'kind' <> 'cod') f
     WHERE o.outcome NOT IN ('needs_review', 'missing') AND f.money <> o.billed - o.expected
    UNION ALL
    SELECT format('%s is %s and was posted without a person', o.key, o.outcome)
      FROM logistics_waybilloutcome o
     WHERE o.posted_at IS NOT NULL AND o.outcome NOT IN ('agreed', 'within_tolerance')
       AND (o.decision = '' OR o.decided_by_id IS NULL OR o.reason = '')
    """,
)
invariant(
    "I22.1",
    "a waybill's fee and cash are settled once, and every settlement is the sum of its lines",
    """
    SELECT format('%s %s is settled %s times', waybill, kind, count(*))
      FROM logistics_agreedcharge WHERE corrects_id IS NULL
     GROUP BY courier_id, waybill, kind HAVING count(*) > 1
    UNION ALL
    SELECT format('%s: agreed charges are %s, the books say %s', s.filename, c.amount, coalesce(b.amount, 0))
      FROM logistics_courierstatement s
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(a.amount), 0) AS amount
            FROM logistics_agreedcharge a JOIN logistics_waybilloutcome o ON o.id = a.outcome_id
           WHERE o.statement_id = s.id AND a.kind <> 'cod') c
      LEFT JOIN LATERAL (
          SELECT sum(CASE p.side WHEN 'credit' THEN p.amount ELSE -p.amount END) AS amount
            FROM finance_posting p JOIN finance_account a ON a.id = p.account_id
            JOIN finance_entry e ON e.id = p.entry_id
           WHERE a.code = '2241.2' AND p.origin_kind = 'courier_statement' AND p.origin_id = s.id
             AND e.kind IN ('courier_charge', 'claim_settled')) b ON true
     WHERE c.amount <> coalesce(b.amount, 0)
    UNION ALL
    SELECT format('%s: applied lines are %s, the books say %s', r.number, l.cod, coalesce(b.cod, 0))
      FROM logistics_remittance r
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(cod), 0) AS cod FROM logistics_remittanceline
           WHERE remittance_id = r.id AND state = 'applied') l
      LEFT JOIN LATERAL (
          SELECT sum(CASE p.side WHEN 'credit' THEN p.amount ELSE -p.amount END) AS cod
            FROM finance_posting p JOIN finance_account a ON a.id = p.account_id
            JOIN finance_entry e ON e.id = p.entry_id
           WHERE a.code = '1221.1' AND e.kind = 'remittance' AND e.origin_kind = 'remittance'
             AND e.origin_id = r.id) b ON true
     WHERE l.cod <> coalesce(b.cod, 0)
    """,
)
