"""Stock as it is: SKUs, levels and moves. All that is typed in here is how a service is performed."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.base import ShownInline, ShownModelAdmin
from core.admin.documents import may
from core.admin.edits import EditedModelAdmin
from core.admin.lists import NamedDocuments, QueueFilter, warehouses_seen
from inventory.models import Barcode, Channel, Sku, StockLevel, StockMove, Warehouse, WarehouseGroup


class InPlaces(ShownModelAdmin):
    """Rows of the warehouses that the person works in."""

    list_per_page = 100
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        places = warehouses_seen(request.user)
        return rows if places is None else rows.filter(warehouse__in=places)


def name_of(sku: Sku) -> str:
    """What the SKU is called in the shop, in the reader's language; reads what was prefetched."""
    return sku.stockrecord.product.get_title()


class LevelInline(ShownInline):
    model = StockLevel
    fields = ["warehouse", "on_hand", "reserved", "unavailable"]


class BarcodeInline(ShownInline):
    model = Barcode
    fields = ["code", "quantity"]


@admin.register(Sku)
class SkuAdmin(EditedModelAdmin):
    right = "inventory.change_skus"
    adding = False
    list_display = ["code", "name", "brand", "weight_g", "tax", "track_stock", "service"]
    list_filter = ["track_stock", "performed", "brand"]
    search_fields = ["code", "=barcodes__code"]
    ordering = ["code"]
    fields = [
        "code", "name", "unit", "brand", "weight_g", "length_mm", "width_mm", "height_mm", "tax",
        "track_stock", "performed",
    ]  # fmt: skip
    list_select_related = ["stockrecord__product__parent"]
    inlines = [LevelInline, BarcodeInline]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sku]:
        return super().get_queryset(request).prefetch_related("stockrecord__product__texts")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(self.fields or [])
        return [name for name in fields if name != "performed"] if obj and obj.track_stock else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.get_fields(request, obj) if name != "performed"]

    @display(description=_("service performed"), ordering="performed")
    def service(self, sku: Sku) -> str:
        return "" if sku.track_stock else sku.get_performed_display()

    @display(description=_("name"))
    def name(self, sku: Sku) -> str:
        return name_of(sku)

    @display(description=_("tax rate"), ordering="tax_rate")
    def tax(self, sku: Sku) -> str:
        return f"{sku.tax_rate * 100:.4f}".rstrip("0").rstrip(".") + " %"


@admin.register(StockLevel)
class StockLevelAdmin(InPlaces):
    list_display = ["code", "name", "warehouse", "on_hand", "reserved", "unavailable", "free_units", "moves"]
    list_display_links = None
    list_filter = [QueueFilter, "warehouse"]
    list_select_related = ["sku__stockrecord__product__parent", "warehouse"]
    search_fields = ["sku__code", "=sku__barcodes__code"]
    search_help_text = _("Code or barcode")
    ordering = ["sku__code", "warehouse_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockLevel]:
        free = F("on_hand") - F("reserved") - F("unavailable")
        rows = super().get_queryset(request).annotate(free_sum=free)
        return rows.prefetch_related("sku__stockrecord__product__texts")

    @display(description=_("name"))
    def name(self, level: StockLevel) -> str:
        return name_of(level.sku)

    @display(description=_("SKU"), ordering="sku__code")
    def code(self, level: StockLevel) -> str:
        link = reverse("admin:inventory_sku_change", args=[level.sku_id])
        return format_html('<a href="{}" class="font-semibold">{}</a>', link, level.sku.code)

    @display(description=_("free"), ordering="free_sum")
    def free_units(self, level: Any) -> str:
        tone = "danger" if level.free_sum <= 0 else "success"
        return format_html('<span class="pill pill-{}">{}</span>', tone, level.free_sum)

    @display(description=_("history"))
    def moves(self, level: StockLevel) -> str:
        return format_html(
            '<a href="{}?sku__id__exact={}&warehouse__id__exact={}" class="list-link">{}</a>',
            reverse("admin:inventory_stockmove_changelist"),
            level.sku_id,
            level.warehouse_id,
            _("moves"),
        )


@admin.register(StockMove)
class StockMoveAdmin(NamedDocuments, InPlaces):
    list_display = [
        "at", "code", "warehouse", "kind", "on_hand_change", "unavailable_delta", "named_document", "actor",
        "reason",
    ]  # fmt: skip
    list_filter = ["kind", "warehouse"]
    list_select_related = ["sku", "warehouse", "actor"]
    search_fields = ["sku__code"]
    ordering = ["-id"]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "sku__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = [
            "sku", "warehouse", "kind", "on_hand_delta", "unavailable_delta", "named_document", "reason",
            "actor", "at",
        ]  # fmt: skip
        return [*fields, "cost", "currency"] if may(request, "inventory.see_costs") else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj)

    @display(description=_("SKU"), ordering="sku__code")
    def code(self, move: StockMove) -> str:
        return move.sku.code

    @display(description=_("on hand, change"), ordering="on_hand_delta")
    def on_hand_change(self, move: StockMove) -> str:
        tone = "money negative" if move.on_hand_delta < 0 else "money"
        return format_html('<span class="{}">{}</span>', tone, f"{move.on_hand_delta:+d}")


@admin.register(Warehouse)
class WarehouseAdmin(EditedModelAdmin):
    right = "inventory.change_policies"
    list_display = ["code", "name", "kind", "group", "province", "priority", "active"]
    list_filter = ["kind", "group", "active"]
    list_select_related = ["group"]
    ordering = ["priority", "id"]


@admin.register(WarehouseGroup)
class WarehouseGroupAdmin(EditedModelAdmin):
    right = "inventory.change_policies"
    list_display = ["code", "name"]
    ordering = ["code"]


@admin.register(Channel)
class ChannelAdmin(EditedModelAdmin):
    right = "inventory.change_policies"
    list_display = ["code", "name", "priority", "active"]
    ordering = ["priority", "id"]
