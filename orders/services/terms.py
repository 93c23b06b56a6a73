"""Payment terms as the rules of the house offer them."""

from collections.abc import Iterable
from decimal import Decimal

from orders.models import TermRule
from orders.rules.terms import TermOffer, TermTerms, offer_terms


def term_rules() -> list[TermRule]:
    """The rule of every term, in the order of the checkout."""
    return list(TermRule.objects.order_by("pk"))


def available_terms(
    *, total: Decimal, province: str, rules: Iterable[TermRule] | None = None, ships: bool = True
) -> list[TermOffer]:
    """Every term with its surcharge, or with the reason why it is not offered.

    `total` is goods and freight in the order's currency, without any term's surcharge.
    `rules` are those that the caller has read already. An order of services alone does not ship.
    """
    terms = [
        TermTerms(
            term=rule.term,
            active=rule.active,
            surcharge=rule.surcharge,
            max_total=rule.max_total,
            blocked_regions=tuple(rule.blocked_regions),
            hold_minutes=rule.hold_minutes,
        )
        for rule in (term_rules() if rules is None else rules)
    ]
    return offer_terms(terms, total=total, province=province, ships=ships)
