"""What staff type into the steps of an order."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import Cancellation

BY_STAFF = [
    Cancellation.Reason.CUSTOMER,
    Cancellation.Reason.STOCK,
    Cancellation.Reason.REFUSED_BY_REVIEW,
    Cancellation.Reason.STAFF,
]


class ClearHoldForm(forms.Form):
    hold = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("Why the order may go on"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Why may the order go on?")}),
    )


class CancelForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=[(r.value, r.label) for r in BY_STAFF])
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class StopForm(forms.Form):
    reason = forms.CharField(label=_("What has changed"), max_length=200)


class RevealForm(forms.Form):
    reason = forms.CharField(label=_("Why you need to see it"), max_length=150, required=False)
