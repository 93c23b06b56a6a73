"""What the warehouse types into steps of deliveries and parcels."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _


class InterceptForm(forms.Form):
    reason = forms.CharField(label=_("What has changed"), max_length=200)


class LossForm(forms.Form):
    claim = forms.DecimalField(
        label=_("What the courier shall pay"), min_value=Decimal("0.00"), max_digits=14, decimal_places=2
    )


class GiveUpForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class WeighForm(forms.Form):
    weight_g = forms.IntegerField(label=_("Weight in grams"), min_value=1, max_value=200_000)
