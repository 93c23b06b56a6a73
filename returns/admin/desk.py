"""The returns desk, driven by the keyboard: scan the case or waybill, count what lies there, judge it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from core.admin.documents import may


class DeskPages:
    """Pages of ReturnCaseAdmin for the desk."""

    admin_site: Any

    def desk_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.show_desk)
        return [path("desk/", view, name="returns_returncase_desk")]

    def show_desk(self, request: HttpRequest) -> HttpResponse:
        """Scan a case's number, an order's number or a waybill; or take what waits."""
        if not may(request, "returns.receive_return", "returns.inspect_line"):
            raise PermissionDenied
        cases = self.get_queryset(request)  # type: ignore[attr-defined]
        text = request.GET.get("number", "").strip()
        if text:
            match = (
                Q(number__iexact=text)
                | Q(order__number__iexact=text)
                | Q(order__parcels__waybills__number=text)
            )
            found = cases.filter(match, status__in=["approved", "received"]).order_by("pk").distinct().first()
            if found is not None:
                return HttpResponseRedirect(reverse("admin:returns_returncase_change", args=[found.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Returns desk"),
            "unknown": text,
            "awaited": cases.filter(status="approved").exclude(kind="lost").order_by("due_at")[:20],
            "to_inspect": cases.filter(status="received").order_by("due_at")[:20],
        }
        return TemplateResponse(request, "backoffice/returns/desk.html", context)
