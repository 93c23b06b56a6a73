"""Money that came from customers by provider, bank or till. What couriers collect is in `cod`.

Credits of other systems stand beside it until a person links them: they are in nobody's ledger yet.
"""

from django.utils.translation import gettext_lazy as _

from core.reporting import SqlReport
from core.reports import Column
from finance.queries import PAYMENT_STATES
from orders.models import UnlinkedCredit

# Money of the wrong payee is no money of ours: it has no entry and stands in a column of its own.
RECEIVED = """
      FROM finance_payment p
      JOIN finance_moneyaccount m ON m.id = p.account_id
      LEFT JOIN finance_entry e ON e.id = p.entry_id
      LEFT JOIN order_order x ON x.id = p.order_id
     WHERE m.entity_id = %(entity)s
       AND (e."on" BETWEEN %(first)s AND %(last)s
            OR e.id IS NULL AND p.received_at >= %(since)s AND p.received_at < %(until)s)
"""
KINDS = "('prepayment', 'unapplied_receipt', 'deposit_topped_up')"


class Payments(SqlReport):
    """By the day that they are booked on: the day they came, unless its month was closed by then."""

    name = "payments"
    title = _("Payments")
    hint = _("Money received by provider, bank and till in the period, and credits of other systems.")
    columns = (
        Column("trade_no", _("Transaction number"), "id", 30),
        Column("account", _("Paid into"), "text", 14),
        Column("order", _("Order"), "id", 18),
        Column("external", _("Number elsewhere"), "id", 18),
        Column("channel", _("Channel"), "text", 14),
        Column("received_at", _("Received at"), "datetime", 20),
        Column("on", _("Booked on"), "date", 12),
        Column("state", _("State"), "text", 12),
        Column("amount", _("Received"), "money"),
        Column("applied", _("Applied to the order"), "money", 16),
        Column("not_ours", _("Not into our account"), "money", 16),
        Column("credits", _("Credits elsewhere, without an order"), "money", 16),
    )
    words = {"state": PAYMENT_STATES | dict(UnlinkedCredit.State.choices)}
    sql = f"""
        SELECT t.trade_no, t.account, o.number, t.external, coalesce(ch.name, t.channel), t.received_at,
               t."on", t.state, t.booked, t.applied, t.not_ours, t.credits
          FROM (SELECT p.id, p.trade_no, m.code AS account, p.order_id, x.external_number AS external,
                       NULL AS channel, p.received_at, e."on", p.state,
                       CASE WHEN e.id IS NOT NULL THEN p.amount END AS booked,
                       CASE WHEN e.id IS NOT NULL THEN p.applied END AS applied,
                       CASE WHEN e.id IS NULL THEN p.amount END AS not_ours,
                       NULL::numeric AS credits
                {RECEIVED}
                 UNION ALL
                SELECT c.id, NULL, NULL, c.order_id, c.number, ch.name, c.credited_at, NULL, c.state,
                       NULL, NULL, NULL, -c.amount
                  FROM orders_unlinkedcredit c JOIN inventory_channel ch ON ch.id = c.channel_id
                 WHERE c.entity_id = %(entity)s
                   AND c.credited_at >= %(since)s AND c.credited_at < %(until)s) t
          LEFT JOIN order_order o ON o.id = t.order_id
          LEFT JOIN inventory_channel ch ON ch.id = o.channel_id
         ORDER BY t.received_at, t.trade_no, t.external
    """
    ledger_sql = f"""
        SELECT sum(CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END) AS amount
          FROM finance_posting p
          JOIN finance_entry e ON e.id = p.entry_id
          JOIN finance_account a ON a.id = p.account_id
         WHERE a.code IN ('1002', '1012.1') AND replace(e.kind, 'reverse.', '') IN {KINDS}
           AND e.entity_id = %(entity)s AND e."on" BETWEEN %(first)s AND %(last)s
    """
    chart_sql = f"""
        SELECT e."on", sum(p.amount) {RECEIVED} AND e.id IS NOT NULL GROUP BY 1 ORDER BY 1
    """
