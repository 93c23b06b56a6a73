"""Statements of banks and providers: files, rows, and the steps from *read* to *posted* (ANCHORS 9.2)."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.documents import DocumentAdmin, Step, accept_difference, agree_by_job, axis, may
from core.admin.lists import QueueFilter
from core.errors import DomainError
from core.intake import rejected_rows
from core.templatetags.backoffice import money
from finance import services
from finance.errors import StatementError
from finance.forms import RowsForm
from finance.models import StatementFile, StatementLine

AT_ONCE = 100  # rows that are posted while the clerk waits
SHOWN_ROWS = 200
MOST_REFUSALS = 5
# Rows that somebody has to say something about before their statement is agreed.
WAITING = Q(state__in=["needs_review", "suspect"]) | (
    Q(state="accepted", posted_at=None, amount__gt=0) & ~Q(outcome="known")
)
# Rows that agreeing may post: what agrees, and payments that the bill knows and we do not yet.
TO_POST = Q(state="accepted", posted_at=None) & (
    Q(outcome="agrees") | Q(outcome="unknown", file__kind=StatementFile.Kind.PROVIDER)
)
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


def _agree(request: HttpRequest, file: StatementFile, values: dict[str, Any]) -> str:
    """Small statements at once; a long one as a job, whose page shows how far it is."""
    if file.lines.filter(TO_POST).count() > AT_ONCE:
        return agree_by_job(request, "finance.agree_statement", file)
    done = services.agree_statement(file_id=file.pk)
    if not done.waiting:
        return gettext("Agreed: %(posted)s rows are posted, none waits.") % {"posted": done.posted}
    return gettext("%(posted)s rows are posted; %(waiting)s wait for your decision below.") % {
        "posted": done.posted,
        "waiting": done.waiting,
    }


# What may be said of a row: each is one service, called row by row.
DECISIONS: dict[str, Callable[[StatementLine, dict[str, Any]], Any]] = {
    "take": lambda line, said: services.decide_line(line_id=line.pk, accept=True, reason=said["reason"]),
    "aside": lambda line, said: services.decide_line(line_id=line.pk, accept=False, reason=said["reason"]),
    "order": lambda line, said: services.apply_line_to_order(
        line_id=line.pk, order_id=said["order"].pk, reason=said["reason"]
    ),
    "park": lambda line, said: services.park_line(line_id=line.pk, reason=said["reason"]),
    "difference": lambda line, said: services.settle_difference(line_id=line.pk, reason=said["reason"]),
    "ask": lambda line, said: services.ask_to_settle_difference(line_id=line.pk, reason=said["reason"]),
}


def _decide(request: HttpRequest, file: StatementFile, said: dict[str, Any]) -> str:
    """The ticked rows, one by one: what is refused says why and stops no other."""
    chosen = [int(pk) for pk in request.POST.getlist("row") if pk.isdigit()]
    rows = list(file.lines.filter(pk__in=chosen).order_by("row_no"))
    if not rows:
        raise StatementError(gettext("Tick at least one row."))
    done, refused = 0, []
    for line in rows:
        try:
            DECISIONS[said["decision"]](line, said)
            done += 1
        except DomainError as error:
            text = gettext("Row %(row)s, %(amount)s: %(why)s")
            refused.append(text % {"row": line.row_no, "amount": line.amount, "why": error})
    if not done:
        raise StatementError(" ".join(refused[:MOST_REFUSALS]))
    for text in refused[:MOST_REFUSALS]:
        messages.error(request, text)
    return gettext("%(count)s rows decided.") % {"count": done}


def _decidable(file: StatementFile) -> bool:
    return file.state in (StatementFile.State.ACCEPTED, StatementFile.State.AGREED)


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
        accept_difference(_accept, _("Accepted, and its rows are matched.")),
        Step(
            "agree",
            _("Post what agrees"),
            ("finance.match_line",),
            _agree,
            _("Every row that agrees is posted."),
            shown=lambda file: file.state == "accepted",
            primary=True,
        ),
        Step(
            "decide",
            _("Decide"),
            ("finance.match_line",),
            _decide,
            _("Decided."),
            form=RowsForm,
            shown=_decidable,
            in_bar=False,
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
            "rows": file.lines.filter(WAITING)
            .prefetch_related("matches")
            .order_by("row_no", "pk")[:SHOWN_ROWS],
            "waiting": file.lines.filter(WAITING).count(),
            "rejected": file.lines.filter(state=StatementLine.State.REVIEW).exists(),
            "ticked": set(request.POST.getlist("row")),
            "typed": {name: request.POST.get(f"decide-{name}", "") for name in ("reason", "order")},
            "may_send": may(request, "finance.import_statement"),
        }

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        name = "finance_statementfile"
        return [
            path("<int:pk>/rejected.csv", wrap(self.send_rejected), name=f"{name}_rejected"),
            path("<int:pk>/file", wrap(self.send_file), name=f"{name}_file"),
            *super().get_urls(),
        ]

    def send_rejected(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All rows that could not be read, as they came, each with its reason."""
        file = self.document(request, pk)
        found = [
            {
                "row": f"{row.sheet}!{row.row_no}" if row.sheet else str(row.row_no),
                "value": row.provider_ref or row.merchant_ref,
                "problem": row.told,
                "raw": [cell for _title, cell in row.raw],
            }
            for row in file.lines.filter(state=StatementLine.State.REVIEW).order_by("sheet", "row_no", "pk")
        ]
        answer = HttpResponse(rejected_rows(file.filename, found), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="statement-{file.pk}-rejected.csv"'
        return answer

    def send_file(self, request: HttpRequest, pk: int) -> FileResponse:
        """The file as it came, for those who send files in: it holds names and numbers (FORMATS R23)."""
        file = self.document(request, pk)
        if not may(request, "finance.import_statement"):
            raise PermissionDenied
        if not file.stored:
            raise Http404
        return FileResponse(file.stored.open("rb"), as_attachment=True, filename=file.filename)

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
        "booked_on", "provider_ref", "merchant_ref", "refund_ref", "state", "told", "outcome", "reason",
        "posted_at",
    ]  # fmt: skip
    readonly_fields = ["told"]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "file__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("problem"))
    def told(self, line: StatementLine) -> str:
        return line.told

    @display(description=_("file"))
    def file_name(self, line: StatementLine) -> str:
        return line.file.filename

    @display(description=_("amount"), ordering="amount")
    def sum(self, line: StatementLine) -> Any:
        return money(-line.amount if line.direction == "out" else line.amount, line.currency)

    @display(description=pgettext_lazy("reconciliation", "outcome"), label=OUTCOME_TONES, ordering="outcome")
    def outcome_label(self, line: StatementLine) -> tuple[str, Any]:
        return line.outcome, line.get_outcome_display()
