"""The books: balanced, written once, never edited, closed when closed."""

import random
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from core import clock
from core.entities import default_entity
from core.origins import Origin
from finance import queries
from finance.errors import KeyTaken, LedgerError, OverAllocated, PeriodClosed, Unbalanced
from finance.models import Allocation, Entry, Period, Posting, Voucher
from finance.services import (
    Leg,
    Original,
    Party,
    allocate,
    clear_open,
    close_period,
    day_close,
    post_entry,
    reopen_period,
    reverse_entry,
    undo_allocation,
)
from tests.finance.builders import an_entry, here

pytestmark = pytest.mark.django_db
D = Decimal
SPRING = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)


def test_an_entry_is_written_once_per_key():
    first = an_entry("a")
    assert an_entry("a") == first
    with pytest.raises(KeyTaken):
        an_entry("a", amount="10.01")
    assert Entry.objects.count() == 1


def test_legs_of_zero_are_dropped_and_an_entry_of_none_is_not_written():
    nothing = Leg("6602", debit=D("0.00"))
    assert post_entry(key="z", kind="test", legs=[nothing], origin=here()) is None
    entry = post_entry(
        key="y",
        kind="test",
        legs=[nothing, Leg("6602", debit=D("1.00")), Leg("6051", credit=D("1.00"))],
        origin=here(),
    )
    assert entry.legs == entry.postings.count() == 2


def test_what_does_not_balance_is_refused():
    with pytest.raises(Unbalanced):
        post_entry(
            key="u",
            kind="test",
            legs=[Leg("6602", debit=D("1.00")), Leg("6051", credit=D("0.99"))],
            origin=here(),
        )
    assert not Entry.objects.exists()


@pytest.mark.parametrize("amount", [D("-1.00"), D("0.001"), D("NaN"), D("Infinity"), 1.5])
def test_a_leg_refuses_what_is_no_amount(amount):
    with pytest.raises(ValueError):
        Leg("6602", debit=amount)


def test_an_account_wants_its_kind_of_party():
    legs = [Leg("1221.1", debit=D("5.00")), Leg("6051", credit=D("5.00"))]
    with pytest.raises(LedgerError):
        post_entry(key="p", kind="test", legs=legs, origin=here())


@pytest.mark.breach
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE finance_posting SET amount = 1",
        "DELETE FROM finance_posting",
        "TRUNCATE finance_posting CASCADE",
        "UPDATE finance_entry SET memo = 'x'",
        "DELETE FROM finance_entry",
        "TRUNCATE finance_entry CASCADE",
    ],
)
def test_books_are_not_changed_by_sql(statement):
    """F101."""
    an_entry()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Posting.objects.filter(amount=D("10.00")).count() == 2


