"""What the warehouse prints: slip in the box, label on the box, manifest for the driver."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import get_language, override
from django.views.decorators.http import require_POST

from core import clock, masking
from core.admin.documents import may
from core.admin.lists import warehouses_seen
from core.errors import DomainError
from logistics import services
from logistics.models import Delivery, Parcel
from logistics.rules.barcodes import code128, width_of


class PaperPages:
    """Pages of DeliveryAdmin that are printed."""

    admin_site: Any

    def paper_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/slip/", wrap(self.show_slip), name="logistics_delivery_slip"),
            path("handover/manifest/", wrap(self.show_manifest), name="logistics_delivery_manifest"),
            path(
                "parcels/<int:pk>/label/",
                wrap(require_POST(self.print_label)),
                name="logistics_delivery_label",
            ),
        ]

    def show_slip(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is in the box, for the customer and in the language of the order; no price on it."""
        if not may(request, "logistics.pack"):
            raise PermissionDenied
        delivery: Delivery = self.document(request, pk)  # type: ignore[attr-defined]
        address: Any = delivery.order.shipping_address
        bars = code128(delivery.number)
        context = {
            "delivery": delivery,
            "lines": delivery.lines.select_related("sku", "line").order_by("pk"),
            "boxes": delivery.parcels.exclude(state=Parcel.State.CANCELLED)
            .prefetch_related("waybills")
            .order_by("pk"),
            "receiver": masking.mask_name(address.first_name) if address else "",
            "phone": masking.mask_phone(address.phone_number) if address else "",
            "address": address,
            "street": masking.mask_address(address.line1) if address else "",
            "clerk": get_language(),
            "bars": bars,
            "wide": width_of(bars),
        }
        with override(delivery.order.language or None):
            return TemplateResponse(request, "backoffice/logistics/slip.html", context).render()

    def show_manifest(self, request: HttpRequest) -> HttpResponse:
        """What couriers took: the named parcels, or all of a courier on a day (`courier`, `on`)."""
        if not may(request, "logistics.hand_over"):
            raise PermissionDenied
        parcels = self._gone(request)
        ids = [int(pk) for pk in request.GET.get("ids", "").split(",") if pk.isdigit()][:500]
        day = parse_date(request.GET.get("on", "")) if not ids else None
        if ids:
            parcels = parcels.filter(pk__in=ids)
        elif day and request.GET.get("courier", "").isdigit():
            begin, end = clock.day_bounds(day)
            parcels = parcels.filter(
                courier=request.GET["courier"], handed_over_at__gte=begin, handed_over_at__lt=end
            )
        else:
            raise Http404
        rows = parcels.prefetch_related("waybills").order_by(
            "courier__name", "delivery__warehouse", "handed_over_at", "pk"
        )
        sheets: dict[tuple[str, str], list[Parcel]] = {}
        for parcel in rows:
            place = (str(parcel.courier), parcel.delivery.warehouse.name)
            sheets.setdefault(place, []).append(parcel)
        context = {
            "sheets": [
                {
                    "courier": courier,
                    "warehouse": warehouse,
                    "parcels": boxes,
                    "grams": sum(box.weight_g for box in boxes),
                    "cod": sum(box.cod_amount for box in boxes),
                    "cod_boxes": sum(1 for box in boxes if box.cod_amount),
                    "currency": boxes[0].currency,
                    "at": boxes[-1].handed_over_at,
                }
                for (courier, warehouse), boxes in sheets.items()
            ]
        }
        return TemplateResponse(request, "backoffice/logistics/manifest.html", context)

    def print_label(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The label of one parcel; every print is counted, so it is a POST."""
        if not may(request, "logistics.pack"):
            raise PermissionDenied
        parcel = self._visible_parcels(request).filter(pk=pk).first()
        if parcel is None:
            raise Http404
        try:
            label = services.print_label(parcel_id=parcel.pk)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:logistics_parcel_change", args=[pk]))
        context = {"label": label, "wide": width_of(label.bars)}
        response = TemplateResponse(request, "backoffice/logistics/label.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def days_of_manifests(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Couriers that have taken parcels in the last seven days, newest day first."""
        since = clock.day_bounds(clock.today() - timedelta(days=7))[0]
        rows = (
            self._gone(request)
            .filter(handed_over_at__gte=since)
            .values("courier", "courier__name", "handed_over_at__date")
            .annotate(count=Count("pk"), grams=Sum("weight_g"), cod=Sum("cod_amount"))
        )
        return list(rows.order_by("-handed_over_at__date", "courier__name"))

    def _gone(self, request: HttpRequest) -> QuerySet[Parcel]:
        return self._visible_parcels(request).filter(handed_over_at__isnull=False, courier__isnull=False)

    def _visible_parcels(self, request: HttpRequest) -> QuerySet[Parcel]:
        rows = Parcel.objects.select_related("courier", "order", "delivery__warehouse")
        places = warehouses_seen(request.user)
        return rows if places is None else rows.filter(delivery__warehouse__in=places)
