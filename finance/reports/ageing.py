"""What is open at the end of a day, and for how long: receivables, cash at couriers, payables, advances."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import origins
from core.reporting import DocumentNumber, SqlReport
from core.reports import Column

OPEN = """
    SELECT a.code, p.party_kind, p.party_id,
           CASE a.clears_by WHEN 'party' THEN '' ELSE p.origin_kind END AS origin_kind,
           CASE a.clears_by WHEN 'party' THEN 0 ELSE p.origin_id END AS origin_id,
           min(e."on") AS since,
           %(last)s::date - min(e."on") AS days,
           sum(CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END) AS amount
      FROM finance_posting p
      JOIN finance_entry e ON e.id = p.entry_id
      JOIN finance_account a ON a.id = p.account_id
     WHERE a.clears_by <> '' AND e.entity_id = %(entity)s AND e."on" <= %(last)s
     GROUP BY 1, 2, 3, 4, 5
    HAVING sum(CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END) <> 0
"""


class Ageing(SqlReport):
    """Debit is positive: what others owe us. `from` is not used: what is open has no beginning."""

    name = "ageing"
    title = _("Open items by age")
    hint = _("What is open at the end of the last day, by age; the first day is not used.")
    columns = (
        Column("account", _("Account"), "id", 10),
        Column("account_name", _("Name of the account"), "text", 24),
        Column("party", _("Party"), "text", 20),
        Column("document_kind", _("Document"), "text", 14),
        Column("document", _("Number"), "id", 22),
        Column("since", _("Open since"), "date", 12),
        Column("days", _("Days"), "quantity", 8, total=False),
        Column("open", _("Open"), "money"),
        Column("upto_30", _("Up to 30 days"), "money"),
        Column("upto_60", _("31 to 60 days"), "money"),
        Column("upto_90", _("61 to 90 days"), "money"),
        Column("older", _("Over 90 days"), "money"),
    )
    ledger_sql = """
        SELECT sum(CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END) AS open
          FROM finance_posting p
         WHERE p.account_id IN (SELECT id FROM finance_account WHERE clears_by <> '')
           AND p.entry_id IN (SELECT id FROM finance_entry
                               WHERE entity_id = %(entity)s AND "on" <= %(last)s)
    """
    chart_sql = f"""
        WITH items AS ({OPEN})
        SELECT bucket.label, sum(items.amount)
          FROM (VALUES (0, '0-30', 0, 30), (1, '31-60', 31, 60), (2, '61-90', 61, 90),
                       (3, '90+', 91, 1000000)) AS bucket (place, label, low, high)
          LEFT JOIN items ON items.days BETWEEN bucket.low AND bucket.high
         GROUP BY bucket.place, bucket.label ORDER BY bucket.place
    """

    @property
    def words(self) -> Mapping[str, Mapping[str, Any]]:  # type: ignore[override]
        return {"document_kind": origins.titles()}

    @property
    def sql(self) -> str:  # type: ignore[override]
        return f"""
            WITH items AS ({OPEN})
            SELECT i.code, CASE WHEN %(zh)s THEN a.name_zh ELSE a.name_en END,
                   CASE i.party_kind WHEN '' THEN NULL WHEN 'customer' THEN c.name
                        ELSE {DocumentNumber("i.party_kind", "i.party_id")} END,
                   i.origin_kind,
                   CASE i.origin_kind WHEN '' THEN NULL
                        ELSE {DocumentNumber("i.origin_kind", "i.origin_id")} END,
                   i.since, i.days, i.amount,
                   CASE WHEN i.days <= 30 THEN i.amount END,
                   CASE WHEN i.days BETWEEN 31 AND 60 THEN i.amount END,
                   CASE WHEN i.days BETWEEN 61 AND 90 THEN i.amount END,
                   CASE WHEN i.days > 90 THEN i.amount END
              FROM items i
              JOIN finance_account a ON a.code = i.code
              LEFT JOIN crm_customer c ON i.party_kind = 'customer' AND c.id = i.party_id
             ORDER BY i.code, i.since, i.origin_kind, i.origin_id, i.party_id
        """
