"""When an order must wait for a person. Every condition is a pure function of the same facts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.money import ZERO


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What the rules may look at."""

    total: Decimal
    term: str
    province: str
    address_missing: tuple[str, ...]
    buyer_note: str
    earlier_orders_delivered: int
    back_ordered: int
    possible_duplicates: tuple[str, ...] = ()
    lines_below_floor: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """One rule as data. `amount` is in the order's currency."""

    code: str
    kind: str
    department: str
    amount: Decimal | None = None
    regions: tuple[str, ...] = ()
    hours: int = 24


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds this order, with the figures that made it speak."""

    rule: RuleTerms
    detail: dict[str, Any] = field(default_factory=dict)


Condition = Callable[[RuleTerms, ReviewFacts], dict[str, Any] | None]


def _amount_above(rule: RuleTerms, facts: ReviewFacts) -> dict[str, Any] | None:
    limit = rule.amount or ZERO
    return {"total": str(facts.total), "limit": str(limit)} if facts.total > limit else None


def _first_cod(rule: RuleTerms, facts: ReviewFacts) -> dict[str, Any] | None:
    limit = rule.amount or ZERO
    if facts.term != "cod" or facts.earlier_orders_delivered or facts.total <= limit:
        return None
    return {"total": str(facts.total), "limit": str(limit)}


def _blocked_region(rule: RuleTerms, facts: ReviewFacts) -> dict[str, Any] | None:
    return {"province": facts.province} if facts.province in rule.regions else None


def _buyer_note(rule: RuleTerms, facts: ReviewFacts) -> dict[str, Any] | None:
    return {"note": facts.buyer_note} if facts.buyer_note.strip() else None


def _incomplete_address(rule: RuleTerms, facts: ReviewFacts) -> dict[str, Any] | None:
    return {"missing": list(facts.address_missing)} if facts.address_missing else None


def _stock_short(rule: RuleTerms, facts: ReviewFacts) -> dict[str, Any] | None:
    return {"back_ordered": facts.back_ordered} if facts.back_ordered else None


def _possible_duplicate(rule: RuleTerms, facts: ReviewFacts) -> dict[str, Any] | None:
    return {"like": list(facts.possible_duplicates)} if facts.possible_duplicates else None


def _price_below_floor(rule: RuleTerms, facts: ReviewFacts) -> dict[str, Any] | None:
    return {"skus": list(facts.lines_below_floor)} if facts.lines_below_floor else None


CONDITIONS: dict[str, Condition] = {
    "amount_above": _amount_above,
    "first_cod": _first_cod,
    "blocked_region": _blocked_region,
    "buyer_note": _buyer_note,
    "incomplete_address": _incomplete_address,
    "stock_short": _stock_short,
    "possible_duplicate": _possible_duplicate,
    "price_below_floor": _price_below_floor,
}


def find_holds(rules: list[RuleTerms], facts: ReviewFacts) -> list[Finding]:
    """Every rule that holds the order; none = it goes on untouched by hand."""
    found = []
    for rule in rules:
        detail = CONDITIONS[rule.kind](rule, facts)
        if detail is not None:
            found.append(Finding(rule, detail))
    return found
