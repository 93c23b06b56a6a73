"""What is done to many deliveries or to a whole statement at once, with a bar that outlives the page."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.jobs import Run, job
from logistics import services


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


@job("logistics.match_statement", title=_("Matching a courier statement"), right="logistics.agree_statement")
def match_statement(run: Run) -> dict[str, Any]:
    """Judge the undecided waybills of a statement anew, by what is known and settled now."""
    with run.step(1):
        matched = services.match_statement(statement_id=run.parameters["statement"], progress=_shown(run))
    return {"outcomes": matched.outcomes, "difference": str(matched.difference)}


@job("logistics.agree_statement", title=_("Agreeing a courier statement"), right="logistics.agree_statement")
def agree_statement(run: Run) -> dict[str, Any]:
    """Post what is right or decided, some hundred waybills at a time; a killed run goes on where it was."""
    return asdict(services.agree_statement(statement_id=run.parameters["statement"], progress=run.between))


def _shown(run: Run) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        run.expect(total)
        run.show(done)

    return show
