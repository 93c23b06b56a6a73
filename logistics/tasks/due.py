"""Waybills to buy and to give back: nudged when asked for, and swept by the minute."""

from datetime import datetime, timedelta

from celery import shared_task
from django.db import close_old_connections

from core.periodic import periodic
from logistics import services


@periodic(every=timedelta(minutes=1), name="logistics.tasks.ask_couriers")
def ask_couriers(start: datetime) -> None:
    """Waybills that no nudge has reached, and those whose answer was lost (F59)."""
    services.sync_waybills()


@shared_task(name="logistics.tasks.sync_waybills", max_retries=5, default_retry_delay=10)
def sync_waybills() -> None:
    """Buy the waybills that were asked for and give back those of cancelled parcels."""
    close_old_connections()
    try:
        services.sync_waybills()
    finally:
        close_old_connections()
