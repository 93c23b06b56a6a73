from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from core import rights
from core.admin.base import ShownModelAdmin
from core.models import LegalEntity, RoleGrant, StatusChange


@admin.register(RoleGrant)
class RoleGrantAdmin(ModelAdmin):
    """Roles are given here and revoked by an action; the rows stay."""

    list_display = ["user", "role", "warehouse", "entity", "granted_at", "granted_by", "revoked_at"]
    list_filter = ["role"]
    autocomplete_fields = ["user"]
    fields = ["user", "role", "warehouse", "entity"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return rights.allowed(request.user, "core.grant_role")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return rights.allowed(request.user, "core.grant_role")

    def save_model(self, request: HttpRequest, obj: RoleGrant, form: Any, change: bool) -> None:
        made = rights.grant_role(user=obj.user, role=obj.role, warehouse=obj.warehouse, entity=obj.entity)
        obj.pk = made.pk

    @admin.action(description=_("Revoke these roles, everywhere"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, grants: Any) -> None:
        for grant in grants:
            rights.revoke_role(user=grant.user, role=grant.role)


@admin.register(LegalEntity)
class LegalEntityAdmin(ModelAdmin):
    list_display = ["code", "name", "currency", "is_default"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(StatusChange)
class StatusChangeAdmin(ShownModelAdmin):
    list_display = ["at", "origin_kind", "origin_id", "axis", "old", "new", "actor", "reason"]
    list_filter = ["origin_kind", "axis"]
    search_fields = ["=origin_id"]
    ordering = ["-id"]
    show_full_result_count = False
