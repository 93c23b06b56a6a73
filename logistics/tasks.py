"""What the workers do with couriers."""

from celery import shared_task
from django.db import close_old_connections

from logistics import services


@shared_task(name="logistics.tasks.sync_waybills", max_retries=5, default_retry_delay=10)
def sync_waybills() -> None:
    """Buy the waybills that were asked for and give back those of cancelled parcels."""
    close_old_connections()
    try:
        services.sync_waybills()
    finally:
        close_old_connections()
