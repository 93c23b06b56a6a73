"""Money that went back or is to go back."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import desk
from core.reporting import SqlReport
from core.reports import Column
from finance.models import Refund

SCOPE = """
      FROM finance_refund r
      JOIN finance_payment p ON p.id = r.payment_id
      LEFT JOIN finance_moneyaccount m ON m.id = p.account_id
      LEFT JOIN order_order o ON o.id = r.order_id
      LEFT JOIN finance_entry e ON e.idempotency_key = 'refund_paid:' || r.id
     WHERE coalesce(e.entity_id, m.entity_id, o.entity_id) = %(entity)s
       AND (e."on" BETWEEN %(first)s AND %(last)s
            OR e.id IS NULL AND coalesce(r.done_at, r.requested_at) >= %(since)s
                            AND coalesce(r.done_at, r.requested_at) < %(until)s)
"""


class Refunds(SqlReport):
    """Paid refunds by the day they are booked on, and those that wait or failed by the day of the request."""

    name = "refunds"
    title = _("Refunds")
    hint = _("Refunds paid in the period, and those that wait.")
    columns = (
        Column("number", _("Refund"), "id", 16),
        Column("order", _("Order"), "id", 18),
        Column("way", _("Way"), "text", 16),
        Column("provider", _("Paid by"), "text", 12),
        Column("trade_no", _("Transaction number"), "id", 30),
        Column("state", _("State"), "text", 12),
        Column("requested_at", _("Requested at"), "datetime", 20),
        Column("done_at", _("Done at"), "datetime", 20),
        Column("on", _("Booked on"), "date", 12),
        Column("amount", _("Refunded"), "money"),
        Column("waiting", _("Waiting"), "money"),
        Column("reason", _("Reason"), "text", 30),
    )
    sql = f"""
        SELECT r.number, o.number, r.way, p.provider, p.trade_no, r.state, r.requested_at, r.done_at, e."on",
               CASE r.state WHEN 'done' THEN r.amount END,
               CASE WHEN r.state IN ('requested', 'sending', 'unknown') THEN r.amount END,
               coalesce(nullif(r.problem, ''), r.reason)
        {SCOPE}
         ORDER BY coalesce(r.done_at, r.requested_at), r.id
    """
    ledger_sql = """
        SELECT sum(CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END) AS amount
          FROM finance_posting p
          JOIN finance_entry e ON e.id = p.entry_id
          JOIN finance_account a ON a.id = p.account_id
         WHERE a.code = '2241.3' AND e.kind IN ('refund_paid', 'reverse.refund_paid')
           AND e.entity_id = %(entity)s AND e."on" BETWEEN %(first)s AND %(last)s
    """
    chart_sql = f"""
        SELECT e."on", sum(r.amount) {SCOPE} AND e.id IS NOT NULL GROUP BY 1 ORDER BY 1
    """

    @property
    def words(self) -> Mapping[str, Mapping[str, Any]]:  # type: ignore[override]
        return {
            "state": dict(Refund.State.choices),
            "way": dict(Refund.Way.choices),
            "reason": desk.fact_names(),
        }
