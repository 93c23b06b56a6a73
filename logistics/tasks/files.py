"""Which files of couriers may be sent in on a page of the back office, and who reads them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.intake import Intake, Reading, Sent, offer_intake
from core.tabular import titles_of
from core.tabular.limits import MIB
from logistics import services
from logistics.models import Courier, CourierStatement, RemittanceLine
from logistics.models.statements import OUTCOME_NAMES


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
