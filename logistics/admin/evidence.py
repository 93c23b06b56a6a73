"""Why a waybill did not agree, in words: findings are kept as figures with a reason (ANCHORS 3.4)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from logistics.rules.notes import told
from logistics.rules.outcomes import FeeKind

KINDS = {
    FeeKind.FREIGHT: _("freight"),
    FeeKind.SURCHARGE: _("surcharge"),
    FeeKind.COD_FEE: _("COD fee"),
    FeeKind.COD: _("cash"),
    FeeKind.ADJUSTMENT: _("correction"),
}


def words_of(finding: dict[str, Any]) -> dict[str, Any]:
    """One finding for the page: what, both figures where they differ, and the note."""
    expected, billed = Decimal(finding["expected"]), Decimal(finding["billed"])
    rows = ", ".join(finding["rows"])
    note = told(finding.get("why"), finding["note"])
    return {
        "what": KINDS.get(finding["kind"], ""),
        "expected": expected,
        "billed": billed,
        "differs": expected != billed,
        "note": note,
        "rows": "" if rows and rows in note else rows,
        "tolerated": finding["tolerated"],
    }
