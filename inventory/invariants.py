"""What is always true of stock, promises and stock value."""

from core.invariants import invariant

invariant(
    "I27",
    "on hand and not-for-sale equal the sums of the moves",
    """
    SELECT format('%s @ %s: on hand %s, moves say %s; not for sale %s, moves say %s', sku.code, place.code,
                  coalesce(level.on_hand, 0), coalesce(facts.on_hand, 0),
                  coalesce(level.unavailable, 0), coalesce(facts.unavailable, 0))
      FROM inventory_stocklevel level
      FULL JOIN (SELECT sku_id, warehouse_id, sum(on_hand_delta) on_hand, sum(unavailable_delta) unavailable
                   FROM inventory_stockmove GROUP BY sku_id, warehouse_id) facts USING (sku_id, warehouse_id)
      JOIN inventory_sku sku ON sku.id = sku_id
      JOIN inventory_warehouse place ON place.id = warehouse_id
     WHERE (coalesce(level.on_hand, 0), coalesce(level.unavailable, 0))
           IS DISTINCT FROM (coalesce(facts.on_hand, 0), coalesce(facts.unavailable, 0))
    """,
)
invariant(
    "I28",
    "reserved equals the sum of the open reservations",
    """
    SELECT format('%s @ %s: reserved %s, reservations say %s', sku.code, place.code,
                  coalesce(level.reserved, 0), coalesce(facts.units, 0))
      FROM inventory_stocklevel level
      FULL JOIN (SELECT sku_id, warehouse_id, sum(quantity) units
                   FROM inventory_reservation WHERE state = 'open' GROUP BY sku_id, warehouse_id) facts
           USING (sku_id, warehouse_id)
      JOIN inventory_sku sku ON sku.id = sku_id
      JOIN inventory_warehouse place ON place.id = warehouse_id
     WHERE coalesce(level.reserved, 0) <> coalesce(facts.units, 0)
    """,
)
invariant(
    "I29",
    "nothing is oversold and no column is negative",
    """
    SELECT format('%s @ %s: %s on hand, %s reserved, %s not for sale', sku.code, place.code,
                  level.on_hand, level.reserved, level.unavailable)
      FROM inventory_stocklevel level
      JOIN inventory_sku sku ON sku.id = level.sku_id
      JOIN inventory_warehouse place ON place.id = level.warehouse_id
     WHERE level.reserved < 0 OR level.unavailable < 0 OR level.reserved + level.unavailable > level.on_hand
    """,
)
invariant(
    "I31",
    "no open reservation or back-order belongs to a closed order",
    """
    SELECT format('order %s (%s) still holds or waits for %s × %s', orders.number, orders.status,
                  held.quantity, sku.code)
      FROM (SELECT line_id, sku_id, quantity FROM inventory_reservation WHERE state = 'open'
            UNION ALL
            SELECT line_id, sku_id, quantity FROM inventory_backorder WHERE state = 'open') held
      JOIN order_line line ON line.id = held.line_id
      JOIN order_order orders ON orders.id = line.order_id
      JOIN inventory_sku sku ON sku.id = held.sku_id
     WHERE orders.status IN ('cancelled', 'completed')
    """,
)
invariant(
    "I32",
    "no open reservation is more than five minutes past its deadline",
    """
    SELECT format('line %s holds %s × %s since %s', held.line_id, held.quantity, sku.code, held.expires_at)
      FROM inventory_reservation held JOIN inventory_sku sku ON sku.id = held.sku_id
     WHERE held.state = 'open' AND held.expires_at < statement_timestamp() - interval '5 minutes'
    """,
)
invariant(
    "I38",
    "goods of others have an owner and are not part of our stock value",
    """
    SELECT format('%s move %s of %s carries %s for goods that are not ours', place.code, move.id,
                  sku.code, move.cost)
      FROM inventory_stockmove move
      JOIN inventory_warehouse place ON place.id = move.warehouse_id
      JOIN inventory_sku sku ON sku.id = move.sku_id
     WHERE place.kind = 'dropship' AND (move.cost <> 0 OR place.owner = '')
    """,
)
invariant(
    "I39",
    "every outside stock message is applied at most once",
    """
    SELECT format('%s %s is applied %s times', message_source, message_id, count(*))
      FROM inventory_stockmove WHERE message_id IS NOT NULL
     GROUP BY message_source, message_id HAVING count(*) > 1
    """,
)
invariant(
    "I53",
    "fences and caps are kept",
    """
    SELECT format('%s in %s: fences hold %s of %s free units', sku.code, team.code, fence.units,
                  coalesce(there.free, 0))
      FROM (SELECT sku_id, group_id, sum(greatest(0, fenced - taken)) units
              FROM inventory_channelpool GROUP BY sku_id, group_id) fence
      LEFT JOIN (SELECT level.sku_id, place.group_id,
                        sum(level.on_hand - level.reserved - level.unavailable) free
                   FROM inventory_stocklevel level
                   JOIN inventory_warehouse place ON place.id = level.warehouse_id AND place.active
                  GROUP BY level.sku_id, place.group_id) there USING (sku_id, group_id)
      JOIN inventory_sku sku ON sku.id = fence.sku_id
      JOIN inventory_warehousegroup team ON team.id = fence.group_id
     WHERE fence.units > coalesce(there.free, 0)
    UNION ALL
    SELECT format('%s: channel %s has taken %s of a cap of %s', sku.code, channel.code,
                  pool.taken - pool.base, pool.cap)
      FROM inventory_channelpool pool
      JOIN inventory_sku sku ON sku.id = pool.sku_id
      JOIN inventory_channel channel ON channel.id = pool.channel_id
     WHERE pool.taken - pool.base > pool.cap
    UNION ALL
    SELECT format('%s: channel %s has %s taken, reservations say %s', sku.code, channel.code, pool.taken,
                  coalesce(sum(held.quantity), 0))
      FROM inventory_channelpool pool
      JOIN inventory_sku sku ON sku.id = pool.sku_id
      JOIN inventory_channel channel ON channel.id = pool.channel_id
      LEFT JOIN inventory_reservation held ON held.pool_id = pool.id AND held.state <> 'released'
     GROUP BY pool.id, sku.code, channel.code
    HAVING pool.taken <> coalesce(sum(held.quantity), 0)
    """,
)
invariant(
    "I57",
    "stock value is the sum of the moves, and covers exactly the goods on hand",
    """
    WITH facts AS (
      SELECT move.sku_id, place.entity_id, sum(move.on_hand_delta) quantity, sum(move.cost) AS value
        FROM inventory_stockmove move JOIN inventory_warehouse place ON place.id = move.warehouse_id
       WHERE place.kind <> 'dropship' GROUP BY move.sku_id, place.entity_id
    ), there AS (
      SELECT level.sku_id, place.entity_id, sum(level.on_hand) units
        FROM inventory_stocklevel level JOIN inventory_warehouse place ON place.id = level.warehouse_id
       WHERE place.kind <> 'dropship' GROUP BY level.sku_id, place.entity_id
    ), figures AS (
      SELECT sku_id, entity_id, coalesce(cost.quantity, 0) quantity, coalesce(cost.value, 0) AS value,
             coalesce(facts.quantity, 0) moved, coalesce(facts.value, 0) cost, coalesce(there.units, 0) units
        FROM inventory_skucost cost
        FULL JOIN facts USING (sku_id, entity_id) FULL JOIN there USING (sku_id, entity_id)
    )
    SELECT format('%s of %s: value says %s = %s, moves %s = %s, on hand are %s', sku.code, entity.code,
                  figures.quantity, figures.value, figures.moved, figures.cost, figures.units)
      FROM figures
      JOIN inventory_sku sku ON sku.id = figures.sku_id
      JOIN core_legalentity entity ON entity.id = figures.entity_id
     WHERE (figures.quantity, figures.value) <> (figures.moved, figures.cost)
        OR figures.quantity <> figures.units
    """,
)
invariant(
    "I58",
    "opening stock, receipts, differences and offline sales stand in the ledger at their cost",
    """
    SELECT format('%s move %s of %s: cost %s, 1405 says %s', move.kind, move.id, sku.code, move.cost,
                  coalesce(ledger.booked, 0))
      FROM inventory_stockmove move
      JOIN inventory_sku sku ON sku.id = move.sku_id
      LEFT JOIN (SELECT entry.origin_id,
                        sum(posting.amount * CASE posting.side WHEN 'debit' THEN 1 ELSE -1 END) booked
                   FROM finance_posting posting
                   JOIN finance_entry entry ON entry.id = posting.entry_id
                   JOIN finance_account account ON account.id = posting.account_id
                  WHERE entry.origin_kind = 'stock_move' AND account.code = '1405'
                  GROUP BY entry.origin_id) ledger ON ledger.origin_id = move.id
     WHERE move.kind IN ('opening', 'receipt', 'adjust', 'sale')
       AND move.cost <> coalesce(ledger.booked, 0)
    """,
)
