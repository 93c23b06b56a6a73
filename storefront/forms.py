"""What a shopper may send. Ids, quantities and words; never an amount (F21)."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from crm.queries import province_named
from crm.services import read_phone


class AddressForm(forms.Form):
    """Who and where. City and district are typed; the city must be one of the province."""

    name = forms.CharField(label=_("Name of the recipient"), max_length=60)
    phone = forms.CharField(label=_("Phone"), max_length=24)
    province = forms.CharField(label=_("Province"), max_length=40)
    city = forms.CharField(label=_("City"), max_length=40)
    district = forms.CharField(label=_("District"), max_length=40, required=False)
    street = forms.CharField(label=_("Street, number, building, room"), max_length=200)

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_phone(self) -> str:
        try:
            number = read_phone(self.cleaned_data["phone"])
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error
        return str(number)

    def clean_province(self) -> str:
        province = province_named(self.cleaned_data["province"])
        if province is None:
            raise forms.ValidationError(_("Choose a province from the list."))
        return province.name

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        province = province_named(data.get("province", ""))
        if province and (typed := data.get("city", "").strip()):
            named = [city for city in province.cities if typed in (city, city.removesuffix("市"))]
            if named:
                data["city"] = named[0]
            else:
                self.add_error(
                    "city",
                    _("This city is not in %(province)s. One of these? %(cities)s")
                    % {"province": province.name, "cities": "、".join(list(province.cities)[:30])},
                )
        return data


class CheckoutForm(AddressForm):
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=120)
    term = forms.ChoiceField(
        label=_("How to pay"), choices=[("prepaid", _("Pay online")), ("cod", _("Pay on delivery"))]
    )
    note = forms.CharField(label=_("Note for us"), required=False, max_length=300)
    agree = forms.BooleanField(
        label=_("Agreement"), error_messages={"required": _("Please agree before you order.")}
    )
    token = forms.RegexField(regex=r"^[0-9a-f]{32}$", widget=forms.HiddenInput)
    fingerprint = forms.RegexField(regex=r"^[0-9a-f]{64}$", required=False, widget=forms.HiddenInput)
    save_address = forms.BooleanField(required=False)


class TrackForm(forms.Form):
    number = forms.CharField(label=_("Order number"), max_length=40)
    phone = forms.CharField(label=_("Phone number of the recipient"), max_length=24)


class SignInForm(forms.Form):
    login = forms.CharField(label=_("Phone or e-mail"), max_length=120)
    password = forms.CharField(label=_("Password"), max_length=128, widget=forms.PasswordInput)


class RegisterForm(SignInForm):
    name = forms.CharField(label=_("Your name"), max_length=60)
    agree = forms.BooleanField(
        label=_("Agreement"), error_messages={"required": _("Please agree before you go on.")}
    )


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=60)
    language = forms.ChoiceField(label=_("Language of our messages"), choices=settings.LANGUAGES)
