"""Data that people change in forms: by right, never deleted, never over somebody else's change (F20).

Django's admin saves whatever was typed over whatever is there by now. Here a form carries the mark of the
row that it was filled in from; when the row has another mark under its lock, nothing is saved and both
values are shown.
"""

import hashlib
import json
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from core import faults
from core.admin.documents import may


def mark_of(row: models.Model) -> str:
    """A short text that changes with every column of a row."""
    values = {field.attname: str(getattr(row, field.attname)) for field in row._meta.concrete_fields}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:24]


class LinesField(forms.CharField):
    """A list of words, typed one a line, kept as a JSON list."""

    def __init__(self, **options: Any) -> None:
        options |= {"required": False, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 4})}
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class EditedModelAdmin(ModelAdmin):
    """Rows that whoever has the `right` may add and change; what is over is switched off, not deleted."""

    right = ""
    adding = True
    change_form_before_template = "backoffice/parts/read.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.adding and may(request, self.right)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.right)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Lists of words are typed one a line, not as JSON."""
        if isinstance(db_field, models.JSONField) and db_field.default is list:
            words = [str(db_field.help_text), str(_("One a line."))]
            return LinesField(label=db_field.verbose_name, help_text=" ".join(filter(None, words)))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        context["read_mark"] = request.POST.get("_read") or (mark_of(row) if row is not None else "")
        return super().render_change_form(request, context, *args, **kwargs)

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        """Runs in the admin's transaction: the row is locked, compared, and only then written."""
        if request.method == "POST" and object_id and self.has_change_permission(request):
            row = self.get_queryset(request).select_for_update(of=("self",)).filter(pk=object_id).first()
            if row is not None and request.POST.get("_read") != mark_of(row) and faults.guarded("F20"):
                return self._show_conflict(request, row)
        return super()._changeform_view(request, object_id, form_url, extra_context)

    def _show_conflict(self, request: HttpRequest, row: models.Model) -> HttpResponse:
        form = self.get_form(request, row, change=True)(request.POST, request.FILES, instance=row)
        present = self.get_form(request, row, change=True)(instance=row)
        fields = [
            (form[name].label, present[name].value(), form[name].value())
            for name in form.fields
            if str(present[name].value() or "") != str(form[name].value() or "")
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "fields": fields,
        }
        return TemplateResponse(request, "backoffice/conflict.html", context, status=409)
