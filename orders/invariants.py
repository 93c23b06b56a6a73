"""What is always true of orders and their money."""

from core.invariants import invariant

invariant(
    "I06",
    "an order's total is the sum of its lines, and its charges are spread over them to the cent",
    """
    SELECT format('%s: total %s, lines say %s; charges %s, lines say %s',
                  o.number, o.total_incl_tax, lines.gross, charges.amount, lines.charges)
      FROM order_order o
      CROSS JOIN LATERAL (SELECT coalesce(sum(gross), 0) gross, coalesce(sum(charge_share), 0) charges
                            FROM order_line WHERE order_id = o.id) lines
      CROSS JOIN LATERAL (SELECT o.shipping_incl_tax + coalesce(sum(incl_tax), 0) amount
                            FROM order_surcharge WHERE order_id = o.id) charges
     WHERE o.total_incl_tax <> lines.gross OR charges.amount <> lines.charges OR o.total_incl_tax < 0
    """,
)
invariant(
    "I07",
    "an offer's discount on an order is the sum of its discounts on the lines",
    """
    SELECT format('%s: offer %s took %s, lines say %s', o.number, d.offer_id, d.amount, lines.amount)
      FROM order_orderdiscount d
      JOIN order_order o ON o.id = d.order_id
      CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) amount
                            FROM order_orderlinediscount WHERE order_discount_id = d.id) lines
     WHERE d.amount <> lines.amount
    """,
)
invariant(
    "I12",
    "a cancelled order holds no money, and nothing unpaid is released to the warehouse",
    """
    WITH advance AS (
        SELECT origin_id order_id, sum(CASE side WHEN 'credit' THEN amount ELSE -amount END) amount
          FROM finance_posting p JOIN finance_account a ON a.id = p.account_id
         WHERE a.code = '2203.1' AND origin_kind = 'order' GROUP BY origin_id)
    SELECT format('%s is cancelled and still holds %s', o.number, advance.amount)
      FROM order_order o JOIN advance ON advance.order_id = o.id
     WHERE o.status = 'cancelled' AND advance.amount <> 0
       AND NOT EXISTS (SELECT 1 FROM logistics_parcel p
                        WHERE p.order_id = o.id AND p.state IN ('refused', 'returning', 'returned', 'lost'))
    UNION ALL
    SELECT format('%s is with the warehouse and %s', o.number, o.payment_state)
      FROM order_order o
     WHERE o.term = 'prepaid' AND o.payment_state IN ('unpaid', 'part_paid')
       AND o.status IN ('confirmed', 'in_fulfilment')
    """,
)
invariant(
    "I25",
    "a code's counter is the number of orders in force that use it, and within its limit",
    """
    SELECT format('code %s: counter %s, uses %s, of these in cancelled orders %s, limit %s',
                  v.code, v.num_orders, uses.live, uses.cancelled, v.limit)
      FROM voucher_voucher v
      CROSS JOIN LATERAL (
          SELECT count(*) live, count(*) FILTER (WHERE o.status = 'cancelled') cancelled
            FROM voucher_voucherapplication a JOIN order_order o ON o.id = a.order_id
           WHERE a.voucher_id = v.id AND a.released_at IS NULL) uses
     WHERE v.num_orders <> uses.live OR uses.cancelled > 0
        OR uses.live > CASE v.usage WHEN 'Single use' THEN 1 ELSE coalesce(v.limit, uses.live) END
    UNION ALL
    SELECT format('%s has a discount by code %s without a use of it', o.number, d.voucher_code)
      FROM order_orderdiscount d JOIN order_order o ON o.id = d.order_id
     WHERE d.voucher_id IS NOT NULL AND o.status <> 'cancelled'
       AND NOT EXISTS (SELECT FROM voucher_voucherapplication a
                        WHERE a.voucher_id = d.voucher_id AND a.order_id = o.id AND a.released_at IS NULL)
    """,
)
invariant(
    "I26",
    "an offer's counters are what orders in force have got of it, and within its limits",
    """
    SELECT format('offer %s: %s applications and %s in %s orders, discounts say %s and %s in %s', f.name,
                  f.num_applications, f.total_discount, f.num_orders, got.times, got.amount, got.orders)
      FROM offer_conditionaloffer f
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(d.frequency), 0) times, coalesce(sum(d.amount), 0) amount, count(*) orders
            FROM order_orderdiscount d JOIN order_order o ON o.id = d.order_id
           WHERE d.offer_id = f.id AND o.status <> 'cancelled') got
     WHERE (f.num_applications, f.total_discount, f.num_orders) <> (got.times, got.amount, got.orders)
        OR got.times > coalesce(nullif(f.max_global_applications, 0), got.times)
        OR got.amount > coalesce(nullif(f.max_discount, 0), got.amount)
    """,
)
invariant(
    "I45",
    "a basket has led to one order at most, and every order's basket is submitted",
    """
    SELECT format('%s: basket %s is %s', o.number, b.id, b.status)
      FROM order_order o JOIN basket_basket b ON b.id = o.basket_id WHERE b.status <> 'Submitted'
    """,
)
invariant(
    "I54",
    "what an open order still has to ship is reserved, waited for or in question, and dispatch stands on"
    " reservations",
    """
    WITH wanted AS (
        SELECT l.id line_id, o.number, l.quantity - l.cancelled_quantity - l.shipped_quantity units
          FROM order_line l JOIN order_order o ON o.id = l.order_id JOIN inventory_sku s ON s.id = l.sku_id
         WHERE o.status IN ('awaiting_payment', 'in_review', 'confirmed', 'in_fulfilment')
           AND l.service = ''),
    held AS (SELECT line_id, sum(quantity) units FROM inventory_reservation
              WHERE state = 'open' GROUP BY line_id),
    awaited AS (SELECT line_id, sum(quantity) units FROM inventory_backorder
                 WHERE state = 'open' GROUP BY line_id),
    questioned AS (SELECT line_id, sum(quantity) units FROM inventory_stockconflict
                    WHERE state = 'open' GROUP BY line_id),
    untold AS (  -- a conflict that the warehouse has not heard of; whoever begins to pick asks again
        SELECT c.line_id FROM inventory_stockconflict c
          JOIN core_event e ON e.about_kind = 'stock_conflict' AND e.about_id = c.id
          JOIN core_eventdelivery ed ON ed.event_id = e.id AND ed.state <> 'done'
         WHERE e.name = 'OfflineConflict'),
    sent AS (
        SELECT dl.line_id, dl.sku_id, d.warehouse_id, d.number, d.status,
               sum(CASE WHEN d.status IN ('planned', 'picking') THEN dl.quantity ELSE dl.picked END)
               - coalesce(sum(gone.units), 0) units
          FROM logistics_deliveryline dl JOIN logistics_delivery d ON d.id = dl.delivery_id
          LEFT JOIN LATERAL (
              SELECT sum(pl.quantity) units
                FROM logistics_parcelline pl JOIN logistics_parcel p ON p.id = pl.parcel_id
               WHERE pl.delivery_line_id = dl.id AND p.handed_over_at IS NOT NULL) gone ON true
         WHERE d.status NOT IN ('cancelled', 'handed_over')
         GROUP BY dl.line_id, dl.sku_id, d.warehouse_id, d.number, d.status)
    SELECT format('%s: %s units to ship, %s held, %s waited for, %s in question', wanted.number,
                  wanted.units, coalesce(held.units, 0), coalesce(awaited.units, 0),
                  coalesce(questioned.units, 0))
      FROM wanted LEFT JOIN held USING (line_id) LEFT JOIN awaited USING (line_id)
      LEFT JOIN questioned USING (line_id)
     WHERE wanted.units <> coalesce(held.units, 0) + coalesce(awaited.units, 0)
                           + coalesce(questioned.units, 0)
    UNION ALL
    SELECT format('%s: %s units to send, %s held for them', sent.number, sent.units, coalesce(r.units, 0))
      FROM sent LEFT JOIN LATERAL (
          SELECT sum(quantity) units FROM inventory_reservation
           WHERE state = 'open' AND line_id = sent.line_id AND sku_id = sent.sku_id
             AND warehouse_id = sent.warehouse_id) r ON true
     WHERE sent.units > coalesce(r.units, 0)
       AND NOT (sent.status = 'planned' AND sent.line_id IN (SELECT line_id FROM untold))
    """,
)
invariant(
    "I63",
    "a service ends with its goods, none is open in an order that is over, and what ended is in force or not",
    """
    SELECT format('%s line %s: %s and still open', o.number, l.id, l.service)
      FROM order_line l JOIN order_order o ON o.id = l.order_id
      LEFT JOIN orders_servicereport r ON r.line_id = l.id
     WHERE l.service <> '' AND r.id IS NULL AND l.cancelled_quantity < l.quantity
       AND (o.status IN ('completed', 'cancelled')
            OR (l.service = 'with_goods' AND o.status IN ('confirmed', 'in_fulfilment')
                AND NOT EXISTS (SELECT 1 FROM order_line g
                                 WHERE g.order_id = o.id AND g.service = ''
                                   AND g.delivered_quantity < g.quantity - g.cancelled_quantity)
                AND NOT EXISTS (SELECT 1 FROM core_eventdelivery ed JOIN core_event e ON e.id = ed.event_id
                                 WHERE ed.state <> 'done' AND e.about_kind = 'order' AND e.about_id = o.id)))
    UNION ALL
    SELECT format('%s line %s: %s, sold %s of %s, %s units cancelled',
                  o.number, l.id, r.outcome, r.gross, l.gross, l.cancelled_quantity)
      FROM orders_servicereport r JOIN order_line l ON l.id = r.line_id
      JOIN order_order o ON o.id = l.order_id
     WHERE l.service = '' OR r.gross > l.gross OR r.refunded > l.gross
        OR l.cancelled_quantity <> CASE r.outcome WHEN 'cancelled' THEN l.quantity ELSE 0 END
    """,
)
invariant(
    "I64",
    "the revenue of services is that of the lines performed, and what was cancelled is on its way back",
    """
    WITH booked AS (
        SELECT e.origin_id report_id, count(DISTINCT e.id) entries,
               sum(p.amount) FILTER (WHERE a.code = '6001.1' AND p.side = 'credit') net,
               sum(p.amount) FILTER (WHERE a.code = '2221.1' AND p.side = 'credit') tax
          FROM finance_entry e JOIN finance_posting p ON p.entry_id = e.id
          JOIN finance_account a ON a.id = p.account_id
         WHERE e.kind = 'delivery.service' AND e.origin_kind = 'service_report' GROUP BY e.origin_id),
    asked AS (
        SELECT origin_id report_id, sum(amount) amount FROM finance_refund
         WHERE origin_kind = 'service_report' AND key NOT LIKE '%:after:%' GROUP BY origin_id)
    SELECT format('line %s: sold %s with %s tax, booked %s and %s in %s entries; back %s, asked %s',
                  r.line_id, r.gross, r.tax, coalesce(b.net, 0), coalesce(b.tax, 0),
                  coalesce(b.entries, 0), r.refunded, coalesce(k.amount, 0))
      FROM orders_servicereport r
      LEFT JOIN booked b ON b.report_id = r.id
      LEFT JOIN asked k ON k.report_id = r.id
     WHERE (coalesce(b.net, 0), coalesce(b.tax, 0)) <> (r.gross - r.tax, r.tax)
        OR coalesce(b.entries, 0) <> (r.gross > 0)::int OR coalesce(k.amount, 0) <> r.refunded
    """,
)
