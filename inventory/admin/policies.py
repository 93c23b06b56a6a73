"""Who may have how much: fences, caps, safety stock, last units."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin.base import ShownModelAdmin
from core.admin.edits import EditedModelAdmin
from inventory.models import ChannelPool, StockPolicy
from inventory.services import refresh_pools


@admin.register(StockPolicy)
class StockPolicyAdmin(EditedModelAdmin):
    right = "inventory.change_policies"
    list_display = [
        "kind", "scope", "target", "group", "channel", "units", "share", "priority_limit", "valid_from",
        "valid_to",
    ]  # fmt: skip
    list_filter = ["kind", "scope", "group", "channel"]
    list_select_related = ["group", "channel"]
    ordering = ["kind", "scope", "target", "pk"]

    def save_model(self, request: HttpRequest, obj: StockPolicy, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        refresh_pools()


@admin.register(ChannelPool)
class ChannelPoolAdmin(ShownModelAdmin):
    list_display = ["sku", "group", "channel", "fenced", "taken", "cap"]
    list_filter = ["group", "channel"]
    list_select_related = ["sku", "group", "channel"]
    search_fields = ["sku__code"]
    ordering = ["sku__code", "group_id", "channel_id"]
    show_full_result_count = False
