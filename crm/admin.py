from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from core import masking, rights
from core.admin.base import ShownInline, ShownModelAdmin, through
from core.notes import timeline
from core.origins import Origin
from crm import services
from crm.models import Consent, Customer, Message, MessageTemplate, User
from crm.rules.placeholders import PLACEHOLDERS, unknown_placeholders


@admin.register(User)
class StaffAndUserAdmin(UserAdmin, ModelAdmin):
    """People who sign in. Rights come by role, see core.rights."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "phone", "email", "is_staff", "is_active"]
    search_fields = ["username", "first_name", "last_name", "phone", "email"]
    fieldsets = [
        (None, {"fields": ["username", "password", "phone", "language"]}),
        *UserAdmin.fieldsets[1:],
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "phone", "email", "usable_password", "password1", "password2"]}),
    ]
    verbose = _("Staff and users")


class ConsentInline(ShownInline):
    model = Consent
    fields = ["purpose", "version", "channel", "given", "at"]


@admin.register(Customer)
class CustomerAdmin(ShownModelAdmin):
    """Customers under masks (S40); each look behind them needs a reason and is kept (S41)."""

    list_display = ["masked_name", "kind", "masked_phone", "language", "created_at"]
    list_filter = ["kind", "language"]
    search_fields = ["=name", "phone_tail__endswith"]
    ordering = ["-id"]
    inlines = [ConsentInline]
    fields = ["kind", "masked_name", "masked_phone", "masked_email", "language", "entity", "created_at"]
    readonly_fields = fields
    change_form_outer_before_template = "backoffice/crm/reveal.html"
    change_form_outer_after_template = "backoffice/crm/timeline.html"

    @display(description=_("name"))
    def masked_name(self, customer: Customer) -> str:
        return masking.mask_name(customer.name)

    @display(description=_("phone"))
    def masked_phone(self, customer: Customer) -> str:
        return masking.phone_tail(customer.phone)

    @display(description=_("e-mail address"))
    def masked_email(self, customer: Customer) -> str:
        return masking.mask_email(customer.email)

    def get_urls(self) -> list[Any]:
        reveal = self.admin_site.admin_view(require_POST(self.reveal))
        return [path("<int:pk>/reveal/", reveal, name="crm_customer_reveal"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        extra = {
            "may_reveal": rights.allowed(request.user, "crm.reveal"),
            "moments": timeline(Origin("customer", int(object_id)), limit=50) if object_id.isdigit() else [],
        }
        return super().change_view(request, object_id, *args, **kwargs | {"extra_context": extra})

    def reveal(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The clear record as a page of its own, which no cache keeps (admin_view says so)."""
        clear: dict[str, str] = {}

        def look() -> None:
            reason = request.POST.get("reason", "")
            clear.update(services.reveal_customer(customer_id=pk, by=request.user, reason=reason))

        if not through(request, look, _("This look was written down.")):
            return HttpResponseRedirect(reverse("admin:crm_customer_change", args=[pk]))
        context = self.admin_site.each_context(request) | {"clear": clear, "customer_id": pk}
        return render(request, "backoffice/crm/clear.html", context)


@admin.register(Message)
class MessageAdmin(ShownModelAdmin):
    list_display = ["kind", "channel", "masked_to", "state_label", "attempts", "created_at", "sent_at"]
    list_filter = ["state", "kind", "channel"]
    search_fields = ["=about_id"]
    ordering = ["-id"]
    fields = [
        "kind", "language", "channel", "masked_to", "subject", "about_kind", "about_id", "version", "state",
        "attempts", "created_at", "sent_at", "provider_ref", "error",
    ]  # fmt: skip
    readonly_fields = ["masked_to"]
    actions = ["resend"]
    show_full_result_count = False

    @display(description=_("to"))
    def masked_to(self, message: Message) -> str:
        if message.channel == "email":
            return masking.mask_email(message.to)
        return masking.mask_phone(message.to)

    @display(
        description=_("state"),
        label={"due": "info", "sending": "info", "sent": "success", "unknown": "warning", "parked": "danger"},
    )
    def state_label(self, message: Message) -> tuple[str, Any]:
        return message.state, message.get_state_display()

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return rights.allowed(request.user, "crm.change_customer")

    @admin.action(description=_("Send again what was given up"), permissions=["resend"])
    def resend(self, request: HttpRequest, rows: QuerySet[Message]) -> None:
        for message_id in rows.values_list("pk", flat=True):
            services.resend_message(message_id=message_id)


class TemplateForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        """Refuse placeholders that the kind does not offer, naming those that it does."""
        values = super().clean() or self.cleaned_data
        unknown = unknown_placeholders(self.instance.kind, values.get("subject", "") + values.get("body", ""))
        if unknown:
            offered = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS[self.instance.kind]))
            raise ValidationError(
                _("Unknown: %(unknown)s. This message offers: %(offered)s."),
                params={"unknown": ", ".join(unknown), "offered": offered},
            )
        return values


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ModelAdmin):
    """The words of the messages; kind, language and channel are given."""

    form = TemplateForm
    list_display = ["kind", "language", "channel", "subject"]
    list_filter = ["language", "channel"]
    ordering = ["kind", "language", "channel"]
    fields = ["kind", "language", "channel", "subject", "body"]
    readonly_fields = ["kind", "language", "channel"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rights.allowed(request.user, "crm.change_templates")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: MessageTemplate, form: Any, change: bool) -> None:
        services.save_template(template=obj)
