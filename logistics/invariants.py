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
