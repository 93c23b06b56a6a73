"""What is always true of goods that came back."""

from core.invariants import invariant

invariant(
    "I34",
    "no line has come back more often than it was delivered, and its counter is that of the inspections",
    """
    SELECT format('%s line %s: %s returned, inspections say %s',
                  o.number, l.id, l.returned_quantity, facts.units)
      FROM order_line l JOIN order_order o ON o.id = l.order_id
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(i.sellable + i.scrapped), 0) units
            FROM returns_inspection i JOIN returns_returnline rl ON rl.id = i.line_id
            JOIN returns_returncase c ON c.id = rl.case_id
           WHERE rl.line_id = l.id AND c.kind = 'return') facts
     WHERE l.returned_quantity <> facts.units OR facts.units > l.delivered_quantity
    """,
)
invariant(
    "I35",
    "every accepted unit went back on the shelf or was scrapped exactly once",
    """
    SELECT format('%s inspection %s: %s sellable units, moves say %s',
                  c.number, i.id, i.sellable, facts.units)
      FROM returns_inspection i JOIN returns_returnline rl ON rl.id = i.line_id
      JOIN returns_returncase c ON c.id = rl.case_id
      CROSS JOIN LATERAL (SELECT coalesce(sum(on_hand_delta), 0) units FROM inventory_stockmove
                           WHERE origin_kind = 'inspection' AND origin_id = i.id) facts
     WHERE i.sellable <> facts.units
    """,
)
invariant(
    "I62",
    "a settled return case has refunded what its inspections say, and a case never rests without a deadline",
    """
    SELECT format('%s: refund %s, inspections say %s', c.number, c.refund_amount, facts.gross)
      FROM returns_returncase c
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(i.gross), 0) gross FROM returns_inspection i
            JOIN returns_returnline rl ON rl.id = i.line_id WHERE rl.case_id = c.id) facts
     WHERE c.kind = 'return' AND c.status = 'settled' AND c.refund_amount <> facts.gross
    """,
)
