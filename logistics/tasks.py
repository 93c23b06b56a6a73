"""What the workers do with couriers."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.core.files.storage import storages
from django.db import close_old_connections
from django.utils.translation import gettext_lazy as _

from core.jobs import Run, job
from core.periodic import periodic
from logistics import services
from logistics.models import Courier


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


@job("logistics.import_statement", title=_("Courier statement"))
def import_statement(run: Run) -> dict[str, Any]:
    """Read, store and match an uploaded statement: all in one step, so that nothing of it can stay half."""
    asked = run.parameters
    with storages["private"].open(asked["file"]) as upload:
        data = upload.read()
    with run.step(1):
        result = services.import_courier_statement(
            courier=Courier.objects.get(pk=asked["courier"]),
            data=data,
            filename=asked["filename"],
            columns=asked.get("columns") or None,
            period=asked.get("period", ""),
            accept_difference=asked.get("accept_difference", ""),
            progress=_shown(run),
        )
    for problem in result.problems:
        run.fail_row(int(problem["row"].rpartition("!")[2]), problem["problem"])
    return services.as_plain(result)


@job("logistics.match_statement", title=_("Matching a courier statement"))
def match_statement(run: Run) -> dict[str, Any]:
    """Judge the undecided waybills of a statement anew, by what is known and settled now."""
    with run.step(1):
        matched = services.match_statement(statement_id=run.parameters["statement"], progress=_shown(run))
    return {"outcomes": matched.outcomes, "difference": str(matched.difference)}


@job("logistics.agree_statement", title=_("Agreeing a courier statement"))
def agree_statement(run: Run) -> dict[str, Any]:
    """Post what is right or decided, some hundred waybills at a time; a killed run goes on where it was."""
    return asdict(services.agree_statement(statement_id=run.parameters["statement"], progress=_shown(run)))


def _shown(run: Run) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        run.expect(total)
        run.show(done)

    return show
