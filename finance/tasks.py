"""What workers and beat run for finance. Due times are rows, so nothing is lost with a broker (C07)."""

from celery import shared_task
from django.db import close_old_connections

from finance import services


@shared_task(name="finance.tasks.sync_due_intents")
def sync_due_intents() -> None:
    """Ask providers about payments that nobody has told us of (F28)."""
    close_old_connections()
    try:
        services.sync_due_intents()
        services.process_inbox()
    finally:
        close_old_connections()


@shared_task(name="finance.tasks.send_due_refunds")
def send_due_refunds() -> None:
    """Send refunds that wait, ask about those whose outcome is unknown (F39)."""
    close_old_connections()
    try:
        services.send_due_refunds()
    finally:
        close_old_connections()
