"""The books, to read: accounts, entries with their postings, periods. Corrections are reversals."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.documents import DocumentAdmin, Step
from core.admin.lists import NamedDocuments, document_names, shown_documents
from core.templatetags.backoffice import money
from finance import services
from finance.forms import ReasonForm
from finance.models import Account, Entry, Moment, MoneyAccount, Period, Posting
from finance.models.moments import REVERSED


def _reverse(request: HttpRequest, entry: Entry, values: dict[str, Any]) -> None:
    services.reverse_entry(entry=entry, reason=values["reason"])


class MomentFilter(admin.SimpleListFilter):
    """Entries of a moment with their reversals."""

    title = _("what happened")
    parameter_name = "moment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Moment.choices)

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return rows.filter(kind__in=[chosen, REVERSED + chosen]) if chosen in Moment.values else rows


@admin.register(Entry)
class EntryAdmin(NamedDocuments, DocumentAdmin):
    list_display = ["number", "on", "what", "named_document", "memo", "legs", "posted_at"]
    list_filter = [MomentFilter, ("on", RangeDateFilter), "entity"]
    list_filter_submit = True
    list_per_page = 100
    search_fields = ["=origin_id", "idempotency_key", "=pk"]
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/finance/entry.html"
    steps = [
        Step(
            "reverse",
            _("Reverse"),
            ("finance.reverse_entry",),
            _reverse,
            _("Reversed by an entry of its own."),
            form=ReasonForm,
            shown=lambda entry: entry.reverses_id is None and not hasattr(entry, "reversed_by"),
            danger=True,
            warning=_("The entry stays; a second one with the same figures on the other sides is added."),
        ),
    ]

    def heading(self, document: Any) -> str:
        return str(document)

    def page(self, request: HttpRequest, entry: Entry) -> dict[str, Any]:
        postings = list(entry.postings.select_related("account").order_by("pk"))
        keys = [(entry.origin_kind, entry.origin_id)]
        for posting in postings:
            keys += [(posting.origin_kind, posting.origin_id), (posting.party_kind, posting.party_id)]
        shown = shown_documents(request.user, keys)
        return {
            "postings": [
                (
                    posting,
                    shown[posting.origin_kind, posting.origin_id],
                    shown[posting.party_kind, posting.party_id],
                )
                for posting in postings
            ],
            "about": shown[keys[0]],
        }

    @display(description=_("what happened"), ordering="kind")
    def what(self, entry: Entry) -> str:
        return entry.moment

    @display(description=_("number"), ordering="pk")
    def number(self, entry: Entry) -> int:
        return entry.pk


@admin.register(Posting)
class PostingAdmin(NamedDocuments, ShownModelAdmin):
    list_display = [
        "voucher",
        "booked_on",
        "account",
        "side",
        "sum",
        "named_document",
        "party",
    ]
    list_display_links = None
    list_filter = ["account", "side"]
    list_select_related = ["account", "entry"]
    list_per_page = 100
    search_fields = ["=origin_id", "account__code"]
    ordering = ["-id"]
    show_full_result_count = False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        names = document_names((row.party_kind, row.party_id) for row in found.result_list)
        for row in found.result_list:
            row.party_name = names[row.party_kind, row.party_id]
        return found

    @display(description=_("party"))
    def party(self, posting: Any) -> str:
        return posting.party_name

    @display(description=_("journal entry"), ordering="entry")
    def voucher(self, posting: Posting) -> int:
        return posting.entry_id

    @display(description=_("booked on"), ordering="entry__on")
    def booked_on(self, posting: Posting) -> Any:
        return posting.entry.on

    @display(description=_("amount"), ordering="amount")
    def sum(self, posting: Posting) -> Any:
        return money(posting.amount, posting.currency)


@admin.register(Account)
class AccountAdmin(ShownModelAdmin):
    list_display = ["code", "name_zh", "name_en", "kind", "party_kind", "clears_by"]
    list_filter = ["kind", "clears_by"]
    search_fields = ["code", "name_zh", "name_en"]
    ordering = ["code"]


@admin.register(Period)
class PeriodAdmin(ShownModelAdmin):
    list_display = ["first_day", "entity", "state", "closed_at"]
    list_filter = ["state"]
    list_select_related = ["entity"]
    ordering = ["-first_day"]


@admin.register(MoneyAccount)
class MoneyAccountAdmin(ShownModelAdmin):
    list_display = ["code", "name", "kind", "currency", "entity", "is_default"]
    list_filter = ["kind"]
    list_select_related = ["entity"]
    ordering = ["code"]
