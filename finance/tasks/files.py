"""Which files of banks and providers may be sent in on a page of the back office, and who reads them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.intake import Intake, Reading, Sent, offer_intake
from finance import services
from finance.models import MoneyAccount, StatementFile, StatementLine


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
