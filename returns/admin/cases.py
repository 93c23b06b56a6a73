"""Cases of goods that come back or never arrived: list, page, and the steps of service, desk and finance."""

import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from core.admin.base import ShownModelAdmin, through
from core.admin.documents import DocumentAdmin, Step, axis, may
from core.admin.lists import QueueFilter, shown_document, warehouses_seen
from core.roles import ROLES
from core.templatetags.backoffice import money
from returns import services
from returns.admin.desk import DeskPages
from returns.forms import LostForm, RejectForm
from returns.models import Inspection, ReturnCase, ReturnPolicy

TONES = {
    "requested": "warning",
    "approved": "info",
    "received": "warning",
    "settled": "success",
    "rejected": "danger",
}
PATHS = {
    "return": ["requested", "approved", "received", "settled"],
    "refused": ["received", "settled"],
    "lost": ["approved", "settled"],
}


def _count(text: str) -> int:
    return int(text) if text.strip().isdigit() else 0


def _approve(request: HttpRequest, case: ReturnCase, values: dict[str, Any]) -> None:
    services.approve_return(case_id=case.pk)


def _reject(request: HttpRequest, case: ReturnCase, values: dict[str, Any]) -> None:
    services.reject_return(case_id=case.pk, reason=values["reason"])


def _receive(request: HttpRequest, case: ReturnCase, values: dict[str, Any]) -> None:
    """Fields `count-<line>` say how many units lie on the desk."""
    counts = {line.pk: _count(request.POST.get(f"count-{line.pk}", "")) for line in case.lines.all()}
    services.receive_return(case_id=case.pk, counts=counts)


def _inspect(request: HttpRequest, case: ReturnCase, values: dict[str, Any]) -> None:
    """One judgement of the line `row`; its `key` makes a repeat harmless (F41)."""
    line = case.lines.filter(pk=_count(request.POST.get("row", ""))).first()
    if line is None:
        raise PermissionDenied
    services.inspect_line(
        return_line_id=line.pk,
        key=request.POST.get("key", "")[:64],
        sellable=_count(request.POST.get("sellable", "")),
        scrapped=_count(request.POST.get("scrapped", "")),
        rejected=_count(request.POST.get("rejected", "")),
        note=request.POST.get("note", ""),
    )


def _settle_lost(request: HttpRequest, case: ReturnCase, values: dict[str, Any]) -> None:
    services.settle_lost(case_id=case.pk, claim=values["claim"])


@admin.register(ReturnCase)
class ReturnCaseAdmin(DeskPages, DocumentAdmin):
    list_display = [
        "number", "kind", "order_link", "status_label", "warehouse", "whose", "reason", "refund",
        "due_at",
    ]  # fmt: skip
    list_filter = [QueueFilter, "status", "kind", "department", "responsible", "warehouse"]
    list_select_related = ["order", "warehouse"]
    list_per_page = 100
    search_fields = ["number", "order__number", "parcel__waybills__number"]
    search_help_text = _("Number of the case or order, or a waybill")
    ordering = ["-id"]
    show_full_result_count = False
    page_template = "backoffice/returns/case.html"
    place_column = "warehouse"
    steps = [
        Step(
            "approve",
            _("Approve"),
            ("returns.approve_return",),
            _approve,
            _("Approved. The warehouse awaits the goods."),
            shown=lambda case: case.status == "requested",
            primary=True,
        ),
        Step(
            "reject",
            _("Decline"),
            ("returns.approve_return",),
            _reject,
            _("Declined."),
            form=RejectForm,
            shown=lambda case: case.status in ("requested", "approved") and case.kind == "return",
            danger=True,
        ),
        Step(
            "receive",
            _("Received"),
            ("returns.receive_return",),
            _receive,
            _("Received. Now judge each unit."),
            shown=lambda case: case.status == "approved" and case.kind != "lost",
            in_bar=False,
        ),
        Step(
            "inspect",
            _("Judge"),
            ("returns.inspect_line",),
            _inspect,
            _("Judged. Stock and money have followed."),
            shown=lambda case: case.status == "received",
            in_bar=False,
        ),
        Step(
            "settle-lost",
            _("Settle the loss"),
            ("logistics.write_off",),
            _settle_lost,
            _("Settled. The claim on the courier stands in the books."),
            form=LostForm,
            shown=lambda case: case.kind == "lost" and case.status == "approved",
            primary=True,
            warning=_("A prepaid customer gets the money back. This cannot be undone."),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReturnCase]:
        rows = super().get_queryset(request)
        places = warehouses_seen(request.user)
        return rows if places is None else rows.filter(warehouse__in=places)

    def get_urls(self) -> list[Any]:
        opening = self.admin_site.admin_view(require_POST(self.open_for_order))
        return [
            *self.desk_urls(),
            path("open/<int:order_id>/", opening, name="returns_returncase_open"),
            *super().get_urls(),
        ]

    def open_for_order(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Open a return from the order's page: fields `units-<line>` and a reason."""
        if not may(request, "returns.open_return"):
            raise PermissionDenied
        units = {
            int(name.removeprefix("units-")): _count(value)
            for name, value in request.POST.items()
            if name.startswith("units-") and name.removeprefix("units-").isdigit()
        }
        opened: list[ReturnCase] = []

        def work() -> None:
            reason = request.POST.get("reason", "")
            opened.append(services.open_return(order_id=order_id, units=units, reason=reason))

        if through(request, work, _("The return is open and waits for approval.")):
            return HttpResponseRedirect(self.url_of(opened[0]))
        return HttpResponseRedirect(reverse("admin:order_order_change", args=[order_id]))

    def page(self, request: HttpRequest, case: ReturnCase) -> dict[str, Any]:
        labels = dict(ReturnCase.Status.choices)
        return {
            "axes": [(_("Case"), axis(PATHS[case.kind], case.status, labels, astray=["rejected"]))],
            "lines": [
                {"line": line, "open": line.received - line.accepted - line.rejected, "key": uuid.uuid4().hex}
                for line in case.lines.select_related("line__sku").order_by("pk")
            ],
            "inspections": Inspection.objects.filter(line__case=case)
            .select_related("line__line", "by")
            .order_by("pk"),
            "note_typed": request.POST.get("note", ""),
        }

    @display(description=_("department"), ordering="department")
    def whose(self, case: ReturnCase) -> str:
        return str(ROLES.get(case.department, case.department))

    @display(description=_("order"), ordering="order__number")
    def order_link(self, case: ReturnCase) -> str:
        return case.order_shown  # type: ignore[attr-defined]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Orders are links for whom may open them."""
        found = super().get_changelist_instance(request)
        for case in found.result_list:
            case.order_shown = shown_document(request.user, "order", case.order_id, case.order.number)
        return found

    @display(description=_("status"), label=TONES, ordering="status")
    def status_label(self, case: ReturnCase) -> tuple[str, Any]:
        return case.status, case.get_status_display()

    @display(description=_("refund"), ordering="refund_amount")
    def refund(self, case: ReturnCase) -> Any:
        return money(case.refund_amount, case.currency) if case.refund_amount else ""


@admin.register(ReturnPolicy)
class ReturnPolicyAdmin(ShownModelAdmin):
    list_display = ["code", "days", "hours_to_answer"]
    ordering = ["code"]
