from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from core import masking, rights
from core.admin.base import ShownModelAdmin
from core.admin.documents import DocumentAdmin, Step
from core.admin.edits import EditedModelAdmin
from core.admin.lists import QueueFilter
from crm import services
from crm.models import Consent, Customer, Message, MessageTemplate, User
from crm.rules.placeholders import PLACEHOLDERS, unknown_placeholders


def language_name(code: str) -> str:
    """A language as people call it."""
    return str(dict(settings.LANGUAGES).get(code, code))


@admin.register(User)
class StaffAndUserAdmin(UserAdmin, ModelAdmin):
    """People who sign in. Rights come by role, see core.rights."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["login", "person", "masked_phone", "masked_email", "is_staff", "is_active"]
    search_fields = ["username", "first_name", "last_name", "phone", "email"]
    fieldsets = [
        (None, {"fields": ["username", "password", "phone", "language"]}),
        *UserAdmin.fieldsets[1:],
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "phone", "email", "usable_password", "password1", "password2"]}),
    ]
    verbose = _("Staff and users")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who only looks sees no hash, and of a shopper what every list shows (S40)."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [
            (None, {"fields": ["login", "person", "masked_phone", "masked_email", "spoken"]}),
            (_("Access"), {"fields": ["is_active", "is_staff", "is_superuser", "last_login", "date_joined"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        looked_at = ["login", "person", "masked_phone", "masked_email", "spoken"]
        return [*super().get_readonly_fields(request, obj), *looked_at]

    @display(description=_("username"), ordering="username")
    def login(self, user: User) -> str:
        if user.is_staff:
            return user.username
        if "@" in user.username:
            return masking.mask_email(user.username)
        digits = sum(sign.isdigit() for sign in user.username)
        return masking.phone_tail(user.username) if digits > 6 else user.username

    @display(description=_("name"))
    def person(self, user: User) -> str:
        name = user.get_full_name()
        return name if user.is_staff else masking.mask_name(name)

    @display(description=_("phone"))
    def masked_phone(self, user: User) -> str:
        return masking.phone_tail(user.phone) if user.phone else ""

    @display(description=_("e-mail"))
    def masked_email(self, user: User) -> str:
        return user.email if user.is_staff else masking.mask_email(user.email)

    @display(description=_("language"))
    def spoken(self, user: User) -> str:
        return language_name(user.language)


class RevealForm(forms.Form):
    reason = forms.CharField(label=_("Why you need to see it"), max_length=200, required=False)


def _reveal(request: HttpRequest, customer: Customer, values: dict[str, Any]) -> dict[str, Any]:
    """The clear record, shown once; the look is written down."""
    clear = services.reveal_customer(customer_id=customer.pk, by=request.user, reason=values["reason"])
    return {"clear": clear}


@admin.register(Customer)
class CustomerAdmin(DocumentAdmin):
    """Customers under masks (S40); each look behind them needs a reason and is kept (S41)."""

    list_display = ["masked_name", "kind", "masked_phone", "spoken", "created_at"]
    list_filter = ["kind", "language"]
    search_fields = ["=name", "phone_tail__endswith"]
    search_help_text = _("The whole name, or the last digits of a phone")
    ordering = ["-id"]
    list_per_page = 100
    show_full_result_count = False
    page_template = "backoffice/crm/customer.html"
    steps = [
        Step("reveal", _("Show name, phone and e-mail"), ("crm.reveal",), _reveal, "", form=RevealForm),
    ]

    def heading(self, document: Customer) -> str:
        return masking.mask_name(document.name)

    def page(self, request: HttpRequest, customer: Customer) -> dict[str, Any]:
        return {
            "spoken": language_name(customer.language),
            "masked": {
                "name": masking.mask_name(customer.name),
                "phone": masking.phone_tail(customer.phone),
                "email": masking.mask_email(customer.email),
            },
            "consents": Consent.objects.filter(customer=customer).order_by("-pk"),
            "messages_sent": customer.messages.order_by("-pk")[:20],
        }

    @display(description=_("language"), ordering="language")
    def spoken(self, customer: Customer) -> str:
        return language_name(customer.language)

    @display(description=_("name"))
    def masked_name(self, customer: Customer) -> str:
        return masking.mask_name(customer.name)

    @display(description=_("phone"))
    def masked_phone(self, customer: Customer) -> str:
        return masking.phone_tail(customer.phone)


@admin.register(Message)
class MessageAdmin(ShownModelAdmin):
    list_display = ["kind", "channel", "masked_to", "state_label", "attempts", "created_at", "sent_at"]
    list_filter = [QueueFilter, "state", "kind", "channel"]
    search_fields = ["=about_id"]
    ordering = ["-id"]
    fields = [
        "kind", "spoken", "channel", "masked_to", "subject", "about_kind", "about_id", "version", "state",
        "attempts", "created_at", "sent_at", "provider_ref", "error",
    ]  # fmt: skip
    readonly_fields = ["masked_to", "spoken"]
    actions = ["resend"]
    show_full_result_count = False

    @display(description=_("language"))
    def spoken(self, message: Message) -> str:
        return language_name(message.language)

    @display(description=pgettext_lazy("message", "to"))
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
class MessageTemplateAdmin(EditedModelAdmin):
    """The words of the messages; kind, language and channel are given."""

    right = "crm.change_templates"
    adding = False
    form = TemplateForm
    list_display = ["kind", "spoken", "channel", "subject"]
    list_filter = ["language", "channel"]
    ordering = ["kind", "language", "channel"]
    fields = ["kind", "spoken", "channel", "subject", "body"]
    readonly_fields = ["kind", "spoken", "channel"]

    @display(description=_("language"), ordering="language")
    def spoken(self, template: MessageTemplate) -> str:
        return language_name(template.language)

    def save_model(self, request: HttpRequest, obj: MessageTemplate, form: Any, change: bool) -> None:
        services.save_template(template=obj)
