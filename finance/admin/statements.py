"""Statements of banks and providers: files, rows, and the steps from *read* to *posted* (ANCHORS 9.2)."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.documents import DocumentAdmin, Step, axis
from core.admin.lists import QueueFilter
from core.templatetags.backoffice import money
from finance import services
from finance.forms import ReasonForm
from finance.models import StatementFile, StatementLine

FILE_TONES = {"refused": "danger", "open": "danger", "accepted": "warning", "agreed": "success"}
OUTCOME_TONES = {
    "": "default",
    "agrees": "success",
    "differs": "danger",
    "unknown": "danger",
    "known": "default",
    "proposed": "warning",
    "claimed": "warning",
}


def _accept(request: HttpRequest, file: StatementFile, values: dict[str, Any]) -> None:
    services.accept_statement(file_id=file.pk, reason=values["reason"])


def _agree(request: HttpRequest, file: StatementFile, values: dict[str, Any]) -> None:
    services.agree_statement(file_id=file.pk)


@admin.register(StatementFile)
class StatementFileAdmin(DocumentAdmin):
    list_display = [
        "filename", "kind", "account_code", "state_label", "row_count", "waiting", "money_in", "money_out",
        "first_day", "last_day", "received_at",
    ]  # fmt: skip
    list_filter = [QueueFilter, "state", "kind", "account_code"]
    list_per_page = 50
    search_fields = ["filename", "account_code", "=sha256"]
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/finance/statement.html"
    steps = [
        Step(
            "accept",
            _("Accept the difference"),
            ("finance.accept_difference",),
            _accept,
            _("Accepted, and its rows are matched."),
            form=ReasonForm,
            shown=lambda file: file.state == "open",
            primary=True,
            warning=_("The file's own totals differ from its rows. Say why that is right."),
        ),
        Step(
            "agree",
            _("Post what agrees"),
            ("finance.match_line",),
            _agree,
            _("Every row that agrees is posted."),
            shown=lambda file: file.state == "accepted",
            primary=True,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatementFile]:
        open_rows = Q(lines__state="accepted", lines__posted_at=None)
        return super().get_queryset(request).annotate(open_rows=Count("lines", filter=open_rows))

    def page(self, request: HttpRequest, file: StatementFile) -> dict[str, Any]:
        outcomes = (
            file.lines.values_list("state", "outcome").annotate(Count("pk")).order_by("state", "outcome")
        )
        states, kinds = dict(StatementLine.State.choices), dict(StatementLine.Outcome.choices)
        labels = dict(StatementFile.State.choices)
        return {
            "axes": [
                (_("Statement"), axis(["open", "accepted", "agreed"], file.state, labels, astray=["refused"]))
            ],
            "outcomes": [
                (states[state], kinds.get(outcome, ""), state, outcome, count)
                for state, outcome, count in outcomes
            ],
            "rows": file.lines.exclude(outcome="agrees", posted_at__isnull=False).order_by("row_no")[:100],
        }

    @display(description=_("state"), label=FILE_TONES, ordering="state")
    def state_label(self, file: StatementFile) -> tuple[str, Any]:
        return file.state, file.get_state_display()

    @display(description=_("open rows"))
    def waiting(self, file: Any) -> str:
        return (
            format_html('<span class="pill pill-warning">{}</span>', file.open_rows) if file.open_rows else ""
        )

    @display(description=_("money in"))
    def money_in(self, file: StatementFile) -> Any:
        return money(file.credits, file.currency)

    @display(description=_("money out"))
    def money_out(self, file: StatementFile) -> Any:
        return money(-file.debits, file.currency)


@admin.register(StatementLine)
class StatementLineAdmin(ShownModelAdmin):
    list_display = [
        "row_no", "file_name", "booked_on", "sum", "provider_ref", "merchant_ref", "state", "outcome_label",
        "reason",
    ]  # fmt: skip
    list_filter = [QueueFilter, "outcome", "state", "account_code"]
    list_select_related = ["file"]
    list_per_page = 100
    search_fields = ["provider_ref", "merchant_ref", "refund_ref"]
    ordering = ["-file_id", "row_no"]
    show_full_result_count = False
    fields = [
        "file", "sheet", "row_no", "kind", "direction", "amount", "fee", "currency", "occurred_at",
        "booked_on", "provider_ref", "merchant_ref", "refund_ref", "state", "problem", "outcome", "reason",
        "posted_at",
    ]  # fmt: skip

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "file__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("file"))
    def file_name(self, line: StatementLine) -> str:
        return line.file.filename

    @display(description=_("amount"), ordering="amount")
    def sum(self, line: StatementLine) -> Any:
        return money(-line.amount if line.direction == "out" else line.amount, line.currency)

    @display(description=pgettext_lazy("reconciliation", "outcome"), label=OUTCOME_TONES, ordering="outcome")
    def outcome_label(self, line: StatementLine) -> tuple[str, Any]:
        return line.outcome, line.get_outcome_display()
