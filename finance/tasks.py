"""What workers and beat run for finance. Due times are rows, so nothing is lost with a broker (C07)."""

from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import close_old_connections
from django.utils.translation import gettext_lazy as _

from core import clock
from core.intake import Intake, Reading, Sent, offer_intake
from core.models import LegalEntity
from core.periodic import periodic
from finance import services
from finance.models import MoneyAccount, StatementFile, StatementLine


@periodic(every=timedelta(minutes=1), queue="critical")
def ask_providers(start: datetime) -> None:
    """Ask about payments that nobody has told us of, and act on messages left behind (F28, I44)."""
    services.process_inbox()
    services.sync_due_intents()


@periodic(every=timedelta(minutes=1))
def send_refunds(start: datetime) -> None:
    """Refunds that no nudge has reached, and those whose outcome is unknown (F39)."""
    services.send_due_refunds()


@periodic(every=timedelta(days=1), catches_up=True)
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


def _accounts(*kinds: str) -> list[tuple[int, str]]:
    rows = MoneyAccount.objects.filter(kind__in=kinds).order_by("-is_default", "code")
    return [(row.pk, f"{row.name} ({row.currency})") for row in rows]


def _read_file(sent: Sent) -> Reading:
    result = services.import_statement(
        account=MoneyAccount.objects.get(pk=sent.owner),
        data=sent.data,
        filename=sent.filename,
        dry_run=sent.dry_run,
    )
    gaps = [
        {"place": "", "column": gap["name"], "stated": gap["stated"], "summed": gap["computed"]}
        for gap in result.difference
    ]
    days = {"first_date": result.first_date, "last_date": result.last_date}
    return Reading(
        figures={
            "format": result.format,
            "rows": result.rows,
            "credits": result.credits,
            "debits": result.debits,
            **{key: day.isoformat() if day else "" for key, day in days.items()},
        },
        outcomes=result.outcomes,
        document=("statement", result.file_id) if result.file_id else None,
        already=result.already,
        is_open=result.state == StatementFile.State.OPEN,
        refusal=result.refusal,
        differences=gaps,
        problems=result.problems,
        warnings=result.findings,
    )


_FIGURES = {
    "format": _("Layout"),
    "rows": _("Rows"),
    "credits": _("Money in"),
    "debits": _("Money out"),
    "first_date": _("First day"),
    "last_date": _("Last day"),
}


def _outcome_names() -> dict[str, Any]:
    names: dict[str, Any] = {**dict(StatementLine.State.choices), **dict(StatementLine.Outcome.choices)}
    return names | {"unmatched": StatementLine.Outcome.NONE.label}


offer_intake(
    Intake(
        "provider-bill",
        _("Provider bill"),
        _("The list of a payment provider (Alipay, WeChat): as ZIP, CSV or workbook, as it came."),
        "finance.import_statement",
        _("Money account"),
        lambda: _accounts("provider"),
        _read_file,
        _FIGURES,
        _outcome_names,
        icon="credit_card",
    )
)
offer_intake(
    Intake(
        "bank-statement",
        _("Bank statement"),
        _("An account's statement in any layout that is known: camt, MT940, OFX, the banks' own exports."),
        "finance.import_statement",
        _("Money account"),
        lambda: _accounts("bank", "till"),
        _read_file,
        _FIGURES,
        _outcome_names,
        icon="account_balance",
    )
)
