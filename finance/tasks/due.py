"""What is due: due times are rows, so nothing is lost with a broker (C07)."""

from datetime import datetime, timedelta

from celery import shared_task
from django.db import close_old_connections

from core import clock
from core.models import LegalEntity
from core.periodic import periodic
from finance import services


@periodic(every=timedelta(minutes=1), queue="critical", name="finance.tasks.ask_providers")
def ask_providers(start: datetime) -> None:
    """Ask about payments that nobody has told us of, and act on messages left behind (F28, I44)."""
    services.process_inbox()
    services.sync_due_intents()


@periodic(every=timedelta(minutes=1), name="finance.tasks.send_refunds")
def send_refunds(start: datetime) -> None:
    """Refunds that no nudge has reached, and those whose outcome is unknown (F39)."""
    services.send_due_refunds()


@periodic(every=timedelta(days=1), catches_up=True, name="finance.tasks.close_days")
def close_days(start: datetime) -> None:
    """Voucher numbers and balances of the day before."""
    for entity in LegalEntity.objects.order_by("pk"):
        services.day_close(entity=entity, day=clock.day_of(start) - timedelta(days=1))


@shared_task(name="finance.tasks.send_due_refunds")
def send_due_refunds() -> None:
    """Send refunds that wait, ask about those whose outcome is unknown (F39)."""
    close_old_connections()
    try:
        services.send_due_refunds()
    finally:
        close_old_connections()
