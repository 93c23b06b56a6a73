"""The books as a clerk reads them: one balance per account."""

from decimal import Decimal

from django.db.models import Case, F, Sum, When

from core.money import ZERO
from finance.models import Posting


def balances() -> dict[str, Decimal]:
    """Account to balance, debit positive; accounts at zero are left out."""
    rows = (
        Posting.objects.values_list("account__code")
        .annotate(balance=Sum(Case(When(side="debit", then=F("amount")), default=-F("amount"))))
        .order_by("account__code")
    )
    return {code: balance for code, balance in rows if balance != ZERO}
