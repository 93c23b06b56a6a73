"""Small builders for the tests of finance."""

from decimal import Decimal

from core.entities import default_entity
from core.origins import Origin
from finance.models import Entry, Posting
from finance.services import Leg, post_entry


def here() -> Origin:
    """A document that exists in every installation."""
    return Origin("entity", default_entity().pk)


def an_entry(
    key: str = "k1", amount: str = "10.00", debit: str = "6602", credit: str = "6051", **more
) -> Entry:
    legs = [Leg(debit, debit=Decimal(amount)), Leg(credit, credit=Decimal(amount))]
    return post_entry(**{"key": key, "kind": "test", "legs": legs, "origin": here()} | more)


def lines(entry: Entry) -> set[tuple]:
    """(account, debit, credit, party, origin) of each posting, as a clerk would read them."""
    return {
        (
            p.account.code,
            str(p.amount) if p.side == Posting.Side.DEBIT else "",
            str(p.amount) if p.side == Posting.Side.CREDIT else "",
            f"{p.party_kind}:{p.party_id}" if p.party_kind else "",
            f"{p.origin_kind}:{p.origin_id}",
        )
        for p in entry.postings.select_related("account")
    }
