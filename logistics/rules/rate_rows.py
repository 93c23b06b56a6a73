"""Prices and extras of a rate line as plain JSON values and back; amounts travel as text, never as float."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from core.reasons import gettext as _
from logistics.rules.rate_cards import (
    BracketPrice,
    CodStep,
    CodTariff,
    Extras,
    PerKgPrice,
    PerPiecePrice,
    Price,
    RatingError,
    StepPrice,
)

RATES = ("fuel_pct", "remote_fee", "minimum", "waybill_fee", "insurance_pct", "insurance_minimum")


def price_to_json(price: Price) -> tuple[str, dict[str, Any]]:
    """The kind of a price and its values."""
    match price:
        case StepPrice(first_g, first_fee, step_g, step_fee):
            values: dict[str, Any] = {"first_g": first_g, "first_fee": str(first_fee)}
            return "step", values | {"step_g": step_g, "step_fee": str(step_fee)}
        case BracketPrice(brackets, step_g, step_fee):
            fees = [[up_to_g, str(fee)] for up_to_g, fee in brackets]
            return "bracket", {"brackets": fees, "step_g": step_g, "step_fee": str(step_fee)}
        case PerKgPrice(per_kg, step_g):
            return "per_kg", {"per_kg": str(per_kg), "step_g": step_g}
        case PerPiecePrice(per_piece):
            return "per_piece", {"per_piece": str(per_piece)}


def price_from_json(kind: str, values: dict[str, Any]) -> Price:
    match kind:
        case "step":
            first_fee, step_fee = Decimal(values["first_fee"]), Decimal(values["step_fee"])
            return StepPrice(values["first_g"], first_fee, values["step_g"], step_fee)
        case "bracket":
            brackets = tuple((up_to_g, Decimal(fee)) for up_to_g, fee in values["brackets"])
            return BracketPrice(brackets, values.get("step_g", 0), Decimal(values.get("step_fee", "0")))
        case "per_kg":
            return PerKgPrice(Decimal(values["per_kg"]), values.get("step_g", 1000))
        case "per_piece":
            return PerPiecePrice(Decimal(values["per_piece"]))
    raise RatingError(_("no kind of price is called %(kind)s") % {"kind": kind})


def extras_to_json(extras: Extras) -> dict[str, Any]:
    """Only what is charged; an empty dictionary is no extras."""
    found: dict[str, Any] = {name: str(getattr(extras, name)) for name in RATES if getattr(extras, name)}
    if tariff := extras.cod:
        steps = [[_text(s.up_to), _text(s.fixed), _text(s.rate_pct), _text(s.cap)] for s in tariff.steps]
        bounds = {"minimum": _text(tariff.minimum), "maximum": _text(tariff.maximum)}
        found["cod"] = {"rate_pct": str(tariff.rate_pct), **bounds, "steps": steps}
    return found


def extras_from_json(values: dict[str, Any]) -> Extras:
    rates: dict[str, Any] = {name: Decimal(values[name]) for name in RATES if name in values}
    extras = replace(Extras(), **rates)
    if not (cod := values.get("cod")):
        return extras
    steps = tuple(CodStep(*map(_amount, step)) for step in cod.get("steps", ()))
    bounds = _amount(cod.get("minimum")), _amount(cod.get("maximum"))
    return replace(extras, cod=CodTariff(Decimal(cod.get("rate_pct", "0")), *bounds, steps))


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
