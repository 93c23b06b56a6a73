"""Which payment terms an order may use, and why not (ANCHORS 2.13). Judged on the draft, never on a form."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Refusal(StrEnum):
    INACTIVE = "inactive"
    TOTAL = "total"
    REGION = "region"
    NO_GOODS = "no_goods"


@dataclass(frozen=True, slots=True)
class TermTerms:
    """A payment term as data; amounts in the order's currency."""

    term: str
    active: bool
    surcharge: Decimal
    max_total: Decimal | None
    blocked_regions: tuple[str, ...]
    hold_minutes: int


@dataclass(frozen=True, slots=True)
class TermOffer:
    """A term with what it costs, or with the reason why it is not offered."""

    term: str
    surcharge: Decimal
    hold_minutes: int
    refusal: Refusal | None = None
    limit: Decimal | None = None


def offer_terms(
    rules: Iterable[TermTerms], *, total: Decimal, province: str, ships: bool = True
) -> list[TermOffer]:
    """All terms in the order given, each with its surcharge or its refusal. `total` is without surcharge.

    Without goods nothing `ships`, and no courier comes who could collect.
    """
    offers = []
    for rule in rules:
        refusal = None
        if not rule.active:
            refusal = Refusal.INACTIVE
        elif rule.max_total is not None and total + rule.surcharge > rule.max_total:
            refusal = Refusal.TOTAL
        elif province in rule.blocked_regions:
            refusal = Refusal.REGION
        elif rule.term == "cod" and not ships:
            refusal = Refusal.NO_GOODS
        offers.append(TermOffer(rule.term, rule.surcharge, rule.hold_minutes, refusal, rule.max_total))
    return offers
