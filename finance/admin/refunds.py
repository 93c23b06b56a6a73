"""Refunds: what goes back, what the provider says to it, and what a person has to do."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.documents import DocumentAdmin, Step, axis
from core.admin.lists import QueueFilter
from finance import services
from finance.admin.payments import WithOrder
from finance.errors import PaymentError
from finance.forms import PaidForm, ReasonForm, WayForm
from finance.models import Refund

TONES = {
    "requested": "warning",
    "sending": "info",
    "unknown": "danger",
    "done": "success",
    "failed": "danger",
    "cancelled": "default",
}


def _send(request: HttpRequest, refund: Refund, values: dict[str, Any]) -> None:
    state = services.send_refund(refund_id=refund.pk)
    if state in (Refund.State.FAILED, Refund.State.UNKNOWN):
        refund.refresh_from_db()
        raise PaymentError(
            _text("The provider has not paid it: %(why)s")
            % {"why": refund.problem or refund.get_state_display()}
        )


def _paid(request: HttpRequest, refund: Refund, values: dict[str, Any]) -> None:
    services.settle_refund(refund_id=refund.pk, account=values["account"], note=values["note"])


def _cancel(request: HttpRequest, refund: Refund, values: dict[str, Any]) -> None:
    services.cancel_refund(refund_id=refund.pk, reason=values["reason"])


def _again(request: HttpRequest, refund: Refund, values: dict[str, Any]) -> None:
    services.retry_refund(refund_id=refund.pk, way=values["way"])


def _by_provider(refund: Refund) -> bool:
    return refund.way == Refund.Way.PROVIDER and refund.state in ("requested", "sending", "unknown")


@admin.register(Refund)
class RefundAdmin(WithOrder, DocumentAdmin):
    list_display = ["number", "order_link", "state_label", "way", "sum", "requested_at", "done_at", "problem"]
    list_filter = [QueueFilter, "state", "way"]
    list_select_related = ["order"]
    list_per_page = 100
    search_fields = ["number", "order__number", "request_no"]
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/finance/refund.html"
    steps = [
        Step(
            "send",
            _("Send, or ask again"),
            ("finance.send_refund",),
            _send,
            _("The provider has paid it."),
            shown=_by_provider,
            primary=True,
        ),
        Step(
            "paid",
            _("It has been paid"),
            ("finance.send_refund",),
            _paid,
            _("Booked as paid."),
            form=PaidForm,
            shown=lambda refund: refund.state == "requested" and refund.way in ("transfer", "cash"),
            primary=True,
        ),
        Step(
            "again",
            _("Pay it another way"),
            ("finance.send_refund",),
            _again,
            _("A new refund has been asked for."),
            form=WayForm,
            shown=lambda refund: refund.state in ("failed", "cancelled"),
            primary=True,
        ),
        Step(
            "cancel",
            _("Take it back"),
            ("finance.send_refund",),
            _cancel,
            _("Taken back. What is owed stays owed."),
            form=ReasonForm,
            shown=lambda refund: refund.state == "requested",
            danger=True,
        ),
    ]

    def page(self, request: HttpRequest, refund: Refund) -> dict[str, Any]:
        path = ["requested", "sending", "done"]
        labels = dict(Refund.State.choices)
        astray = ["unknown", "failed", "cancelled"]
        return {"axes": [(_("Refund"), axis(path, refund.state, labels, astray=astray))]}

    @display(description=_("state"), label=TONES, ordering="state")
    def state_label(self, refund: Refund) -> tuple[str, Any]:
        return refund.state, refund.get_state_display()
