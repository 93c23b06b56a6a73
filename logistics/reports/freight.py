"""What sending parcels was expected to cost, what couriers billed, and what is still to be billed."""

from django.utils.translation import gettext_lazy as _

from core.reporting import SqlReport
from core.reports import Column

# Parcels by the day their hand-over was booked on; charges that no parcel of ours explains by their own day.
PARCELS = """
    SELECT p.id, h."on"
      FROM logistics_parcel p
      JOIN logistics_delivery d ON d.id = p.delivery_id
      JOIN order_order o ON o.id = d.order_id
      LEFT JOIN finance_entry h ON h.idempotency_key = 'handover:' || p.id
     WHERE o.entity_id = %(entity)s AND p.handed_over_at IS NOT NULL
       AND (h."on" BETWEEN %(first)s AND %(last)s
            OR h.id IS NULL AND p.handed_over_at >= %(since)s AND p.handed_over_at < %(until)s)
"""
CHARGES = """
    SELECT c.id, c.parcel_id, c.courier_id, c.waybill, c.amount, c.tax, c.accrued, c.at
      FROM logistics_agreedcharge c
     WHERE c.kind <> 'cod'
       AND (c.parcel_id IN (SELECT id FROM parcels)
            OR c.parcel_id IS NULL AND %(is_default)s AND c.at >= %(since)s AND c.at < %(until)s)
"""


class Freight(SqlReport):
    """Parcels handed over in the period, with all that has become of their cost since."""

    name = "freight"
    title = _("Freight")
    hint = _("Parcels handed over in the period: expected, billed, still to be billed.")
    columns = (
        Column("waybill", _("Waybill"), "id", 20),
        Column("order", _("Order"), "id", 18),
        Column("courier", _("Courier"), "text", 14),
        Column("handed_over_at", _("Handed over at"), "datetime", 20),
        Column("zone", _("Zone"), "text", 8),
        Column("billable_g", _("Billable grams"), "quantity", 12, total=False),
        Column("expected", _("Expected at hand-over"), "money", 16),
        Column("changed", _("Changed on the way"), "money", 16),
        Column("billed", _("Billed, with tax"), "money", 16),
        Column("tax", _("Tax in it"), "money"),
        Column("difference", _("Billed above what was expected"), "money", 16),
        Column("accrued", _("Still to be billed"), "money", 16),
    )
    sql = f"""
        WITH parcels AS ({PARCELS}), charges AS ({CHARGES}),
        billed AS (
            SELECT parcel_id, sum(amount) AS amount, sum(tax) AS tax, sum(accrued) AS accrued
              FROM charges WHERE parcel_id IS NOT NULL GROUP BY parcel_id),
        back AS (
            SELECT parcel_id, sum(expected_freight + expected_surcharge) AS amount
              FROM logistics_waybill
             WHERE direction = 'return' AND problem = '' AND parcel_id IN (SELECT id FROM parcels)
             GROUP BY parcel_id),
        costs AS (
            SELECT p.*, p.expected_freight + p.expected_surcharge + p.expected_cod_fee AS expected,
                   coalesce(back.amount, 0)
                     - CASE WHEN p.state IN ('returned', 'lost') THEN p.expected_cod_fee ELSE 0 END AS changed
              FROM parcels JOIN logistics_parcel p ON p.id = parcels.id
              LEFT JOIN back ON back.parcel_id = p.id)
        SELECT w.number, o.number, c.name, p.handed_over_at AS moment, p.zone, p.billable_g,
               p.expected, p.changed, b.amount, b.tax, b.amount - b.tax - b.accrued,
               p.expected + p.changed - coalesce(b.accrued, 0)
          FROM costs p
          JOIN logistics_delivery d ON d.id = p.delivery_id
          JOIN order_order o ON o.id = d.order_id
          LEFT JOIN logistics_courier c ON c.id = p.courier_id
          LEFT JOIN logistics_waybill w
                 ON w.parcel_id = p.id AND w.direction = 'forward' AND w.state = 'live'
          LEFT JOIN billed b ON b.parcel_id = p.id
         UNION ALL
        SELECT x.waybill, NULL, c.name, x.at, NULL, NULL, NULL, NULL, x.amount, x.tax,
               x.amount - x.tax - x.accrued, NULL
          FROM charges x JOIN logistics_courier c ON c.id = x.courier_id
         WHERE x.parcel_id IS NULL
         ORDER BY moment, 1
    """
    ledger_sql = f"""
        WITH parcels AS ({PARCELS}), charges AS ({CHARGES}),
        moved AS (
            SELECT e.kind, e.origin_kind, a.code,
                   CASE p.side WHEN 'credit' THEN p.amount ELSE -p.amount END AS amount
              FROM finance_entry e
              JOIN finance_posting p ON p.entry_id = e.id
              JOIN finance_account a ON a.id = p.account_id
             WHERE a.code IN ('2241.1', '2241.2', '2221.2')
               AND (e.origin_kind = 'agreed_charge' AND e.origin_id IN (SELECT id FROM charges)
                    OR e.kind LIKE '%%handover' AND e.origin_kind = 'parcel'
                       AND e.origin_id IN (SELECT id FROM parcels)
                    OR e.kind LIKE '%%courier_accrual' AND p.origin_kind = 'parcel'
                       AND p.origin_id IN (SELECT id FROM parcels)))
        SELECT sum(amount) FILTER (WHERE code = '2241.1' AND kind LIKE '%%handover') AS expected,
               sum(amount) FILTER (WHERE code = '2241.1' AND kind LIKE '%%courier_accrual') AS changed,
               sum(amount) FILTER (WHERE code = '2241.2') AS billed,
               -sum(amount) FILTER (WHERE code = '2221.2') AS tax,
               sum(amount) FILTER (WHERE origin_kind = 'agreed_charge') AS difference,
               sum(amount) FILTER (WHERE code = '2241.1') AS accrued
          FROM moved
    """
    chart_sql = f"""
        WITH parcels AS ({PARCELS})
        SELECT coalesce(s."on", (p.handed_over_at AT TIME ZONE %(zone)s)::date),
               sum(p.expected_freight + p.expected_surcharge + p.expected_cod_fee)
          FROM parcels s JOIN logistics_parcel p ON p.id = s.id
         GROUP BY 1 ORDER BY 1
    """
