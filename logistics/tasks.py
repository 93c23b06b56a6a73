"""What the workers do with couriers."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import close_old_connections
from django.utils.translation import gettext_lazy as _

from core.intake import Intake, Reading, Sent, offer_intake
from core.jobs import Run, job
from core.periodic import periodic
from core.tabular import titles_of
from core.tabular.limits import MIB
from logistics import services
from logistics.models import Courier, CourierStatement, RemittanceLine
from logistics.models.statements import OUTCOME_NAMES


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


@job("logistics.match_statement", title=_("Matching a courier statement"), right="logistics.agree_statement")
def match_statement(run: Run) -> dict[str, Any]:
    """Judge the undecided waybills of a statement anew, by what is known and settled now."""
    with run.step(1):
        matched = services.match_statement(statement_id=run.parameters["statement"], progress=_shown(run))
    return {"outcomes": matched.outcomes, "difference": str(matched.difference)}


@job("logistics.agree_statement", title=_("Agreeing a courier statement"), right="logistics.agree_statement")
def agree_statement(run: Run) -> dict[str, Any]:
    """Post what is right or decided, some hundred waybills at a time; a killed run goes on where it was."""
    return asdict(services.agree_statement(statement_id=run.parameters["statement"], progress=_shown(run)))


def _shown(run: Run) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        run.expect(total)
        run.show(done)

    return show


def _couriers() -> list[tuple[int, str]]:
    return list(Courier.objects.filter(active=True).order_by("priority", "code").values_list("pk", "name"))


def _read_statement(sent: Sent) -> Reading:
    result = services.import_courier_statement(
        courier=Courier.objects.get(pk=sent.owner),
        data=sent.data,
        filename=sent.filename,
        columns=titles_of(sent.options.get("columns", "")) or None,
        period=sent.options.get("period", ""),
        dry_run=sent.dry_run,
        progress=sent.progress,
    )
    shown = ("rows", "new_rows", "waybills", "billed", "expected", "difference", "cash", "period")
    return Reading(
        figures={key: getattr(result, key) for key in shown},
        outcomes=result.outcomes,
        document=("courier_statement", result.statement_id) if result.statement_id else None,
        already=result.already,
        is_open=result.state == CourierStatement.State.OPEN,
        refusal=result.refusal,
        differences=result.totals,
        problems=[_of_waybill(problem) for problem in result.problems],
        warnings=result.warnings,
    )


def _read_remittance(sent: Sent) -> Reading:
    result = services.import_remittance(
        courier=Courier.objects.get(pk=sent.owner),
        data=sent.data,
        filename=sent.filename,
        columns=titles_of(sent.options.get("columns", "")) or None,
        dry_run=sent.dry_run,
    )
    return Reading(
        figures={key: getattr(result, key) for key in ("number", "rows", "cash", "kept_back", "paid")},
        outcomes=result.lines,
        document=("remittance", result.remittance_id) if result.remittance_id else None,
        already=result.already,
        is_open=result.state == "open",
        refusal=result.refusal,
        differences=result.totals,
        problems=[_of_waybill(problem) for problem in result.problems],
    )


def _of_waybill(problem: dict[str, Any]) -> dict[str, Any]:
    """The problem of a row, with the waybill as the value that people know it by."""
    return {"value": problem.get("waybill", ""), **problem}


def _read_opening(result: services.OpeningResult) -> Reading:
    shown = ("rows", "stored", "known", "without_price")
    return Reading(
        figures={key: getattr(result, key) for key in shown},
        already=bool(result.rows) and result.known == result.rows,
        refusal=result.refusal,
        problems=result.problems,
    )


def _read_rate_card(sent: Sent) -> Reading:
    courier = Courier.objects.get(pk=sent.owner)
    return _read_opening(
        services.import_rate_card(
            courier=courier, data=sent.data, filename=sent.filename, dry_run=sent.dry_run
        )
    )


def _read_shipments(sent: Sent) -> Reading:
    courier = Courier.objects.get(pk=sent.owner)
    return _read_opening(
        services.import_shipments(
            courier=courier, data=sent.data, filename=sent.filename, dry_run=sent.dry_run
        )
    )


offer_intake(
    Intake(
        "courier-statement",
        _("Courier statement"),
        _("What a courier bills for a month, waybill by waybill. Nothing is posted until you agree."),
        "finance.import_statement",
        _("Courier"),
        _couriers,
        _read_statement,
        {
            "period": _("Month"),
            "rows": _("Rows"),
            "new_rows": _("New rows"),
            "waybills": _("Waybills"),
            "billed": _("Billed"),
            "expected": _("Expected"),
            "difference": _("Difference"),
            "cash": _("Cash stated"),
        },
        lambda: dict(OUTCOME_NAMES),
        frozenset({"period", "columns"}),
        256 * MIB,
        "receipt",
    )
)
offer_intake(
    Intake(
        "remittance",
        _("Courier remittance"),
        _("Which cash a courier pays out, less what it keeps back. Nothing is posted until you apply it."),
        "finance.import_statement",
        _("Courier"),
        _couriers,
        _read_remittance,
        {
            "number": _("Number"),
            "rows": _("Rows"),
            "cash": _("Cash"),
            "kept_back": _("Kept back"),
            "paid": _("Paid"),
        },
        lambda: dict(RemittanceLine.State.choices),
        frozenset({"columns"}),
        icon="savings",
    )
)
_OPENING = {
    "rows": _("Rows"),
    "stored": _("Stored"),
    "known": _("Known already"),
    "without_price": _("Without a price"),
}
offer_intake(
    Intake(
        "rate-card",
        _("Courier prices"),
        _("A courier's price list. A new price ends the older one the day before it begins."),
        "logistics.change_rate_cards",
        _("Courier"),
        _couriers,
        _read_rate_card,
        {key: _OPENING[key] for key in ("rows", "stored", "known")},
        icon="price_change",
    )
)
offer_intake(
    Intake(
        "shipments",
        _("Waybills of another system"),
        _("Waybills that were sent before this house kept them, so that their bills can be checked."),
        "logistics.import_shipments",
        _("Courier"),
        _couriers,
        _read_shipments,
        _OPENING,
        icon="local_shipping",
    )
)
