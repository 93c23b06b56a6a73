"""Writing the books. Everything that moves money posts here, once per key, and nothing is ever edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import current_actor
from core.entities import default_entity
from core.locks import joined
from core.models import LegalEntity
from core.origins import Origin
from core.rows import columns_of, table_of, values_of
from finance.errors import KeyTaken, LedgerError, OverAllocated, PeriodClosed, Unbalanced
from finance.models import Account, Allocation, Entry, Posting
from finance.models.ledger_triggers import LEDGER_LOCK
from finance.models.moments import REVERSED
from finance.rules.legs import NOBODY, Leg, Original, Party, imbalance, real_legs
from finance.services.clearing import Group, clear_groups

CHECK_VIOLATION = "23514"

__all__ = [
    "Leg",
    "NewEntry",
    "Original",
    "Party",
    "allocate",
    "post_entries",
    "post_entry",
    "reverse_entry",
    "undo_allocation",
]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What `post_entries` shall write into the books of an entity on a day."""

    key: str
    kind: str
    legs: Sequence[Leg]
    origin: Origin
    on: date
    entity: LegalEntity
    memo: str = ""
    reverses: Entry | None = None


def post_entry(
    *,
    key: str,
    kind: str,
    legs: Sequence[Leg],
    origin: Origin,
    on: date | None = None,
    entity: LegalEntity | None = None,
    currency: str | None = None,
    memo: str = "",
    reverses: Entry | None = None,
) -> Entry | None:
    """Write one balanced entry and clear what it closes; see `post_entries`. `on` is today if left out.

    `currency`, where given, must be the entity's own: foreign amounts come as `Leg.original`.
    """
    entity = entity or default_entity()
    if currency and currency != entity.currency:
        raise LedgerError(
            _("The books of %(entity)s are kept in %(currency)s: give the amount in it, with the original.")
            % {"entity": entity.name, "currency": entity.currency}
        )
    return post_entries([NewEntry(key, kind, legs, origin, on or clock.today(), entity, memo, reverses)])[0]


def post_entries(wanted: Sequence[NewEntry]) -> list[Entry | None]:
    """Write balanced entries and clear what they close, all or none, in a handful of statements.

    A refusal ends the caller's unit of work, so that none of the thousands of entries needs a savepoint.

    Legs of zero are dropped; with no leg left nothing is written and None stands in the answer. The same
    key with the same content gives the entry that is there; with other content it raises KeyTaken.
    Raises Unbalanced, LedgerError, or PeriodClosed when a day lies in a closed month (F66).
    """
    legs = [real_legs(each.legs) for each in wanted]
    for each, own in zip(wanted, legs, strict=True):
        if imbalance(own):
            raise Unbalanced(_("The entry “%(kind)s” does not balance.") % {"kind": each.kind}, key=each.key)
    with joined():
        accounts = _accounts([leg for own in legs for leg in own])
        entries = [_entry(each, own) if own else None for each, own in zip(wanted, legs, strict=True)]
        _insert([entry for entry in entries if entry is not None])
        postings = [
            (_posting(entry, leg, accounts[leg.account]), accounts[leg.account])
            for entry, own in zip(entries, legs, strict=True)
            if entry is not None and entry.pk
            for leg in own
        ]
        if postings:
            with connection.cursor() as cursor:
                cursor.execute(*_insertion([posting for posting, _account in postings]))
            clear_groups({_group(posting, account) for posting, account in postings if account.clears_by})
        return [
            entry if entry is None or entry.pk else _same(entry, own)
            for entry, own in zip(entries, legs, strict=True)
        ]


@transaction.atomic
def reverse_entry(*, entry: Entry, reason: str, on: date | None = None) -> Entry:
    """Write the exact opposite of an entry, once, and let both clear each other where they still can.

    The reversal is booked today (or `on`), in an open period, whatever the day of the original.
    """
    there = Entry.objects.filter(reverses=entry).first()
    if there is not None:
        return there
    if entry.reverses_id:
        raise LedgerError(_("A reversal is not reversed: post the right entry again under a new key."))
    legs = [_opposite(posting) for posting in entry.postings.select_related("account").order_by("pk")]
    reversal = post_entry(
        key=f"reverse:{entry.pk}",
        kind=f"{REVERSED}{entry.kind}",
        legs=legs,
        origin=Origin(entry.origin_kind, entry.origin_id),
        on=on,
        entity=entry.entity,
        memo=reason[:300],
        reverses=entry,
    )
    if reversal is None:
        raise LedgerError(_("The entry has no postings."))
    return reversal


@transaction.atomic
def allocate(*, debit: Posting, credit: Posting, amount: Decimal) -> Allocation:
    """Say that so much of a debit is cleared by so much of a credit of the same account and party.

    Raises OverAllocated when either has less open; the database decides, under its row locks.
    """
    try:
        with transaction.atomic():
            return Allocation.objects.create(
                debit=debit,
                credit=credit,
                amount=amount,
                currency=debit.currency,
                at=clock.now(),
                by=current_actor(),
            )
    except IntegrityError as refused:
        raise OverAllocated(
            _("These two postings cannot clear each other by %(amount)s: reload to see what is still open.")
            % {"amount": amount},
            debit=debit.pk,
            credit=credit.pk,
        ) from refused


@transaction.atomic
def undo_allocation(*, allocation: Allocation) -> Allocation:
    """Open both sides again by the negative of an allocation; nothing is deleted. Idempotent."""
    there = Allocation.objects.filter(undoes=allocation).first()
    return there or Allocation.objects.create(
        debit=allocation.debit,
        credit=allocation.credit,
        amount=-allocation.amount,
        currency=allocation.currency,
        undoes=allocation,
        at=clock.now(),
        by=current_actor(),
    )


