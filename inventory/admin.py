"""Stock in the back office. Levels, moves and reservations are shown, never typed over."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from inventory.models import (
    Barcode,
    Channel,
    Reservation,
    Sku,
    StockLevel,
    StockMove,
    StockPolicy,
    Warehouse,
    WarehouseGroup,
)
from inventory.services import refresh_pools


class ReadOnly(ModelAdmin):
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Channel)
class ChannelAdmin(ModelAdmin):
    list_display = ["code", "name", "priority", "active"]
    search_fields = ["code", "name"]


@admin.register(WarehouseGroup)
class WarehouseGroupAdmin(ModelAdmin):
    list_display = ["code", "name"]
    filter_horizontal = ["channels"]


@admin.register(Warehouse)
class WarehouseAdmin(ModelAdmin):
    list_display = ["code", "name", "kind", "group", "province", "priority", "active"]
    list_filter = ["kind", "group", "active"]
    list_select_related = ["group"]
    search_fields = ["code", "name"]


class BarcodeInline(TabularInline):
    model = Barcode
    extra = 0


@admin.register(Sku)
class SkuAdmin(ModelAdmin):
    list_display = ["code", "brand", "unit", "weight_g", "tax_rate", "track_stock"]
    list_filter = ["track_stock"]
    search_fields = ["code", "barcodes__code", "brand"]
    readonly_fields = ["stockrecord"]
    inlines = [BarcodeInline]


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnly):
    list_display = ["sku", "warehouse", "on_hand", "reserved", "unavailable", "free"]
    list_filter = ["warehouse"]
    list_select_related = ["sku", "warehouse"]
    search_fields = ["sku__code"]


@admin.register(StockMove)
class StockMoveAdmin(ReadOnly):
    list_display = ["at", "kind", "sku", "warehouse", "on_hand_delta", "unavailable_delta", "cost", "reason"]
    list_filter = ["kind", "warehouse"]
    list_select_related = ["sku", "warehouse"]
    search_fields = ["sku__code", "message_id"]
    ordering = ["-id"]


@admin.register(Reservation)
class ReservationAdmin(ReadOnly):
    list_display = ["line_id", "sku", "warehouse", "channel", "quantity", "state", "expires_at", "created_at"]
    list_filter = ["state", "channel", "warehouse"]
    list_select_related = ["sku", "warehouse", "channel"]
    search_fields = ["sku__code", "line__order__number"]
    ordering = ["-id"]


@admin.register(StockPolicy)
class StockPolicyAdmin(ModelAdmin):
    list_display = ["kind", "scope", "target", "group", "channel", "units", "share", "valid_from", "valid_to"]
    list_filter = ["kind", "scope", "group", "channel"]
    list_select_related = ["group", "channel"]

    def save_model(self, request: HttpRequest, obj: StockPolicy, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        refresh_pools()

    def delete_model(self, request: HttpRequest, obj: StockPolicy) -> None:
        super().delete_model(request, obj)
        refresh_pools()
