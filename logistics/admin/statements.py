"""Couriers' statements: what each waybill came to, who decided what and why, what is posted (ANCHORS 3)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.documents import DocumentAdmin, Step, accept_difference, agree_by_job, axis, may
from core.admin.lists import QueueFilter
from core.intake import rejected_rows
from core.money import ZERO
from core.templatetags.backoffice import money
from logistics import services
from logistics.admin.evidence import words_of
from logistics.errors import StatementError
from logistics.models import CourierStatement, Remittance, StatementRow, WaybillOutcome
from logistics.services.agreeing import PAYABLE, WAITING

STATE_TONES = {"open": "danger", "matched": "warning", "agreed": "success", "refused": "danger"}
TONES = {"agreed": "success", "within_tolerance": "success", "missing": "info"}
OUTCOME_WORDS = {
    "needs_review": _("cannot be read"),
    "not_ours": _("not our waybill"),
    "duplicate_in_file": _("twice in the file"),
    "billed_before": _("billed before"),
    "wrong_return_price": _("wrong price for a return"),
    "cod_amount": _("another amount of cash"),
    "cod_fee": _("another COD fee"),
    "weight": _("another weight"),
    "zone": _("another zone"),
    "rate": _("another price"),
    "surcharge": _("surcharge"),
    "missing": _("missing on the statement"),
    "within_tolerance": _("within tolerance"),
    "agreed": _("agrees"),
}
AT_ONCE = 500  # waybills that are agreed while the clerk waits
PER_PAGE = 100
WAITS = WAITING & Q(posted_at=None)


class DecideForm(forms.Form):
    decision = forms.ChoiceField(
        choices=[
            ("accept", _("accept as billed")),
            ("expected", _("pay what we expected")),
            ("dispute", _("dispute")),
            ("write-off", _("write off")),
            ("ask", _("ask for the approval of a write-off")),
        ]
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


def send_stored(request: HttpRequest, document: Any) -> FileResponse:
    """A file as it came, for those who send files in: it holds names and phones (FORMATS R23)."""
    if not may(request, "finance.import_statement"):
        raise PermissionDenied
    if not document.stored:
        raise Http404
    return FileResponse(document.stored.open("rb"), as_attachment=True, filename=document.filename)


def _accept(request: HttpRequest, statement: CourierStatement, values: dict[str, Any]) -> None:
    services.accept_statement(statement_id=statement.pk, reason=values["reason"])


def _agree(request: HttpRequest, statement: CourierStatement, values: dict[str, Any]) -> str:
    """Small statements at once; a long one as a job, whose page shows how far it is."""
    if statement.outcomes.filter(posted_at=None).count() > AT_ONCE:
        return agree_by_job(request, "logistics.agree_statement", statement)
    done = services.agree_statement(statement_id=statement.pk)
    if not done.waiting:
        return gettext("Agreed: %(posted)s waybills are posted, none waits.") % {"posted": done.posted}
    return gettext("%(posted)s waybills are posted; %(waiting)s wait for your decision below.") % {
        "posted": done.posted,
        "waiting": done.waiting,
    }


def _decide(request: HttpRequest, statement: CourierStatement, values: dict[str, Any]) -> str:
    """The ticked outcomes of this statement, all with one reason."""
    chosen = [int(pk) for pk in request.POST.getlist("outcome") if pk.isdigit()]
    ids = list(statement.outcomes.filter(pk__in=chosen).values_list("pk", flat=True))
    if not ids:
        raise StatementError(_("Tick at least one waybill."))
    decide = {
        "accept": services.accept_outcomes,
        "expected": services.accept_outcomes,
        "dispute": services.dispute_outcomes,
        "write-off": services.write_off_outcomes,
        "ask": services.ask_to_write_off,
    }[values["decision"]]
    more = {"as_expected": True} if values["decision"] == "expected" else {}
    count = decide(outcome_ids=ids, reason=values["reason"], by=request.user, **more)
    if values["decision"] == "ask":
        return gettext("Asked for %(count)s signatures. Write off once they are given.") % {"count": count}
    return gettext("%(count)s waybills decided: %(decision)s.") % {
        "count": count,
        "decision": dict(DecideForm.base_fields["decision"].choices)[values["decision"]],
    }


def _nothing_to_post(statement: CourierStatement) -> Any:
    """Why agreeing would do nothing."""
    if statement.outcomes.filter(PAYABLE, posted_at=None).exists():
        return None
    if statement.outcomes.filter(WAITS).exists():
        return _("Decide the waybills below first: accept, dispute or write off.")
    return None


@admin.register(CourierStatement)
class CourierStatementAdmin(DocumentAdmin):
    list_display = [
        "filename", "courier", "period", "state_label", "row_count", "waiting", "billed_sum", "collected_sum",
        "received_at",
    ]  # fmt: skip
    list_filter = [QueueFilter, "state", "courier"]
    list_select_related = ["courier"]
    list_per_page = 50
    search_fields = ["filename", "period"]
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/logistics/statement.html"
    steps = [
        accept_difference(_accept, _("Accepted, and its waybills are matched.")),
        Step(
            "agree",
            _("Agree and post"),
            ("logistics.agree_statement",),
            _agree,
            _("Everything that is right or decided is posted."),
            why_not=_nothing_to_post,
            shown=lambda statement: statement.state == "matched",
            primary=True,
        ),
        Step(
            "decide",
            _("Decide"),
            ("logistics.dispute_outcome",),
            _decide,
            _("Decided."),
            form=DecideForm,
            shown=lambda statement: statement.state == "matched",
            in_bar=False,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CourierStatement]:
        open_outcomes = Q(outcomes__decision="", outcomes__posted_at=None) & ~Q(
            outcomes__outcome__in=["agreed", "within_tolerance", "missing"]
        )
        return super().get_queryset(request).annotate(open_outcomes=Count("outcomes", filter=open_outcomes))

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        name = "logistics_courierstatement"
        return [
            path("<int:pk>/rejected.csv", wrap(self.send_rejected), name=f"{name}_rejected"),
            path("<int:pk>/file", wrap(self.send_file), name=f"{name}_file"),
            *super().get_urls(),
        ]

    def page(self, request: HttpRequest, statement: CourierStatement) -> dict[str, Any]:
        labels = dict(CourierStatement.State.choices)
        sums = {
            "count": Count("pk"),
            "billed": Sum("billed", default=ZERO),
            "expected": Sum("expected", default=ZERO),
            "cash": Sum("cod_billed", default=ZERO),
            "due": Sum("cod_expected", default=ZERO),
            "open": Count("pk", filter=WAITS),
            "posted": Count("pk", filter=Q(posted_at__isnull=False)),
            "disputed": Count("pk", filter=Q(decision="disputed")),
        }
        groups = [
            row | {"words": OUTCOME_WORDS[row["outcome"]], "gap": row["billed"] - row["expected"]}
            for row in statement.outcomes.values("outcome").annotate(**sums).order_by("outcome")
        ]
        whole = {key: sum(group[key] for group in groups) for key in (*sums, "gap")} if groups else {}
        chosen = self._chosen(request, groups)
        rows = statement.outcomes.select_related("parcel", "decided_by").order_by("outcome", "pk")
        if chosen == "waiting":
            rows = rows.filter(WAITS)
        elif chosen != "all":
            rows = rows.filter(outcome=chosen)
        listed = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
        return {
            "axes": [
                (
                    _("Statement"),
                    axis(["open", "matched", "agreed"], statement.state, labels, astray=["refused"]),
                )
            ],
            "groups": groups,
            "whole": whole,
            "listed": listed,
            "outcomes": [
                {
                    "row": outcome,
                    "words": OUTCOME_WORDS[outcome.outcome],
                    "tone": TONES.get(outcome.outcome, "warning"),
                    "gap": outcome.billed - outcome.expected,
                    "findings": [words_of(finding) for finding in outcome.findings],
                    "open": outcome.posted_at is None and outcome.outcome != "missing",
                }
                for outcome in listed
            ],
            "chosen": chosen,
            "chosen_words": OUTCOME_WORDS.get(chosen, ""),
            "rejected": statement.rows.filter(state=StatementRow.State.REVIEW).order_by("row_no")[:20]
            if statement.review_count
            else [],
            "remittances": statement.courier.remittances.exclude(state=Remittance.State.APPLIED).order_by(
                "-pk"
            )[:5]
            if statement.state == CourierStatement.State.AGREED
            else [],
            "typed": request.POST.get("decide-reason", ""),
            "ticked": set(request.POST.getlist("outcome")),
            "may_send": may(request, "finance.import_statement"),
        }

    def _chosen(self, request: HttpRequest, groups: list[dict[str, Any]]) -> str:
        """Which outcomes the list shows: what was asked for, else what waits, else all."""
        asked = request.GET.get("outcome", "")
        if asked in OUTCOME_WORDS or asked in ("all", "waiting"):
            return asked
        return "waiting" if any(group["open"] for group in groups) else "all"

    def after(self, request: HttpRequest, statement: CourierStatement) -> str:
        """Back to the same outcomes, so that the next row is where the last one was."""
        kept = request.POST.get("kept", "")
        return self.url_of(statement) + (f"?outcome={kept}#decide" if kept in OUTCOME_WORDS else "")

    def send_rejected(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All rows that could not be read, as they came, each with its reason."""
        statement = self.document(request, pk)
        rows = statement.rows.filter(state=StatementRow.State.REVIEW).order_by("sheet", "row_no", "pk")
        found = [
            {"row": str(row), "column": "", "value": row.waybill, "problem": row.told, "raw": row.raw}
            for row in rows
        ]
        answer = HttpResponse(
            rejected_rows(statement.filename, found), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="statement-{statement.pk}-rejected.csv"'
        return answer

    def send_file(self, request: HttpRequest, pk: int) -> FileResponse:
        """The file as the courier sent it, for those who send files in."""
        statement = self.document(request, pk)
        return send_stored(request, statement)

    @display(description=_("state"), label=STATE_TONES, ordering="state")
    def state_label(self, statement: CourierStatement) -> tuple[str, Any]:
        return statement.state, statement.get_state_display()

    @display(description=_("to decide"))
    def waiting(self, statement: Any) -> str:
        count = statement.open_outcomes
        return format_html('<span class="pill pill-warning">{}</span>', count) if count else ""

    @display(description=_("billed"), ordering="billed")
    def billed_sum(self, statement: CourierStatement) -> Any:
        return money(statement.billed, statement.currency)

    @display(description=_("cash stated"), ordering="collected")
    def collected_sum(self, statement: CourierStatement) -> Any:
        return money(statement.collected, statement.currency)


@admin.register(WaybillOutcome)
class WaybillOutcomeAdmin(ShownModelAdmin):
    list_display = [
        "waybill",
        "statement",
        "words",
        "billed_sum",
        "expected_sum",
        "gap",
        "decision",
        "reason",
    ]
    list_filter = [QueueFilter, "outcome", "decision", "statement__courier"]
    list_select_related = ["statement"]
    list_per_page = 100
    search_fields = ["waybill", "key"]
    ordering = ["-id"]
    show_full_result_count = False

    @display(description=pgettext_lazy("reconciliation", "outcome"), ordering="outcome")
    def words(self, outcome: WaybillOutcome) -> Any:
        return OUTCOME_WORDS.get(outcome.outcome, outcome.outcome)

    @display(description=_("billed"), ordering="billed")
    def billed_sum(self, outcome: WaybillOutcome) -> Any:
        return money(outcome.billed, outcome.currency)

    @display(description=_("expected"), ordering="expected")
    def expected_sum(self, outcome: WaybillOutcome) -> Any:
        return money(outcome.expected, outcome.currency)

    @display(description=_("difference"))
    def gap(self, outcome: WaybillOutcome) -> Any:
        return money(outcome.billed - outcome.expected, outcome.currency)
