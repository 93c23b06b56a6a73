"""Where and when a moment is booked: the account of the place that holds the money, and an open day."""

from collections.abc import Iterable, Sequence
from datetime import date

from core import clock
from core.entities import default_entity
from core.models import LegalEntity
from core.origins import Origin
from finance.errors import LedgerError
from finance.models import Entry, Moment, MoneyAccount, Period
from finance.rules.legs import Leg, Party
from finance.services.ledger import NewEntry, post_entries, post_entry


def book(
    *,
    moment: Moment,
    key: str,
    legs: Sequence[Leg],
    origin: Origin,
    entity: LegalEntity | None,
    on: date | None,
    memo: str = "",
) -> Entry | None:
    """Post a moment. One that became known after its month was closed is booked today (F66)."""
    entity = entity or default_entity()
    return post_entry(
        key=f"{moment}:{key}",
        kind=moment,
        legs=legs,
        origin=origin,
        on=_open_day(entity, on),
        entity=entity,
        memo=memo,
    )


def book_each(
    *,
    moment: Moment,
    booked: Iterable[tuple[Origin, Sequence[Leg]]],
    entity: LegalEntity | None,
    on: date | None,
    memo: str = "",
) -> list[Entry | None]:
    """Post the same moment of many documents, each as an entry of its own."""
    entity = entity or default_entity()
    day = _open_day(entity, on)
    return post_entries(
        [NewEntry(f"{moment}:{origin}", moment, legs, origin, day, entity, memo) for origin, legs in booked]
    )


def account_of(place: MoneyAccount) -> tuple[str, Party]:
    """Account and party under which money that just arrived at a place is booked."""
    if place.kind == MoneyAccount.Kind.PROVIDER:
        return "1012.1", Party("provider", place.pk)
    return "1002", Party("bank", place.pk)


def bank_party(bank_id: int | None, entity: LegalEntity | None) -> Party:
    """The party of a posting on 1002: the bank account given, else the entity's default one."""
    if bank_id is not None:
        return Party("bank", bank_id)
    bank = MoneyAccount.objects.filter(
        entity=entity or default_entity(), kind=MoneyAccount.Kind.BANK, is_default=True
    ).first()
    if bank is None:
        raise LedgerError("This entity has no default bank account: mark one as default.")
    return Party("bank", bank.pk)


def _open_day(entity: LegalEntity, on: date | None) -> date:
    today = clock.today()
    if on is None or on == today:
        return today  # whatever a closed month would lead to
    closed = Period.objects.filter(entity=entity, first_day=on.replace(day=1), state=Period.State.CLOSED)
    return today if closed.exists() else on
