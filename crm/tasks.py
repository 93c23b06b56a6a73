"""Workers' side of messages."""

from datetime import datetime, timedelta

from celery import shared_task

from core.periodic import periodic
from core.tasks import unit_of_work
from crm import services


@shared_task(name="crm.tasks.send_messages", max_retries=5, default_retry_delay=10)
def send_messages() -> None:
    """Send what is due."""
    with unit_of_work():
        services.send_due_messages()


@periodic(every=timedelta(minutes=1), name="crm.send_messages")
def send_waiting_messages(period: datetime) -> None:
    """Send what no nudge has reached, and what is to be tried again."""
    services.send_due_messages()
