"""Stock at the beginning and the end of the period, what came and what went, with its value at cost."""

from django.utils.translation import gettext_lazy as _

from core.reporting import SqlReport
from core.reports import Column

MOVES = """
      FROM inventory_stockmove m JOIN inventory_warehouse w ON w.id = m.warehouse_id
     WHERE w.entity_id = %(entity)s AND m.at < %(until)s
"""


class Stock(SqlReport):
    name = "stock"
    title = _("Stock and its value")
    hint = _("Units and value at cost, per SKU and warehouse, at the beginning and the end of the period.")
    right = "inventory.see_costs"
    chart = "line"
    columns = (
        Column("sku", _("SKU"), "id", 20),
        Column("title", _("Title"), "text", 28),
        Column("warehouse", _("Warehouse"), "text", 14),
        Column("opening", _("At the beginning"), "quantity", 10),
        Column("incoming", _("In"), "quantity", 10),
        Column("outgoing", _("Out"), "quantity", 10),
        Column("closing", _("At the end"), "quantity", 10),
        Column("unavailable", _("Not for sale"), "quantity", 10),
        Column("opening_value", _("Value at the beginning"), "money", 16),
        Column("incoming_value", _("Value in"), "money", 16),
        Column("outgoing_value", _("Value out"), "money", 16),
        Column("closing_value", _("Value at the end"), "money", 16),
    )
    sql = f"""
        WITH sums AS (
            SELECT m.sku_id, w.id AS warehouse_id, w.code AS warehouse,
                   coalesce(sum(m.on_hand_delta) FILTER (WHERE m.at < %(since)s), 0) AS opening,
                   coalesce(sum(m.on_hand_delta)
                            FILTER (WHERE m.at >= %(since)s AND m.on_hand_delta > 0), 0) AS incoming,
                   coalesce(-sum(m.on_hand_delta)
                            FILTER (WHERE m.at >= %(since)s AND m.on_hand_delta < 0), 0) AS outgoing,
                   sum(m.on_hand_delta) AS closing,
                   sum(m.unavailable_delta) AS unavailable,
                   coalesce(sum(m.cost) FILTER (WHERE m.at < %(since)s), 0) AS opening_value,
                   coalesce(sum(m.cost) FILTER (WHERE m.at >= %(since)s AND m.cost > 0), 0) AS incoming_value,
                   coalesce(-sum(m.cost) FILTER (WHERE m.at >= %(since)s AND m.cost < 0), 0)
                       AS outgoing_value,
                   sum(m.cost) AS closing_value
            {MOVES}
             GROUP BY m.sku_id, w.id, w.code)
        SELECT k.code, coalesce(nullif(p.title, ''), parent.title), s.warehouse, s.opening, s.incoming,
               s.outgoing, s.closing, s.unavailable, s.opening_value, s.incoming_value, s.outgoing_value,
               s.closing_value
          FROM sums s
          JOIN inventory_sku k ON k.id = s.sku_id
          JOIN partner_stockrecord r ON r.id = k.stockrecord_id
          JOIN catalogue_product p ON p.id = r.product_id
          LEFT JOIN catalogue_product parent ON parent.id = p.parent_id
         ORDER BY k.code, s.warehouse
    """
    ledger_sql = """
        WITH moved AS (
            SELECT e."on", p.side, p.amount
              FROM finance_posting p
              JOIN finance_entry e ON e.id = p.entry_id
              JOIN finance_account a ON a.id = p.account_id
             WHERE a.code = '1405' AND e.entity_id = %(entity)s AND e."on" <= %(last)s)
        SELECT sum(CASE side WHEN 'debit' THEN amount ELSE -amount END)
                   FILTER (WHERE "on" < %(first)s) AS opening_value,
               sum(amount) FILTER (WHERE "on" >= %(first)s AND side = 'debit') AS incoming_value,
               sum(amount) FILTER (WHERE "on" >= %(first)s AND side = 'credit') AS outgoing_value,
               sum(CASE side WHEN 'debit' THEN amount ELSE -amount END) AS closing_value
          FROM moved
    """
    chart_sql = f"""
        SELECT day, sum(sum(cost)) OVER (ORDER BY day) FROM (
            SELECT greatest((m.at AT TIME ZONE %(zone)s)::date, %(first)s) AS day, m.cost {MOVES}) moves
         GROUP BY day ORDER BY day
    """
