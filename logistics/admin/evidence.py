"""Why a waybill did not agree, in words: findings are kept as figures with an English note (ANCHORS 3.4)."""

import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logistics.rules import cod
from logistics.rules.outcomes import FeeKind

KINDS = {
    FeeKind.FREIGHT: _("freight"),
    FeeKind.SURCHARGE: _("surcharge"),
    FeeKind.COD_FEE: _("COD fee"),
    FeeKind.COD: _("cash"),
    FeeKind.ADJUSTMENT: _("correction"),
}
# Notes that carry figures: what the rules write, and how people read it.
PATTERNS = [
    (
        r"billed at (?P<theirs>.+) g, weighed here (?P<ours>.+) g",
        _("billed at %(theirs)s g, weighed here %(ours)s g"),
    ),
    (
        r"billed to zone (?P<theirs>.*), sent to zone (?P<ours>.*)",
        _("billed to zone %(theirs)s, sent to zone %(ours)s"),
    ),
    (
        r"(?P<before>\S+) was settled by an earlier statement",
        _("%(before)s was settled by an earlier statement"),
    ),
    (r"the cash stands on (?P<rows>.+)", _("the cash stands on rows %(rows)s")),
    (r"(?P<item>.+) stands on (?P<rows>.+)", _("%(item)s stands on rows %(rows)s")),
    (r"no expected freight: (?P<why>.+)", _("no expected freight: %(why)s")),
]
NOTES = {
    "billed as a return, but it went forward": _("billed as a return, but it went forward"),
    "delivered here, but the statement shows no cash": _("delivered here, but the statement shows no cash"),
    "no weight or zone gives this fee": _("no weight or zone gives this fee"),
    "the forward price of this parcel": _("the forward price of this parcel"),
    "not the agreed return price": _("not the agreed return price"),
    "the receiver pays this parcel; nothing is payable by our account": _(
        "the receiver pays this parcel; nothing is payable by our account"
    ),
}


def words_of(finding: dict[str, Any]) -> dict[str, Any]:
    """One finding for the page: what, both figures where they differ, and the note."""
    expected, billed = Decimal(finding["expected"]), Decimal(finding["billed"])
    rows = ", ".join(finding["rows"])
    return {
        "what": KINDS.get(finding["kind"], ""),
        "expected": expected,
        "billed": billed,
        "differs": expected != billed,
        "note": told(finding["note"]),
        "rows": "" if rows and rows in finding["note"] else rows,
        "tolerated": finding["tolerated"],
    }


def told(note: str) -> str:
    """A note in the reader's language; one that nobody foresaw stays as it was written."""
    if note in NOTES:
        return str(NOTES[note])
    for pattern, text in PATTERNS:
        if found := re.fullmatch(pattern, note):
            return str(text) % found.groupdict()
    return gettext(note) if note in _CASH else note


_CASH = frozenset(reason for _verdict, reason in cod.TABLE.values())
