"""What staff type about goods."""

from decimal import Decimal

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class TextForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=200)
    summary = forms.CharField(label=_("One line about it"), max_length=160, required=False)
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    details = forms.CharField(
        label=_("Facts"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: label, colon, value."),
    )

    def clean_details(self) -> list[tuple[str, str]]:
        """Pairs of label and value."""
        lines = self.cleaned_data["details"].replace("：", ":").splitlines()
        pairs = [line.partition(":")[::2] for line in lines if ":" in line]
        return [(label.strip(), value.strip()) for label, value in pairs if label.strip()]


class CategoryTextForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=200)
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class PictureForm(forms.Form):
    picture = forms.FileField(label=_("Picture"), help_text=_("JPEG, PNG or WebP, at most 15 MB"))
    caption = forms.CharField(label=_("What it shows"), max_length=200, required=False)


class PriceForm(forms.Form):
    stock = forms.IntegerField(widget=forms.HiddenInput)
    price = forms.DecimalField(
        label=_("Price with tax"), min_value=Decimal("0.00"), max_digits=12, decimal_places=2
    )
