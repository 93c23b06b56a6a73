"""Couriers and their price lists, to look at; changing them is a matter of files and of finance."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.admin.base import ShownInline, ShownModelAdmin
from core.admin.edits import EditedModelAdmin
from logistics.models import Courier, CourierZone, RateRow, ShippingTariff


def price_words(kind: str, price: dict[str, Any]) -> str:
    """A price of a list in words; `logistics.rules.rate_cards` says what the figures do."""
    said = {
        "step": _("%(first_fee)s up to %(first_g)s g, then %(step_fee)s for each %(step_g)s g begun"),
        "per_kg": _("%(per_kg)s a kilogram, rounded up to %(step_g)s g"),
        "per_piece": _("%(per_piece)s a piece"),
    }
    if kind == "bracket":
        parts = [
            _("%(fee)s up to %(up_to)s g") % {"fee": fee, "up_to": up_to} for up_to, fee in price["brackets"]
        ]
        if price.get("step_g"):
            parts.append(_("then %(step_fee)s for each %(step_g)s g begun") % price)
        return ", ".join(parts)
    return str(said[kind]) % ({"step_g": 1000} | price)


def extras_words(extras: dict[str, Any]) -> list[str]:
    """What comes on top of the price."""
    said = {
        "fuel_pct": _("fuel %(value)s %%"),
        "remote_fee": _("remote area %(value)s"),
        "minimum": _("at least %(value)s"),
        "waybill_fee": _("waybill %(value)s"),
        "insurance_pct": _("insurance %(value)s %%"),
        "insurance_minimum": _("insurance at least %(value)s"),
    }
    words = [str(said[key]) % {"value": value} for key, value in extras.items() if key in said]
    cod = extras.get("cod") or {}
    if "rate_pct" in cod:
        words.append(_("collecting cash %(rate)s %%") % {"rate": cod["rate_pct"]})
        for key, text in (("minimum", _("at least %(value)s")), ("maximum", _("at most %(value)s"))):
            if cod.get(key) is not None:
                words[-1] += ", " + text % {"value": cod[key]}
    if cod.get("steps"):
        words.append(str(_("collecting cash by amount")))
    return words


class ZoneInline(ShownInline):
    model = CourierZone
    fields = ["province", "zone", "remote", "collects"]
    ordering = ["province"]


@admin.register(Courier)
class CourierAdmin(EditedModelAdmin):
    right = "logistics.change_rate_cards"
    adding = False
    list_display = ["code", "name", "cod_days", "nets_fees", "tolerance_money", "priority", "active"]
    ordering = ["priority", "code"]
    readonly_fields = ["code"]
    inlines = [ZoneInline]


@admin.register(RateRow)
class RateRowAdmin(ShownModelAdmin):
    list_display = ["courier", "product", "service", "zone", "kind", "words", "valid_from", "valid_to"]
    list_filter = ["courier", "service", "kind"]
    list_select_related = ["courier"]
    search_fields = ["zone"]
    ordering = ["courier", "service", "zone", "-valid_from"]
    fields = [
        "courier",
        "product",
        "service",
        "zone",
        "kind",
        "words",
        "more",
        "divisor",
        "valid_from",
        "valid_to",
    ]
    readonly_fields = ["words", "more"]

    @display(description=gettext_lazy("price"))
    def words(self, row: RateRow) -> str:
        return price_words(row.kind, row.price)

    @display(description=gettext_lazy("extras"))
    def more(self, row: RateRow) -> str:
        return "; ".join(extras_words(row.extras)) or "–"


@admin.register(ShippingTariff)
class ShippingTariffAdmin(EditedModelAdmin):
    right = "logistics.change_rate_cards"
    list_display = ["province", "first_weight_g", "first_fee", "step_g", "step_fee", "free_from"]
    ordering = ["province"]