def _entry(wanted: NewEntry, legs: Sequence[Leg]) -> Entry:
    return Entry(
        entity=wanted.entity,
        kind=wanted.kind,
        on=wanted.on,
        posted_at=clock.now(),
        idempotency_key=wanted.key,
        origin_kind=wanted.origin.kind,
        origin_id=wanted.origin.id,
        memo=wanted.memo,
        legs=len(legs),
        reverses=wanted.reverses,
    )


def _insert(entries: Sequence[Entry]) -> None:
    """Write heads of entries; those whose key is there already, also since a moment ago, stay without pk.

    The conflict is no error, so that the transaction needs no savepoint. Raises PeriodClosed.
    """
    if not entries:
        return
    statement, values = _insertion(entries)
    statement += " ON CONFLICT (idempotency_key) DO NOTHING RETURNING idempotency_key, id"
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            written = dict(cursor.fetchall())
    except IntegrityError as refused:
        if getattr(refused.__cause__, "pgcode", "") != CHECK_VIOLATION:
            raise
        months = ", ".join(sorted({f"{entry.on:%Y-%m}" for entry in entries}))
        raise PeriodClosed(
            _("%(month)s is closed: book it in an open month.") % {"month": months}
        ) from refused
    for entry in entries:
        # One key given twice is written once: the second asks what is there.
        if number := written.pop(entry.idempotency_key, None):
            entry.pk = number
            entry._state.adding, entry._state.db = False, connection.alias


def _insertion(rows: Sequence[Entry] | Sequence[Posting]) -> tuple[str, list[Any]]:
    """The statement that stores new rows of one table, with its values."""
    model = type(rows[0])
    columns = columns_of(model)
    row = f"({', '.join(['%s'] * len(columns))})"
    return (
        f"INSERT INTO {table_of(model)} ({', '.join(name for name, _field in columns)})"  # noqa: S608
        f" VALUES {', '.join([row] * len(rows))}",
        [value for each in rows for value in values_of(each, columns)],
    )


class _Account(NamedTuple):
    """What posting asks of an account."""

    pk: int
    code: str
    party_kind: str
    clears_by: str


def _accounts(legs: Sequence[Leg]) -> dict[str, _Account]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, code, party_kind, clears_by FROM finance_account WHERE code = ANY(%s)",
            [list({leg.account for leg in legs})],
        )
        accounts = {account.code: account for account in map(_Account._make, cursor.fetchall())}
    for leg in legs:
        account = accounts.get(leg.account)
        if account is None:
            raise LedgerError(_("There is no account %(code)s.") % {"code": leg.account})
        party = leg.party or NOBODY
        if account.party_kind != party.kind or bool(party.kind) != (party.id > 0):
            raise LedgerError(
                _("Account %(code)s wants the party “%(wanted)s”, not “%(given)s”.")
                % {"code": leg.account, "wanted": account.party_kind, "given": str(party)}
            )
    return accounts


def _posting(entry: Entry, leg: Leg, account: _Account) -> Posting:
    party = leg.party or NOBODY
    return Posting(
        entry=entry,
        account_id=account.pk,
        side=leg.side,
        amount=leg.amount,
        currency=entry.entity.currency,
        original_amount=leg.original.amount if leg.original else None,
        original_currency=leg.original.currency if leg.original else "",
        rate=leg.original.rate if leg.original else None,
        party_kind=party.kind,
        party_id=party.id,
        origin_kind=leg.origin.kind if leg.origin else entry.origin_kind,
        origin_id=leg.origin.id if leg.origin else entry.origin_id,
    )


def _group(posting: Posting, account: _Account) -> Group:
    """What a posting clears with."""
    by_party = account.clears_by == Account.ClearsBy.PARTY
    return Group(
        account.pk,
        posting.entry.entity_id,
        posting.currency,
        posting.party_kind,
        posting.party_id,
        "" if by_party else posting.origin_kind,
        0 if by_party else posting.origin_id,
    )


def _opposite(posting: Posting) -> Leg:
    amount = posting.amount
    return Leg(
        posting.account.code,
        debit=amount if posting.side == Posting.Side.CREDIT else Decimal("0.00"),
        credit=amount if posting.side == Posting.Side.DEBIT else Decimal("0.00"),
        party=Party(posting.party_kind, posting.party_id) if posting.party_kind else None,
        origin=Origin(posting.origin_kind, posting.origin_id),
        original=Original(posting.original_amount, posting.original_currency, posting.rate)
        if posting.original_amount and posting.rate
        else None,
    )


def _same(wanted: Entry, legs: Sequence[Leg]) -> Entry:
    """The entry under this key if it says the same; the day may differ, a retry can come tomorrow."""
    there = Entry.objects.get(idempotency_key=wanted.idempotency_key)
    origin = Origin(wanted.origin_kind, wanted.origin_id)
    told = sorted(
        (leg.account, leg.side, leg.amount, *(leg.party or NOBODY), *(leg.origin or origin)) for leg in legs
    )
    found = sorted(
        there.postings.values_list(
            "account__code", "side", "amount", "party_kind", "party_id", "origin_kind", "origin_id"
        )
    )
    head = (there.kind, there.entity_id, there.origin_kind, there.origin_id)
    if head != (wanted.kind, wanted.entity_id, *origin) or told != found:
        raise KeyTaken(
            _("“%(key)s” was booked with other figures already: reverse that entry first.")
            % {"key": there.idempotency_key}
        )
    return there


def lock_ledger() -> None:
    """Wait until no entry is being written and keep others out until the transaction ends (F66)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEDGER_LOCK])
