"""Money that came, with its proofs, and money that fits nothing yet."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from core.admin.base import ShownModelAdmin
from core.admin.documents import DocumentAdmin, Step
from core.admin.lists import QueueFilter
from core.desk import document_link
from core.templatetags.backoffice import money
from finance import services
from finance.forms import ApplyForm, ReasonForm
from finance.models import InboxMessage, Payment, PaymentIntent, UnappliedReceipt

RECEIPT_TONES = {"open": "danger", "applied": "success", "refunded": "info", "dismissed": "default"}


class WithOrder:
    """The column of rows that may belong to an order."""

    @display(description=_("order"))
    def order_link(self, row: Any) -> str:
        if row.order is None:
            return ""
        link = document_link("order", row.order_id)
        return format_html('<a href="{}" class="list-link">{}</a>', link, row.order.number)

    @display(description=_("amount"), ordering="amount")
    def sum(self, row: Any) -> Any:
        return money(row.amount, row.currency)


@admin.register(Payment)
class PaymentAdmin(WithOrder, DocumentAdmin):
    list_display = ["trade_no", "provider", "order_link", "state_label", "sum", "refunded", "received_at"]
    list_filter = [QueueFilter, "state", "provider", ("received_at", RangeDateFilter)]
    list_filter_submit = True
    list_select_related = ["order"]
    list_per_page = 100
    search_fields = ["trade_no", "order__number", "intent__merchant_ref"]
    search_help_text = _("Transaction number, our reference, or the order")
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/finance/payment.html"

    def page(self, request: HttpRequest, payment: Payment) -> dict[str, Any]:
        return {
            "evidence": payment.evidence.select_related("by").order_by("pk"),
            "receipts": payment.unapplied.order_by("pk"),
            "refunds": payment.refunds.order_by("pk"),
        }

    @display(description=_("state"), label={"confirmed": "success", "unapplied": "danger"}, ordering="state")
    def state_label(self, payment: Payment) -> tuple[str, Any]:
        return payment.state, payment.get_state_display()

    @display(description=_("refunded"))
    def refunded(self, payment: Payment) -> Any:
        return money(-payment.refund_total, payment.currency) if payment.refund_total else ""


def _apply(request: HttpRequest, receipt: UnappliedReceipt, values: dict[str, Any]) -> None:
    services.apply_receipt(receipt_id=receipt.pk, order_id=values["order"].pk, note=values["note"])


def _send_back(request: HttpRequest, receipt: UnappliedReceipt, values: dict[str, Any]) -> None:
    services.refund_receipt(receipt_id=receipt.pk, reason=values["reason"])


def _dismiss(request: HttpRequest, receipt: UnappliedReceipt, values: dict[str, Any]) -> None:
    services.dismiss_receipt(receipt_id=receipt.pk, note=values["reason"])


def _payer(receipt: UnappliedReceipt) -> str:
    """Whoever sent it or, where the file does not say, through whom it came."""
    return receipt.payment.payer or receipt.payment.provider


def _is_open(receipt: UnappliedReceipt) -> bool:
    return receipt.state == UnappliedReceipt.State.OPEN


@admin.register(UnappliedReceipt)
class UnappliedReceiptAdmin(DocumentAdmin):
    """Money that waits for a clerk: it is given to an order, sent back, or explained away."""

    list_display = ["reference", "reason", "state_label", "sum", "meant", "opened_at", "settled_by"]
    list_filter = [QueueFilter, "state", "reason"]
    list_per_page = 100
    search_fields = ["payment__trade_no", "meant_for__number"]
    ordering = ["state", "opened_at"]
    show_full_result_count = False
    page_template = "backoffice/finance/receipt.html"
    steps = [
        Step(
            "apply",
            _("Give it to an order"),
            ("finance.apply_receipt",),
            _apply,
            _("Applied. The order goes on if enough is paid."),
            form=ApplyForm,
            shown=_is_open,
            primary=True,
        ),
        Step(
            "send-back",
            _("Send it back"),
            ("finance.apply_receipt",),
            _send_back,
            _("A refund to where it came from has been asked for."),
            form=ReasonForm,
            shown=_is_open,
        ),
        Step(
            "dismiss",
            _("It never came"),
            ("finance.apply_receipt",),
            _dismiss,
            _("Laid aside."),
            form=ReasonForm,
            shown=_is_open,
            danger=True,
            warning=_("Only for claims of money that is not in our account. This cannot be undone."),
        ),
    ]

    def heading(self, document: UnappliedReceipt) -> str:
        amount = number_format(document.amount, decimal_pos=2, force_grouping=True)
        return f"{amount} {document.currency} · {_payer(document)}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnappliedReceipt]:
        return super().get_queryset(request).select_related("payment", "meant_for", "settled_by")

    @display(description=_("payer"))
    def reference(self, receipt: UnappliedReceipt) -> SafeString:
        number = Truncator(receipt.payment.trade_no).chars(20)
        return format_html('{}<br><small class="quiet">{}</small>', _payer(receipt), number)

    @display(description=_("state"), label=RECEIPT_TONES, ordering="state")
    def state_label(self, receipt: UnappliedReceipt) -> tuple[str, Any]:
        return receipt.state, receipt.get_state_display()

    @display(description=_("amount"), ordering="amount")
    def sum(self, receipt: UnappliedReceipt) -> Any:
        return money(receipt.amount, receipt.currency)

    @display(description=_("meant for"))
    def meant(self, receipt: UnappliedReceipt) -> str:
        return receipt.meant_for.number if receipt.meant_for else ""


@admin.register(PaymentIntent)
class PaymentIntentAdmin(WithOrder, ShownModelAdmin):
    list_display = [
        "merchant_ref",
        "order_link",
        "provider",
        "state",
        "sum",
        "opened_at",
        "expires_at",
        "queries",
    ]
    list_filter = ["state", "provider"]
    list_select_related = ["order", "provider"]
    search_fields = ["merchant_ref", "order__number"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(InboxMessage)
class InboxMessageAdmin(ShownModelAdmin):
    """What providers told us, as it came; forged ones stay as evidence."""

    list_display = ["provider", "event_id", "verified", "state", "reason", "received_at", "done_at"]
    list_filter = [QueueFilter, "state", "provider", "verified"]
    search_fields = ["event_id"]
    ordering = ["-id"]
    show_full_result_count = False
