"""Payment terms as the rules of the house offer them."""

from decimal import Decimal

from orders.models import TermRule
from orders.rules.terms import TermOffer, TermTerms, offer_terms


def available_terms(*, total: Decimal, province: str) -> list[TermOffer]:
    """Every term with its surcharge, or with the reason why it is not offered.

    `total` is goods and freight in the order's currency, without any term's surcharge.
    """
    rules = [
        TermTerms(
            term=rule.term,
            active=rule.active,
            surcharge=rule.surcharge,
            max_total=rule.max_total,
            blocked_regions=tuple(rule.blocked_regions),
            hold_minutes=rule.hold_minutes,
        )
        for rule in TermRule.objects.order_by("pk")
    ]
    return offer_terms(rules, total=total, province=province)
