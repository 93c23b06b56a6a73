from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from core import rights
from core.admin.base import ShownModelAdmin
from core.admin.documents import may
from core.admin.lists import NamedDocuments
from core.models import LegalEntity, RoleGrant, StatusChange


def _warehouse_names() -> dict[int, str]:
    """Warehouses live above the kernel, which knows them by their id only."""
    return dict(apps.get_model("inventory", "Warehouse").objects.values_list("pk", "name"))


@admin.register(RoleGrant)
class RoleGrantAdmin(ModelAdmin):
    """Roles are given here and revoked by an action; the rows stay."""

    list_display = ["user", "role", "place", "entity", "granted_at", "granted_by", "revoked_at"]
    list_select_related = ["user", "entity", "granted_by"]
    list_filter = ["role"]
    autocomplete_fields = ["user"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["user", "role", "warehouse" if obj is None else "place", "entity"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["place"] if obj is not None else []

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "warehouse":
            return forms.TypedChoiceField(
                label=db_field.verbose_name,
                choices=[("", "—"), *_warehouse_names().items()],
                coerce=int,
                empty_value=None,
                required=False,
                widget=UnfoldAdminSelectWidget(),
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @display(description=_("only in warehouse"))
    def place(self, grant: RoleGrant) -> str:
        if grant.warehouse is None:
            return _("everywhere")
        return _warehouse_names().get(grant.warehouse, str(grant.warehouse))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, "core.grant_role")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return may(request, "core.grant_role")

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
class StatusChangeAdmin(NamedDocuments, ShownModelAdmin):
    list_display = ["at", "named_document", "axis", "old", "new", "actor", "reason"]
    list_filter = ["origin_kind", "axis"]
    search_fields = ["=origin_id"]
    ordering = ["-id"]
    show_full_result_count = False
