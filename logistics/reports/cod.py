"""Cash that couriers collected: what was due, what came, what is still with them."""

from django.utils.translation import gettext_lazy as _

from core.reporting import SqlReport
from core.reports import Column
from logistics.models import Parcel

PARCELS = """
      FROM logistics_parcel p
      JOIN logistics_delivery d ON d.id = p.delivery_id
      JOIN order_order o ON o.id = d.order_id
      LEFT JOIN finance_entry e ON e.idempotency_key = 'delivery.cod:' || p.id
"""
# The sale's entry says the day; a delivered parcel that was not booked still shows, as a difference.
IN_SCOPE = """
     WHERE o.entity_id = %(entity)s AND p.cod_amount > 0 AND p.delivered_at IS NOT NULL
       AND (e."on" BETWEEN %(first)s AND %(last)s
            OR e.id IS NULL AND p.delivered_at >= %(since)s AND p.delivered_at < %(until)s)
"""


class CashOnDelivery(SqlReport):
    """Parcels delivered against cash in the period, with all that has happened to their cash since."""

    name = "cod"
    title = _("Cash on delivery")
    hint = _("Parcels delivered against cash in the period, and what became of the cash since.")
    columns = (
        Column("waybill", _("Waybill"), "id", 20),
        Column("order", _("Order"), "id", 18),
        Column("courier", _("Courier"), "text", 14),
        Column("delivered_at", _("Delivered at"), "datetime", 20),
        Column("on", _("Booked on"), "date", 12),
        Column("state", _("Collected cash"), "text", 16),
        Column("collected", _("Collected"), "money"),
        Column("remitted", _("Remitted"), "money"),
        Column("written_off", _("Written off"), "money"),
        Column("open", _("Still with the courier"), "money", 18),
    )
    words = {"state": dict(Parcel.CodState.choices)}
    sql = f"""
        SELECT w.number, o.number, c.name, p.delivered_at, e."on", p.cod_state, p.cod_amount,
               came.remitted, gone.written_off,
               p.cod_amount - coalesce(came.remitted, 0) - coalesce(gone.written_off, 0)
        {PARCELS}
          LEFT JOIN logistics_courier c ON c.id = p.courier_id
          LEFT JOIN logistics_waybill w
                 ON w.parcel_id = p.id AND w.direction = 'forward' AND w.state = 'live'
          LEFT JOIN LATERAL (SELECT sum(l.cod) AS remitted FROM logistics_remittanceline l
                              WHERE l.parcel_id = p.id AND l.state = 'applied') came ON true
          LEFT JOIN LATERAL (SELECT sum(g.amount) AS written_off FROM logistics_codwriteoff g
                              WHERE g.parcel_id = p.id) gone ON true
        {IN_SCOPE}
         ORDER BY p.delivered_at, p.id
    """
    ledger_sql = """
        WITH parcels AS (
            SELECT origin_id AS id FROM finance_entry
             WHERE kind = 'delivery.cod' AND entity_id = %(entity)s AND "on" BETWEEN %(first)s AND %(last)s),
        moved AS (
            SELECT e.kind, CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END AS amount
              FROM finance_posting p
              JOIN finance_entry e ON e.id = p.entry_id
              JOIN finance_account a ON a.id = p.account_id
             WHERE a.code = '1221.1' AND p.origin_kind = 'parcel'
               AND p.origin_id IN (SELECT id FROM parcels))
        SELECT sum(amount) FILTER (WHERE kind LIKE '%%delivery.cod') AS collected,
               -sum(amount) FILTER (WHERE kind LIKE '%%remittance') AS remitted,
               -sum(amount) FILTER (WHERE kind LIKE '%%cod_write_off') AS written_off,
               sum(amount) AS open
          FROM moved
    """
    chart_sql = f"""
        SELECT (p.delivered_at AT TIME ZONE %(zone)s)::date, sum(p.cod_amount)
        {PARCELS} {IN_SCOPE} GROUP BY 1 ORDER BY 1
    """
