"""What staff type into the steps of an order."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from orders.models import Cancellation
from orders.order.models import Order
from orders.queries import services_by_hand

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


class ServiceForm(forms.Form):
    """Which of the order's open services that staff report; the only one is chosen already."""

    of_document = True

    line = forms.TypedChoiceField(label=_("Service"), coerce=int)

    def __init__(self, *args: Any, document: Order, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["line"]
        field.choices = [(line.pk, f"{line.title} × {line.quantity}") for line in services_by_hand(document)]


class PerformServiceForm(ServiceForm):
    on = forms.DateField(
        label=_("Done on"),
        initial=clock.today,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class CancelServiceForm(ServiceForm):
    note = forms.CharField(label=_("Why it will not be done"), max_length=500)


class StopForm(forms.Form):
    reason = forms.CharField(label=_("What has changed"), max_length=200)


class RevealForm(forms.Form):
    reason = forms.CharField(label=_("Why you need to see it"), max_length=150, required=False)
