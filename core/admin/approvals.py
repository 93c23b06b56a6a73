from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from core import approvals, desk
from core.admin.base import ShownInline, ShownModelAdmin, through
from core.admin.documents import may
from core.admin.lists import NamedDocuments, QueueFilter
from core.models import ApprovalPolicy, ApprovalRequest, ApprovalStep, ApprovalTry


class OfKind:
    """The kind of document that is signed, in words."""

    @display(description=_("kind"), ordering="kind")
    def what(self, row: ApprovalRequest | ApprovalPolicy) -> str:
        return desk.fact_name(row.kind)


class StepInline(ShownInline):
    model = ApprovalStep
    fields = ["level", "role", "limit", "decision", "decided_by", "decided_at", "comment"]


class TryInline(ShownInline):
    model = ApprovalTry
    fields = ["by", "approve", "outcome", "at"]


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(OfKind, NamedDocuments, ShownModelAdmin):
    """The inbox: what waits for a signature, and the two buttons."""

    list_display = [
        "what", "named_document", "amount", "currency", "state_label", "requested_by", "requested_at",
    ]  # fmt: skip
    list_filter = [QueueFilter, "state", "kind"]
    ordering = ["-id"]
    inlines = [StepInline, TryInline]
    fields = [
        "what", "named_document", "version", "amount", "currency", "reason", "state", "requested_by",
        "requested_at", "executed_at",
    ]  # fmt: skip
    readonly_fields = ["what", "named_document"]
    change_form_outer_before_template = "backoffice/core/approval.html"

    @display(
        description=_("state"),
        label={"open": "warning", "approved": "success", "rejected": "danger", "executed": "info"},
    )
    def state_label(self, request: ApprovalRequest) -> tuple[str, Any]:
        return request.state, request.get_state_display()

    def get_urls(self) -> list[Any]:
        decide = self.admin_site.admin_view(require_POST(self.decide))
        return [path("<int:pk>/decide/", decide, name="core_approvalrequest_decide"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        mine = approvals.waiting_for(request.user).filter(pk=object_id).exists()
        return super().change_view(
            request, object_id, *args, **kwargs | {"extra_context": {"may_decide": mine}}
        )

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sign or refuse, as who has read this version."""
        if not self.has_view_permission(request):
            raise Http404
        approve = request.POST.get("decision") == "approve"
        version = request.POST.get("version", "")
        through(
            request,
            lambda: approvals.decide(
                request_id=pk,
                by=request.user,
                approve=approve,
                version=int(version) if version.isdigit() else 0,
                comment=request.POST.get("comment", "")[:500],
            ),
            _("Approved.") if approve else _("Rejected."),
        )
        return HttpResponseRedirect(reverse("admin:core_approvalrequest_change", args=[pk]))


@admin.register(ApprovalPolicy)
class ApprovalPolicyAdmin(OfKind, ModelAdmin):
    list_display = ["what", "level", "role", "amount_from", "amount_below", "currency", "active"]
    list_filter = ["kind", "role", "active"]
    ordering = ["kind", "level", "amount_from"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, "core.change_policies")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "core.change_policies")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
