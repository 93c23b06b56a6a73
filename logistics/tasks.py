"""What the workers do with couriers."""

from datetime import datetime, timedelta

from celery import shared_task
from django.db import close_old_connections
from django.utils.translation import gettext_lazy as _

from core.jobs import Run, job
from core.periodic import periodic
from logistics import services


@periodic(every=timedelta(minutes=1))
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


@job("logistics.start_picking", title=_("Start picking"))
def start_picking_of_many(run: Run) -> dict[str, int]:
    """Each delivery by itself; what is refused is a row of the job with its reason."""
    ids = run.parameters["ids"]
    run.expect(len(ids))
    run.each(ids, lambda delivery_id: services.start_picking(delivery_id=delivery_id))
    return {"rows": len(ids)}


@job("logistics.hand_over", title=_("Hand over parcels"))
def hand_over_many(run: Run) -> dict[str, int]:
    """Each parcel by itself; what is refused is a row of the job with its reason."""
    ids = run.parameters["ids"]
    run.expect(len(ids))
    run.each(ids, lambda parcel_id: services.hand_over(parcel_ids=[parcel_id]))
    return {"rows": len(ids)}
