"""What finance types into steps of payments, receipts and refunds."""

from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from finance.models import MoneyAccount, Refund


def order_of(number: str) -> Any:
    """The order with this number. Raises ValidationError when there is none."""
    found = apps.get_model("order", "Order").objects.filter(number__iexact=number.strip()).first()
    if found is None:
        raise ValidationError(_("There is no order with this number."))
    return found


class ApplyForm(forms.Form):
    order = forms.CharField(label=_("Number of the order"), max_length=40)
    note = forms.CharField(label=_("How you know"), max_length=300, required=False)

    def clean_order(self) -> Any:
        return order_of(self.cleaned_data["order"])


class RowsForm(forms.Form):
    """What is said of rows of a bank statement or provider bill."""

    decision = forms.ChoiceField(
        choices=[
            ("take", _("take as a true row")),
            ("aside", _("lay aside")),
            ("order", _("pays this order")),
            ("park", _("park as money that fits nothing")),
            ("difference", _("accept the difference")),
            ("ask", _("ask for the approval of a write-off")),
        ]
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)
    order = forms.CharField(label=_("Number of the order"), max_length=40, required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("decision") == "order":
            try:
                values["order"] = order_of(values.get("order", ""))
            except ValidationError as error:
                self.add_error("order", error)
        return values


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class WayForm(forms.Form):
    way = forms.ChoiceField(label=_("How it goes back"), choices=Refund.Way.choices)


class PaidForm(forms.Form):
    account = forms.ModelChoiceField(
        label=_("Paid out of"), queryset=MoneyAccount.objects.exclude(kind="provider").order_by("code")
    )
    note = forms.CharField(label=_("Reference of the transfer"), max_length=200)
