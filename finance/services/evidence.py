"""Proofs of a payment, each kept once whatever the order in which they come (F27, F29)."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from core import clock
from core.audit import current_actor
from core.origins import Origin
from core.rows import columns_of, table_of, values_of
from finance.models import Payment, PaymentEvidence


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where we know a payment from: a PaymentEvidence.Kind, the provider's status, the source row."""

    kind: str
    status: str = ""
    refund_ref: str = ""
    source: Origin | None = None
    note: str = ""


def keep_evidence(*, payment: Payment, evidence: Evidence, amount: Decimal, currency: str) -> bool:
    """Append a proof unless it is there already; tells whether it was new."""
    row = PaymentEvidence(
        payment=payment,
        kind=evidence.kind,
        status=evidence.status[:20],
        refund_ref=evidence.refund_ref[:64],
        amount=amount,
        currency=currency,
        source_kind=evidence.source.kind if evidence.source else "",
        source_id=evidence.source.id if evidence.source else None,
        note=evidence.note[:300],
        by=current_actor(),
        at=clock.now(),
    )
    columns = columns_of(PaymentEvidence)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table_of(PaymentEvidence)} ({', '.join(name for name, _field in columns)})"  # noqa: S608
            f" VALUES ({', '.join(['%s'] * len(columns))}) ON CONFLICT DO NOTHING",
            values_of(row, columns),
        )
        return cursor.rowcount == 1
