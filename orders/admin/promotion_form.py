"""The one form from which a promotion is made, and the one that extends it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from orders.queries import title_of
from orders.rules.promotions import MOST_CODES, Door, Goods, Kind, Threshold, Wish

MOMENT = "%Y-%m-%dT%H:%M"


def _moment(label: Any, **options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    formats = [MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
    return forms.DateTimeField(label=label, widget=widget, input_formats=formats, **options)


def _amount(label: Any, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=Decimal(0), max_digits=12, decimal_places=2, **options)


def _count(label: Any, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=2**31 - 1, required=False, **options)


def _lines(label: Any, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
    return forms.CharField(label=label, max_length=20_000, required=False, widget=widget, **options)


class PromotionForm(forms.Form):
    """Fields in the order in which people decide; what they mean together is judged by the service."""

    token = forms.CharField(max_length=64, widget=forms.HiddenInput)
    name = forms.CharField(
        label=pgettext_lazy("promotion", "Name"), max_length=100, help_text=_("Staff see it, orders keep it.")
    )
    kind = forms.ChoiceField(
        label=_("What is given"),
        choices=[
            (Kind.AMOUNT, _("amount off")),
            (Kind.PERCENT, _("percent off")),
            (Kind.EACH, _("amount off each piece")),
            (Kind.BUNDLE, _("fixed price for several pieces")),
        ],
    )
    value = _amount(_("How much"), help_text=_("An amount, or the percentage: 10 takes 10% off."))
    threshold_kind = forms.ChoiceField(
        label=_("From how much on"),
        choices=[
            (Threshold.NONE, _("from the first piece")),
            (Threshold.AMOUNT, _("from an amount")),
            (Threshold.PIECES, _("pieces")),
        ],
    )
    threshold = _amount(_("Amount or pieces"), required=False)
    goods = forms.ChoiceField(
        label=_("Goods"),
        choices=[
            (Goods.ALL, _("all goods")),
            (Goods.CATEGORIES, _("categories")),
            (Goods.PRODUCTS, _("chosen products")),
        ],
    )
    categories = forms.MultipleChoiceField(
        label=_("Categories"), required=False, widget=forms.CheckboxSelectMultiple
    )
    products = _lines(_("Chosen products"), help_text=_("SKUs, one a line."))
    excluded = _lines(_("Except"), help_text=_("SKUs that it is not for, one a line."))
    door = forms.ChoiceField(
        label=_("Who gets it"),
        choices=[
            (Door.ALL, _("everybody, without a code")),
            (Door.CODE, _("whoever enters one code")),
            (Door.BATCH, _("single-use codes, drawn at random")),
        ],
    )
    code = forms.CharField(label=_("Code"), max_length=32, required=False)
    batch = _count(_("Number of codes"), help_text=_("Up to 10,000; its page has them as a file."))
    limit = _count(_("Orders in all"))
    per_customer = _count(_("Orders per customer"), help_text=_("Customers are known by their account."))
    budget = _amount(_("Budget"), required=False, help_text=_("What it may take off in all."))
    starts_at = _moment(_("From"))
    ends_at = _moment(_("Until"))
    combines = forms.BooleanField(
        label=_("May meet other promotions on the same pieces, if they allow it too"), required=False
    )
    basket = _lines(_("A basket to try it on"), help_text=_("A SKU and a quantity a line."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = apps.get_model("catalogue", "Category")._base_manager.prefetch_related("texts")
        categories: Any = self.fields["categories"]
        categories.choices = [
            (str(row.pk), f"{'— ' * (row.depth - 1)}{title_of(row)}") for row in rows.order_by("path")
        ]
        self.fields["batch"].widget.attrs["max"] = MOST_CODES

    def wish(self) -> Wish:
        """What was typed; fields that the choices leave aside do not count."""
        data = self.cleaned_data
        kind, goods, door = Kind(data["kind"]), Goods(data["goods"]), Door(data["door"])
        by_amount = Threshold(data["threshold_kind"])
        return Wish(
            name=data["name"].strip(),
            kind=kind,
            value=data["value"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            threshold_kind=by_amount,
            threshold=None if by_amount == Threshold.NONE else data["threshold"],
            goods=goods,
            categories=tuple(int(pk) for pk in data["categories"]) if goods == Goods.CATEGORIES else (),
            products=_skus(data["products"]) if goods == Goods.PRODUCTS else (),
            excluded=_skus(data["excluded"]),
            door=door,
            code=data["code"].strip().upper() if door == Door.CODE else "",
            batch=data["batch"] if door == Door.BATCH else None,
            limit=None if door == Door.BATCH else data["limit"],
            per_customer=None if door == Door.BATCH else data["per_customer"],
            budget=data["budget"] or None,
            combines=data["combines"],
        )


def first_values() -> dict[str, Any]:
    """An empty form: from now on, for a fortnight that ends with a day."""
    now = timezone.localtime(clock.now()).replace(second=0, microsecond=0)
    end = (now + timedelta(days=15)).replace(hour=0, minute=0)
    return {"starts_at": now, "ends_at": end, "kind": Kind.AMOUNT, "threshold_kind": Threshold.AMOUNT}


def copied_values(wish: Wish) -> dict[str, Any]:
    """A form filled like another promotion, for as long as that one, from now on; the code is a new one."""
    fresh = first_values()
    start: datetime = fresh["starts_at"]
    return {
        **{name: getattr(wish, name) for name in PromotionForm.base_fields if hasattr(wish, name)},
        "name": "",
        "code": "",
        "products": "\n".join(wish.products),
        "excluded": "\n".join(wish.excluded),
        "categories": [str(pk) for pk in wish.categories],
        "starts_at": start,
        "ends_at": start + (wish.ends_at - wish.starts_at),
    }


def _skus(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.replace(",", " ").replace("，", " ").split()))


class ExtendForm(forms.Form):
    """What may change once orders have had it."""

    of_document = True
    ends_at = _moment(_("Until"))
    limit = _count(_("Orders in all"))
    budget = _amount(_("Budget"), required=False)

    def __init__(self, *args: Any, document: Any, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {
                "ends_at": document.end_datetime,
                "limit": document.max_global_applications,
                "budget": document.max_discount,
            },
        )
        super().__init__(*args, **kwargs)
        if document.door == "batch":
            self.fields["limit"].label = _("Number of codes")


class PauseForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)
