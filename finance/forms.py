"""What finance types into steps of payments, receipts and refunds."""

from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from finance.models import MoneyAccount, Refund


class ApplyForm(forms.Form):
    order = forms.CharField(label=_("Number of the order"), max_length=40)
    note = forms.CharField(label=_("How you know"), max_length=300, required=False)

    def clean_order(self) -> Any:
        """The order with this number."""
        orders = apps.get_model("order", "Order").objects
        found = orders.filter(number__iexact=self.cleaned_data["order"].strip()).first()
        if found is None:
            raise ValidationError(_("There is no order with this number."))
        return found


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class WayForm(forms.Form):
    way = forms.ChoiceField(label=_("How it goes back"), choices=Refund.Way.choices)


class PaidForm(forms.Form):
    account = forms.ModelChoiceField(
        label=_("Paid out of"), queryset=MoneyAccount.objects.exclude(kind="provider").order_by("code")
    )
    note = forms.CharField(label=_("Reference of the transfer"), max_length=200)
