"""The packing table: a page that is driven by the scanner alone. The server counts, the page shows (F60)."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import rights
from core.admin.documents import may
from core.errors import DomainError
from logistics import services
from logistics.models import Delivery, Scan

RIGHT = "logistics.pack"


def words(result: str, barcode: str) -> str:
    """What the table says to a result, so that it is understood from two metres away."""
    return {
        Scan.Result.COUNTED: _("Right"),
        Scan.Result.WRONG_ITEM: _("Does not belong here: put it aside"),
        Scan.Result.TOO_MANY: _("One too many: put it back"),
        Scan.Result.INTERCEPTED: _("Stop! The order has changed. Put everything back."),
    }.get(result, barcode)


class PackingPages:
    """Pages of DeliveryAdmin for the packing table."""

    admin_site: Any

    def packing_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("packing/", wrap(self.choose_delivery), name="logistics_delivery_packing"),
            path("<int:pk>/pack/", wrap(self.show_table), name="logistics_delivery_pack"),
            path("<int:pk>/pack/state/", wrap(self.show_state), name="logistics_delivery_state"),
            path("<int:pk>/pack/scan/", wrap(require_POST(self.take_scan)), name="logistics_delivery_scan"),
            path("<int:pk>/pack/box/", wrap(require_POST(self.close_box)), name="logistics_delivery_box"),
        ]

    def choose_delivery(self, request: HttpRequest) -> HttpResponse:
        """Scan a delivery's number, or take the oldest that waits at the table."""
        self._require(request)
        number = request.GET.get("number", "").strip().upper()
        waiting: QuerySet[Delivery] = self._visible(request).filter(status=Delivery.Status.PICKED)
        if number:
            found = self._visible(request).filter(number=number).first()
            if found is not None:
                return HttpResponseRedirect(reverse("admin:logistics_delivery_pack", args=[found.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Packing table"),
            "unknown": number,
            "waiting": waiting.select_related("order", "warehouse").order_by("picked_at", "pk")[:30],
            "count": waiting.count(),
        }
        return TemplateResponse(request, "backoffice/logistics/packing_choose.html", context)

    def show_table(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The table for one delivery; everything on it comes from the server, so a reload loses nothing."""
        delivery = self._delivery(request, pk)
        context = {
            **self.admin_site.each_context(request),
            "title": delivery.number,
            "delivery": delivery,
            "lines": delivery.lines.select_related("sku").order_by("pk"),
            "state": self._state(delivery),
            "is_popup": True,  # the whole screen is the table
        }
        return TemplateResponse(request, "backoffice/logistics/packing.html", context)

    def show_state(self, request: HttpRequest, pk: int) -> JsonResponse:
        """What the server has counted so far."""
        return JsonResponse(self._state(self._delivery(request, pk)))

    def take_scan(self, request: HttpRequest, pk: int) -> JsonResponse:
        """One scan: `barcode`, and the `client_id` that makes a repeat harmless."""
        delivery = self._delivery(request, pk)
        try:
            sent = json.loads(request.body)
            barcode, client_id = str(sent["barcode"]).strip()[:64], str(sent["client_id"])[:64]
        except (ValueError, KeyError, TypeError):
            return JsonResponse({"result": "refused", "words": _("That was no scan.")}, status=400)
        if not barcode or not client_id:
            return JsonResponse({"result": "refused", "words": _("That was no scan.")}, status=400)
        try:
            answer = services.scan_item(delivery_id=delivery.pk, barcode=barcode, client_id=client_id)
        except DomainError as error:
            return JsonResponse({"result": "refused", "words": str(error), "barcode": barcode}, status=409)
        delivery.refresh_from_db()
        return JsonResponse(
            {
                "result": str(answer.result),
                "words": words(str(answer.result), barcode),
                "barcode": barcode,
                "line": answer.delivery_line_id,
                "complete": answer.packed == answer.wanted,
                **self._state(delivery),
            }
        )

    def close_box(self, request: HttpRequest, pk: int) -> JsonResponse:
        """The box is full, or has been weighed: close it before everything is packed."""
        delivery = self._delivery(request, pk)
        weight = request.POST.get("weight_g", "")
        try:
            services.close_parcel(delivery_id=delivery.pk, weight_g=int(weight) if weight.isdigit() else 0)
        except DomainError as error:
            return JsonResponse({"result": "refused", "words": str(error)}, status=409)
        delivery.refresh_from_db()
        return JsonResponse({"result": "closed", "words": _("Box closed"), **self._state(delivery)})

    def _delivery(self, request: HttpRequest, pk: int) -> Delivery:
        self._require(request)
        delivery: Delivery = self.document(request, pk)  # type: ignore[attr-defined]
        if not rights.allowed(request.user, RIGHT, warehouse=delivery.warehouse_id):
            raise PermissionDenied
        return delivery

    def _require(self, request: HttpRequest) -> None:
        if not may(request, RIGHT):
            raise PermissionDenied

    def _visible(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows: QuerySet[Delivery] = self.get_queryset(request)  # type: ignore[attr-defined]
        return rows

    def _state(self, delivery: Delivery) -> dict[str, Any]:
        sums = delivery.lines.aggregate(packed=Sum("packed"), wanted=Sum("picked"))
        boxes = delivery.parcels.exclude(state="cancelled").prefetch_related("waybills").order_by("pk")
        return {
            "status": delivery.status,
            "stopped": delivery.intercept_reason if delivery.intercepted_at else "",
            "packed": sums["packed"] or 0,
            "wanted": sums["wanted"] or 0,
            "lines": list(delivery.lines.order_by("pk").values("id", "packed", wanted=F("picked"))),
            "boxes": [
                {
                    "id": box.pk,
                    "number": box.number,
                    "state": box.state,
                    "state_words": str(box.get_state_display()),
                    "weight_g": box.weight_g,
                    "waybill": next((w.number for w in box.waybills.all() if w.state == "live"), ""),
                    "problem": next((w.told for w in box.waybills.all() if w.state == "asked"), ""),
                }
                for box in boxes
            ],
        }
