"""Numbers that people read out: SO, DN, PO, RMA … plus the day plus a running number.

Sequential, so they are for people only: public addresses carry random ids and idempotency keys
never rest on a number. Gaps are allowed; gapless voucher numbers are the ledger's own matter.
"""

from typing import Final

from django.db import connection

from core import clock

KINDS: Final = frozenset({"SO", "DN", "PO", "RMA", "RF", "ST", "CL", "PI"})


def next_number(kind: str) -> str:
    """The next number of a kind, e.g. ``SO261121-0000042``; never given twice, also after a rollback."""
    if kind not in KINDS:
        raise ValueError(f"unknown number kind {kind}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('core_numbers')")
        (running,) = cursor.fetchone()
    return f"{kind}{clock.today():%y%m%d}-{running:07d}"
