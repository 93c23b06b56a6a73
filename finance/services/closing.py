"""Closing days and months: voucher numbers without gaps, stored balances, no entry behind them (F66)."""

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import clock, states
from core.models import LegalEntity
from finance.errors import LedgerError
from finance.models import DayClose, Entry, Period
from finance.services.ledger import lock_ledger

_NUMBER = """
    INSERT INTO finance_voucher (entry_id, entity_id, month, number, close_id)
    SELECT id, entity_id, month, given + row_number() OVER (PARTITION BY month ORDER BY "on", id), %(close)s
    FROM (
        SELECT e.id, e.entity_id, e."on", m.month, COALESCE((
            SELECT max(v.number) FROM finance_voucher v WHERE v.entity_id = e.entity_id AND v.month = m.month
        ), 0) AS given
        FROM finance_entry e
        CROSS JOIN LATERAL (SELECT date_trunc('month', e."on"::timestamp)::date AS month) m
        WHERE e.entity_id = %(entity)s AND e."on" <= %(day)s
            AND NOT EXISTS (SELECT 1 FROM finance_voucher v WHERE v.entry_id = e.id)
    ) n
"""
_BALANCES = """
    INSERT INTO finance_accountbalance (close_id, account_id, currency, debits, credits)
    SELECT %(close)s, p.account_id, p.currency,
        COALESCE(sum(p.amount) FILTER (WHERE p.side = 'debit'), 0),
        COALESCE(sum(p.amount) FILTER (WHERE p.side = 'credit'), 0)
    FROM finance_posting p JOIN finance_entry e ON e.id = p.entry_id
    WHERE e.entity_id = %(entity)s AND e.id <= %(last)s
    GROUP BY p.account_id, p.currency
"""


@transaction.atomic
def day_close(*, entity: LegalEntity, day: date) -> DayClose:
    """Give every entry up to that day its voucher number, in order of day, and store the balances.

    Idempotent: a day is closed once; later entries for it, in an open month, are numbered by the next close.
    """
    lock_ledger()
    there = DayClose.objects.filter(entity=entity, day=day).first()
    if there is not None:
        return there
    last = Entry.objects.filter(entity=entity).order_by("-pk").values_list("pk", flat=True).first() or 0
    close = DayClose.objects.create(entity=entity, day=day, last_entry_id=last, closed_at=clock.now())
    values: dict[str, Any] = {"close": close.pk, "entity": entity.pk, "day": day, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, values)
        cursor.execute(_BALANCES, values)
    return close


@transaction.atomic
def close_period(*, entity: LegalEntity, first_day: date, reason: str = "") -> Period:
    """Shut a month: number what is left, then no entry may be dated in it. Raises LedgerError if it runs."""
    if first_day.day != 1:
        raise LedgerError(_("A period starts on the first of a month."))
    last_day = (first_day + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    if last_day >= clock.today():
        raise LedgerError(_("This month is not over yet: close it after its last day."))
    lock_ledger()
    period, _made = Period.objects.get_or_create(entity=entity, first_day=first_day)
    if period.state == Period.State.CLOSED:
        return period
    if Entry.objects.filter(entity=entity, on__lte=last_day, voucher=None).exists():
        _number_rest(entity, last_day)
    period.closed_at = clock.now()
    period.save(update_fields=["closed_at"])
    states.move(period, Period.State.CLOSED, transitions=Period.TRANSITIONS, field="state", reason=reason)
    return period


@transaction.atomic
def reopen_period(*, period: Period, reason: str) -> Period:
    """Open a shut month again; the reason stays in its history."""
    if not reason.strip():
        raise LedgerError(_("Give a reason for opening a closed month again."))
    lock_ledger()
    period.refresh_from_db()
    states.move(period, Period.State.OPEN, transitions=Period.TRANSITIONS, field="state", reason=reason)
    return period


def _number_rest(entity: LegalEntity, last_day: date) -> None:
    """Entries that came for days that were closed before: the month ends with all of them numbered."""
    close = DayClose.objects.filter(entity=entity, day=last_day).first()
    if close is None:
        day_close(entity=entity, day=last_day)
        return
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, {"close": close.pk, "entity": entity.pk, "day": last_day})