def _insert_by_hand(account: int, second_leg: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO finance_entry (entity_id, kind, "on", posted_at, idempotency_key, origin_kind,'
            " origin_id, memo, legs) SELECT entity_id, kind, \"on\", posted_at, 'by hand', origin_kind,"
            " origin_id, memo, 2 FROM finance_entry RETURNING id"
        )
        (made,) = cursor.fetchone()
        for side, amount in [("debit", "10.00"), ("credit", second_leg)]:
            if amount:
                cursor.execute(
                    "INSERT INTO finance_posting (entry_id, account_id, side, amount, currency,"
                    " original_currency, party_kind, party_id, origin_kind, origin_id)"
                    " VALUES (%s, %s, %s, %s, 'CNY', '', '', 0, 'entity', 1)",
                    [made, account, side, amount],
                )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("second_leg", [None, "9.99"])
def test_the_database_refuses_an_entry_that_does_not_balance(second_leg):
    """F101: by hand, at the end of the transaction."""
    entry = an_entry()
    account = entry.postings.first().account_id
    with pytest.raises(IntegrityError), transaction.atomic():
        _insert_by_hand(account, second_leg)
    assert Entry.objects.count() == 1


def test_a_balanced_pair_cannot_be_added_to_an_old_entry():
    entry = an_entry()
    account = entry.postings.first().account
    pair = [
        Posting(entry=entry, account=account, side=side, amount=D("1.00"), origin_kind="entity", origin_id=1)
        for side in ("debit", "credit")
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        _settle(pair)


def _settle(postings: list[Posting]) -> None:
    Posting.objects.bulk_create(postings)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_reversal_is_the_exact_opposite_once_and_clears_what_it_reverses():
    order = Origin("order", 7)
    entry = post_entry(
        key="r",
        kind="test",
        origin=here(),
        legs=[
            Leg("1002", debit=D("8.00"), party=Party("bank", 1)),
            Leg("2203.1", credit=D("8.00"), origin=order),
        ],
    )
    reversal = reverse_entry(entry=entry, reason="wrong order")
    assert reverse_entry(entry=entry, reason="again") == reversal
    assert queries.balance("1002") == queries.balance("2203.1") == 0
    assert queries.open_items("2203.1") == []
    assert Allocation.objects.get().amount == D("8.00")
    with pytest.raises(LedgerError):
        reverse_entry(entry=reversal, reason="back")


def _advance(key: str, amount: str, *, used: bool = False) -> Posting:
    leg = {"debit" if used else "credit": D(amount)}
    other = {"credit" if used else "debit": D(amount)}
    entry = post_entry(
        key=key,
        kind="test",
        origin=here(),
        legs=[Leg("2203.1", origin=Origin("order", 1), **leg), Leg("6602", **other)],
    )
    return entry.postings.get(account__code="2203.1")


def test_the_oldest_is_cleared_first():
    first, second = _advance("a", "30.00"), _advance("b", "50.00")
    use = _advance("c", "45.00", used=True)
    assert [(x.credit, x.debit, x.amount) for x in Allocation.objects.order_by("pk")] == [
        (first, use, D("30.00")),
        (second, use, D("15.00")),
    ]
    assert queries.open_items("2203.1")[0].amount == D("-35.00")


def test_different_orders_do_not_clear_each_other():
    _advance("a", "30.00")
    post_entry(
        key="o2",
        kind="test",
        origin=here(),
        legs=[
            Leg("2203.1", debit=D("30.00"), origin=Origin("order", 2)),
            Leg("6602", credit=D("30.00")),
        ],
    )
    assert not Allocation.objects.exists()
    assert [item.amount for item in queries.open_items("2203.1")] == [D("-30.00"), D("30.00")]


def test_an_allocation_is_undone_by_its_negative_and_can_be_made_again():
    credit, debit = _advance("a", "30.00"), _advance("b", "20.00", used=True)
    made = Allocation.objects.get()
    undo_allocation(allocation=made)
    undo_allocation(allocation=made)
    assert Allocation.objects.count() == 2
    allocate(debit=debit, credit=credit, amount=D("5.00"))
    assert clear_open(account="2203.1", origin=Origin("order", 1)) == 1
    assert sum(a.amount for a in Allocation.objects.all()) == D("20.00")


def test_more_than_is_open_cannot_be_allocated():
    credit, debit = _advance("a", "30.00"), _advance("b", "20.00", used=True)
    with pytest.raises(OverAllocated):
        allocate(debit=debit, credit=credit, amount=D("0.01"))
    assert Allocation.objects.get().amount == D("20.00")


def test_postings_of_different_accounts_cannot_clear_each_other():
    credit = _advance("a", "30.00")
    debit = an_entry("x").postings.get(side="debit")
    with pytest.raises(OverAllocated):
        allocate(debit=debit, credit=credit, amount=D("1.00"))


@pytest.mark.parametrize("seed", range(3))
def test_any_history_of_receipts_and_uses_clears_to_the_difference(seed):
    """Property: what stays unallocated is exactly the sum of credits minus debits, on one side only."""
    rng = random.Random(seed)
    net = D("0.00")
    for step in range(25):
        amount, used = D(rng.randint(1, 9999)) / 100, rng.random() < 0.5
        _advance(f"s{step}", str(amount.quantize(D("0.01"))), used=used)
        net += amount if used else -amount
    cleared = sum((a.amount for a in Allocation.objects.all()), D(0))
    debits = sum((p.amount for p in Posting.objects.filter(account__code="2203.1", side="debit")), D(0))
    credits = sum((p.amount for p in Posting.objects.filter(account__code="2203.1", side="credit")), D(0))
    assert cleared == min(debits, credits)
    assert [item.amount for item in queries.open_items("2203.1")] == ([net] if net else [])


def test_a_foreign_amount_keeps_its_original_and_rate():
    entry = post_entry(
        key="usd",
        kind="test",
        origin=here(),
        legs=[
            Leg(
                "1002",
                debit=D("71.20"),
                party=Party("bank", 1),
                original=Original(D("10.00"), "USD", D("7.12")),
            ),
            Leg("6051", credit=D("71.20")),
        ],
    )
    leg = entry.postings.get(side="debit")
    assert (leg.currency, leg.original_amount, leg.original_currency, leg.rate) == (
        "CNY",
        D("10.00"),
        "USD",
        D("7.12"),
    )


def _march_is_closed() -> Period:
    return close_period(entity=default_entity(), first_day=date(2026, 3, 1))


def test_a_closed_month_takes_nothing_and_the_correction_lands_in_the_open_one():
    """F66."""
    with clock.virtual(SPRING):
        entry = an_entry("m", on=date(2026, 3, 31))
        before = queries.trial_balance(entity=default_entity(), last=date(2026, 3, 31))
        _march_is_closed()
        with pytest.raises(PeriodClosed):
            an_entry("late", on=date(2026, 3, 31))
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                'INSERT INTO finance_entry (entity_id, kind, "on", posted_at, idempotency_key, origin_kind,'
                " origin_id, memo, legs) SELECT entity_id, kind, \"on\", posted_at, 'sql', origin_kind,"
                " origin_id, memo, legs FROM finance_entry"
            )
        assert reverse_entry(entry=entry, reason="wrong").on == date(2026, 4, 10)
        assert queries.trial_balance(entity=default_entity(), last=date(2026, 3, 31)) == before


def test_a_month_that_still_runs_is_not_closed_and_opening_again_needs_a_reason():
    with clock.virtual(SPRING):
        with pytest.raises(LedgerError):
            close_period(entity=default_entity(), first_day=date(2026, 4, 1))
        period = _march_is_closed()
        with pytest.raises(LedgerError):
            reopen_period(period=period, reason=" ")
        reopen_period(period=period, reason="supplier bill was missing")
        an_entry("in", on=date(2026, 3, 31))


def test_voucher_numbers_run_per_month_without_gaps_whatever_was_rolled_back():
    entity = default_entity()
    with clock.virtual(SPRING):
        an_entry("c", on=date(2026, 4, 2))
        with transaction.atomic():
            an_entry("lost", on=date(2026, 4, 1))
            transaction.set_rollback(True)
        an_entry("a", on=date(2026, 3, 30))
        an_entry("b", on=date(2026, 4, 1))
        close = day_close(entity=entity, day=date(2026, 4, 2))
        assert day_close(entity=entity, day=date(2026, 4, 2)) == close
        an_entry("d", on=date(2026, 4, 1))
        day_close(entity=entity, day=date(2026, 4, 3))
    found = Voucher.objects.order_by("month", "number").values_list(
        "entry__idempotency_key", "month", "number"
    )
    assert list(found) == [
        ("a", date(2026, 3, 1), 1),
        ("b", date(2026, 4, 1), 1),
        ("c", date(2026, 4, 1), 2),
        ("d", date(2026, 4, 1), 3),
    ]
    assert sum(b.debits for b in close.balances.all()) == D("30.00")
