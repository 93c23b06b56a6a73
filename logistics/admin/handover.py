"""The hand-over: waybills are scanned onto a list, then all of them leave together or none does."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.admin.documents import may
from core.admin.lists import warehouses_seen
from core.errors import DomainError
from logistics import services
from logistics.models import Parcel

RIGHT = "logistics.hand_over"


class HandOverPages:
    """Pages of DeliveryAdmin for the loading bay."""

    admin_site: Any
    days_of_manifests: Any  # of PaperPages

    def handover_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("handover/", wrap(self.show_handover), name="logistics_delivery_handover"),
            path("handover/scan/", wrap(require_POST(self.look_up)), name="logistics_delivery_lookup"),
            path("handover/go/", wrap(require_POST(self.let_go)), name="logistics_delivery_letgo"),
        ]

    def show_handover(self, request: HttpRequest) -> HttpResponse:
        """The bay: what stands there packed, per courier, and the list that is being scanned."""
        return self._bay(request)

    def look_up(self, request: HttpRequest) -> JsonResponse:
        """Whose waybill this is, and whether it may leave."""
        self._require_handover(request)
        try:
            number = str(json.loads(request.body)["waybill"]).strip()
        except (ValueError, KeyError, TypeError):
            number = ""
        parcel = self._parcels(request).filter(waybills__number=number).exclude(waybills__number="").first()
        if parcel is None:
            words = _("No parcel of this house has the waybill %(number)s.") % {"number": number or "?"}
            return JsonResponse({"result": "refused", "words": words}, status=404)
        if parcel.delivery.intercepted_at is not None:
            words = _("Stop! The order has changed. Put everything back.")
            return JsonResponse({"result": "intercepted", "words": words}, status=409)
        if parcel.state != Parcel.State.PACKED:
            words = _("%(number)s is %(state)s.") % {
                "number": parcel.number,
                "state": parcel.get_state_display(),
            }
            return JsonResponse({"result": "refused", "words": words}, status=409)
        courier: Any = parcel.courier
        return JsonResponse(
            {
                "result": "counted",
                "words": courier.name,
                "id": parcel.pk,
                "waybill": number,
                "number": parcel.number,
                "courier": courier.name,
                "weight_g": parcel.weight_g,
            }
        )

    def let_go(self, request: HttpRequest) -> HttpResponse:
        """Hand the scanned parcels over: all of them, or none with the reason."""
        self._require_handover(request)
        chosen = [int(pk) for pk in request.POST.getlist("parcel") if pk.isdigit()]
        ids = list(self._parcels(request).filter(pk__in=chosen).values_list("pk", flat=True))
        if not ids or len(ids) != len(set(chosen)):
            messages.error(request, _("Scan at least one waybill of this house."))
            return self._bay(request, status=409)
        try:
            gone = services.hand_over(parcel_ids=ids)
        except DomainError as error:
            messages.error(request, str(error))
            return self._bay(request, status=409)
        messages.success(
            request,
            ngettext("%(count)d parcel handed over.", "%(count)d parcels handed over.", len(gone))
            % {"count": len(gone)},
        )
        ids = ",".join(str(parcel.pk) for parcel in gone)
        return HttpResponseRedirect(reverse("admin:logistics_delivery_handover") + f"?done={ids}")

    def _bay(self, request: HttpRequest, status: int = 200) -> HttpResponse:
        self._require_handover(request)
        packed = (
            self._parcels(request)
            .filter(state=Parcel.State.PACKED)
            .prefetch_related("waybills")
            .order_by("courier__name", "pk")[:200]
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hand-over"),
            "parcels": packed,
            "done": ",".join(pk for pk in request.GET.get("done", "").split(",") if pk.isdigit()),
            "days": self.days_of_manifests(request),
        }
        return TemplateResponse(request, "backoffice/logistics/handover.html", context, status=status)

    def _parcels(self, request: HttpRequest) -> Any:
        rows = Parcel.objects.select_related("courier", "delivery")
        places = warehouses_seen(request.user)
        return rows if places is None else rows.filter(delivery__warehouse__in=places)

    def _require_handover(self, request: HttpRequest) -> None:
        if not may(request, RIGHT):
            raise PermissionDenied
