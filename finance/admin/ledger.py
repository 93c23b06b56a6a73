"""The books, to read: accounts, entries with their postings, periods. Corrections are reversals."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.documents import DocumentAdmin, Step
from core.admin.lists import NamedDocuments
from core.desk import document_link
from core.templatetags.backoffice import money
from finance import services
from finance.forms import ReasonForm
from finance.models import Account, Entry, MoneyAccount, Period, Posting


def _reverse(request: HttpRequest, entry: Entry, values: dict[str, Any]) -> None:
    services.reverse_entry(entry=entry, reason=values["reason"])


@admin.register(Entry)
class EntryAdmin(NamedDocuments, DocumentAdmin):
    list_display = ["number", "on", "kind", "named_document", "memo", "legs", "posted_at"]
    list_filter = ["kind", ("on", RangeDateFilter), "entity"]
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

    def page(self, request: HttpRequest, entry: Entry) -> dict[str, Any]:
        return {
            "postings": entry.postings.select_related("account").order_by("pk"),
            "origin_link": document_link(entry.origin_kind, entry.origin_id),
        }

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
        "party_kind",
        "party_id",
    ]
    list_display_links = None
    list_filter = ["account", "side"]
    list_select_related = ["account", "entry"]
    list_per_page = 100
    search_fields = ["=origin_id", "account__code"]
    ordering = ["-id"]
    show_full_result_count = False

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
