"""The journal, posting by posting."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import origins
from core.reporting import DocumentNumber, SqlReport
from core.reports import Column
from finance.models import moment_names


class LedgerLines(SqlReport):
    name = "ledger"
    title = _("Journal")
    hint = _("Every posting of the period, with its document.")
    columns = (
        Column("on", _("Booked on"), "date", 12),
        Column("voucher", _("Voucher"), "id", 12),
        Column("entry", _("Entry"), "id", 10),
        Column("kind", _("Moment"), "text", 18),
        Column("account", _("Account"), "id", 10),
        Column("account_name", _("Name of the account"), "text", 24),
        Column("debit", _("Debit"), "money"),
        Column("credit", _("Credit"), "money"),
        Column("party_kind", _("Kind of party"), "text", 12),
        Column("party", _("Party"), "text", 18),
        Column("document_kind", _("Document"), "text", 14),
        Column("document", _("Number"), "id", 20),
        Column("memo", _("Memo"), "text", 30),
    )
    ledger_sql = """
        SELECT sum(p.amount) FILTER (WHERE p.side = 'debit') AS debit,
               sum(p.amount) FILTER (WHERE p.side = 'credit') AS credit
          FROM finance_posting p
         WHERE p.entry_id IN (SELECT id FROM finance_entry
                               WHERE entity_id = %(entity)s AND "on" BETWEEN %(first)s AND %(last)s)
    """
    chart_sql = """
        SELECT e."on", sum(p.amount)
          FROM finance_entry e JOIN finance_posting p ON p.entry_id = e.id AND p.side = 'debit'
         WHERE e.entity_id = %(entity)s AND e."on" BETWEEN %(first)s AND %(last)s
         GROUP BY 1 ORDER BY 1
    """

    @property
    def words(self) -> Mapping[str, Mapping[str, Any]]:  # type: ignore[override]
        kinds = origins.titles()
        return {"kind": moment_names(), "party_kind": kinds, "document_kind": kinds}

    @property
    def sql(self) -> str:  # type: ignore[override]
        return f"""
            SELECT e."on", to_char(v.month, 'YYYY-MM-') || v.number, e.id, e.kind, a.code,
                   CASE WHEN %(zh)s THEN a.name_zh ELSE a.name_en END,
                   CASE p.side WHEN 'debit' THEN p.amount END, CASE p.side WHEN 'credit' THEN p.amount END,
                   nullif(p.party_kind, ''),
                   CASE p.party_kind WHEN '' THEN NULL
                        ELSE {DocumentNumber("p.party_kind", "p.party_id")} END,
                   p.origin_kind, {DocumentNumber("p.origin_kind", "p.origin_id")}, e.memo
              FROM finance_entry e
              JOIN finance_posting p ON p.entry_id = e.id
              JOIN finance_account a ON a.id = p.account_id
              LEFT JOIN finance_voucher v ON v.entry_id = e.id
             WHERE e.entity_id = %(entity)s AND e."on" BETWEEN %(first)s AND %(last)s
             ORDER BY e."on", e.id, p.id
        """
