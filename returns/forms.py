"""What the returns desk types."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _


class RejectForm(forms.Form):
    reason = forms.CharField(label=_("Why (the customer reads it)"), max_length=300, required=False)


class LostForm(forms.Form):
    claim = forms.DecimalField(
        label=_("What the courier shall pay"), min_value=Decimal("0.00"), max_digits=14, decimal_places=2
    )
