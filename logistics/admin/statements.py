"""Couriers' statements and remittances: what each waybill came to, who decided, what was paid (ANCHORS 3)."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.documents import DocumentAdmin, Step, axis
from core.admin.lists import QueueFilter
from core.templatetags.backoffice import money
from logistics import services
from logistics.errors import StatementError
from logistics.models import CourierStatement, Remittance, WaybillOutcome

STATE_TONES = {"open": "danger", "matched": "warning", "agreed": "success", "refused": "danger"}
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
WAITS = Q(decision="", posted_at=None) & ~Q(outcome__in=["agreed", "within_tolerance", "missing"])


class WhyForm(forms.Form):
    reason = forms.CharField(label=_("Why it is right"), max_length=300)


class DecideForm(forms.Form):
    decision = forms.ChoiceField(
        choices=[
            ("accept", _("accept as billed")),
            ("expected", _("pay what we expected")),
            ("dispute", _("dispute")),
            ("write-off", _("write off")),
        ]
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


def _bank_accounts() -> list[tuple[str, str]]:
    accounts = apps.get_model("finance", "MoneyAccount").objects.filter(kind="bank").order_by("code")
    return [("", "—"), *((str(account.pk), account.name) for account in accounts)]


class ApplyForm(forms.Form):
    bank_id = forms.TypedChoiceField(
        label=_("Came into"), choices=_bank_accounts, coerce=int, empty_value=None, required=False
    )
    bank_amount = forms.DecimalField(
        label=_("Amount in the bank"), max_digits=14, decimal_places=2, required=False
    )


def _accept(request: HttpRequest, statement: CourierStatement, values: dict[str, Any]) -> None:
    services.accept_statement(statement_id=statement.pk, reason=values["reason"])


def _agree(request: HttpRequest, statement: CourierStatement, values: dict[str, Any]) -> None:
    services.agree_statement(statement_id=statement.pk)


def _decide(request: HttpRequest, statement: CourierStatement, values: dict[str, Any]) -> None:
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
    }[values["decision"]]
    more = {"as_expected": True} if values["decision"] == "expected" else {}
    decide(outcome_ids=ids, reason=values["reason"], by=request.user, **more)


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
        Step(
            "accept",
            _("Accept the difference"),
            ("finance.accept_difference",),
            _accept,
            _("Accepted, and its waybills are matched."),
            form=WhyForm,
            shown=lambda statement: statement.state == "open",
            primary=True,
            warning=_("The file's own totals differ from its rows. Say why that is right."),
        ),
        Step(
            "agree",
            _("Agree and post"),
            ("logistics.agree_statement",),
            _agree,
            _("Everything that is right or decided is posted."),
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

    def page(self, request: HttpRequest, statement: CourierStatement) -> dict[str, Any]:
        labels = dict(CourierStatement.State.choices)
        grouped = statement.outcomes.values("outcome").annotate(
            count=Count("pk"), billed=Sum("billed"), expected=Sum("expected"), open=Count("pk", filter=WAITS)
        )
        chosen = request.GET.get("outcome", "")
        waiting = statement.outcomes.filter(WAITS).select_related("parcel").order_by("outcome", "pk")
        if chosen in OUTCOME_WORDS:
            waiting = waiting.filter(outcome=chosen)
        path = ["open", "matched", "agreed"]
        return {
            "axes": [(_("Statement"), axis(path, statement.state, labels, astray=["refused"]))],
            "groups": [
                row | {"words": OUTCOME_WORDS[row["outcome"]], "gap": row["billed"] - row["expected"]}
                for row in grouped.order_by("outcome")
            ],
            "waiting": [
                (outcome, OUTCOME_WORDS[outcome.outcome], outcome.billed - outcome.expected)
                for outcome in waiting[:200]
            ],
            "chosen": chosen,
            "typed": request.POST.get("decide-reason", ""),
        }

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


def _accept_remittance(request: HttpRequest, remittance: Remittance, values: dict[str, Any]) -> None:
    services.accept_remittance(remittance_id=remittance.pk, reason=values["reason"])


def _apply(request: HttpRequest, remittance: Remittance, values: dict[str, Any]) -> None:
    services.apply_remittance(
        remittance_id=remittance.pk, bank_amount=values["bank_amount"], bank_id=values["bank_id"]
    )


@admin.register(Remittance)
class RemittanceAdmin(DocumentAdmin):
    """What a courier says that it pays; applying it clears the cash of the parcels."""

    list_display = ["number", "courier", "state_label", "row_count", "paid_sum", "received_at", "applied_at"]
    list_filter = [QueueFilter, "state", "courier"]
    list_select_related = ["courier"]
    search_fields = ["number", "filename"]
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/logistics/remittance.html"
    steps = [
        Step(
            "accept",
            _("Accept the difference"),
            ("finance.accept_difference",),
            _accept_remittance,
            _("Accepted."),
            form=WhyForm,
            shown=lambda remittance: remittance.state == "open",
            primary=True,
        ),
        Step(
            "apply",
            _("Apply the money"),
            ("logistics.apply_remittance",),
            _apply,
            _("Applied: the cash of its parcels is cleared."),
            form=ApplyForm,
            shown=lambda remittance: remittance.state == "ready",
            primary=True,
        ),
    ]

    def page(self, request: HttpRequest, remittance: Remittance) -> dict[str, Any]:
        labels = dict(Remittance.State.choices)
        return {
            "axes": [(_("Remittance"), axis(["open", "ready", "applied"], remittance.state, labels))],
            "lines": remittance.lines.select_related("parcel").order_by("row_no")[:500],
        }

    @display(description=_("state"), label={"open": "danger", "ready": "warning", "applied": "success"})
    def state_label(self, remittance: Remittance) -> tuple[str, Any]:
        return remittance.state, remittance.get_state_display()

    @display(description=_("paid"), ordering="paid")
    def paid_sum(self, remittance: Remittance) -> Any:
        return money(remittance.paid, remittance.currency)
