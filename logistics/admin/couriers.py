"""Couriers and their price lists, to look at; changing them is a matter of files and of finance."""

from django.contrib import admin

from core.admin.base import ShownInline, ShownModelAdmin
from core.admin.edits import EditedModelAdmin
from logistics.models import Courier, CourierZone, RateRow, ShippingTariff


class ZoneInline(ShownInline):
    model = CourierZone
    fields = ["province", "zone", "remote", "collects"]
    ordering = ["province"]


@admin.register(Courier)
class CourierAdmin(EditedModelAdmin):
    right = "logistics.change_rate_cards"
    adding = False
    list_display = ["code", "name", "cod_days", "nets_fees", "tolerance_money", "priority", "active"]
    ordering = ["priority", "code"]
    readonly_fields = ["code"]
    inlines = [ZoneInline]


@admin.register(RateRow)
class RateRowAdmin(ShownModelAdmin):
    list_display = ["courier", "product", "service", "zone", "kind", "price", "valid_from", "valid_to"]
    list_filter = ["courier", "service", "kind"]
    list_select_related = ["courier"]
    search_fields = ["zone"]
    ordering = ["courier", "service", "zone", "-valid_from"]


@admin.register(ShippingTariff)
class ShippingTariffAdmin(EditedModelAdmin):
    right = "logistics.change_rate_cards"
    list_display = ["province", "first_weight_g", "first_fee", "step_g", "step_fee", "free_from"]
    ordering = ["province"]
