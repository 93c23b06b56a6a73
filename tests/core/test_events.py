from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from core import clock
from core.audit import acting
from core.events import (
    MAX_ATTEMPTS,
    Position,
    announce,
    announce_all,
    drain,
    drain_all,
    handles,
    read_feed,
    replay,
)
from core.events.payload import decode, encode
from core.events.registry import forget
from core.faults import guard_off, widened
from core.models import Event, EventDelivery
from core.origins import Origin
from tests.core.eventful import Colour, Counted, Poisoned, Told, effects, tell
from tests.crm.builders import a_user
from tests.threads import at_once, eventually

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@contextmanager
def handled(event, function):
    handles(event)(function)
    try:
        yield
    finally:
        forget(function)


def test_event_comes_back_as_it_was_announced():
    event = Told(
        id=7,
        amount=Decimal("12.30"),
        at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        key=UUID(int=5),
        colour=Colour.RED,
        about=Origin("order", 3),
        lines=(1, 2),
    )
    heard = []
    with handled(Told, heard.append):
        tell(event)
        assert drain_all() == 1
    assert heard == [event]
    assert type(heard[0].about) is Origin


def test_event_of_an_earlier_release_is_understood():
    payload = encode(Counted(4)) | {"dropped": 1}
    assert decode(Counted, payload) == Counted(4)


def test_fact_outside_a_transaction_is_refused_and_a_rolled_back_one_never_was(transactional_db):
    with pytest.raises(TransactionManagementError):
        announce(Counted(1), about=Origin("thing", 1))
    with transaction.atomic():
        announce(Counted(1), about=Origin("thing", 1))
        transaction.set_rollback(True)
    assert not Event.objects.exists()


def test_facts_are_written_at_once_in_their_order(django_assert_num_queries):
    facts = [
        (Poisoned(1), Origin("thing", 9)),
        (Counted(2), Origin("other", 5)),
        (Poisoned(3), Origin("thing", 4)),
    ]
    unheard = Told(
        id=7,
        amount=Decimal("12.30"),
        at=START,
        key=UUID(int=5),
        colour=Colour.RED,
        about=Origin("order", 3),
        note="it's “100 %” \\ {[,]}",
    )
    person = a_user()
    with clock.virtual(START), acting(person), django_assert_num_queries(1):
        announce_all([*facts, (unheard, Origin("order", 3))])
    rows = Event.objects.order_by("id")
    assert [(row.name, row.about_kind, row.about_id, row.payload) for row in rows] == [
        ("Poisoned", "thing", 9, {"number": 1}),
        ("Counted", "other", 5, {"number": 2}),
        ("Poisoned", "thing", 4, {"number": 3}),
        ("Told", "order", 3, encode(unheard)),
    ]
    assert {(row.actor, row.occurred_at) for row in rows} == {(person, START)}
    assert all(row.transaction_id and row.written_at > START for row in rows)
    deliveries = EventDelivery.objects.order_by("id").select_related("event")
    assert [
        (row.event.payload["number"], row.handler.rpartition(".")[2], row.about_id) for row in deliveries
    ] == [
        (1, "die", 9),
        (1, "survive", 9),
        (2, "note_count", 5),
        (3, "die", 4),
        (3, "survive", 4),
    ]
    assert {(row.state, row.attempts, row.due_at, row.done_at, row.error) for row in deliveries} == {
        ("due", 0, START, None, "")
    }
    with django_assert_num_queries(0):
        announce_all([])


def test_each_pair_is_done_once():
    tell(Counted(1))
    assert drain_all() == 1
    assert drain_all() == 0
    assert effects() == [1]


def test_failing_handler_leaves_nothing_behind_and_comes_back_after_its_pause():
    failing = [True]

    def sometimes(event: Counted) -> None:
        tell(Poisoned(99), about=99)
        if failing:
            raise ValueError("not yet")

    with clock.virtual(START) as time, handled(Counted, sometimes):
        tell(Counted(1))
        with pytest.raises(ValueError, match="not yet"):
            drain_all()
        assert not Event.objects.filter(name="Poisoned").exists()
        drain_all()
        row = EventDelivery.objects.get(handler__endswith="sometimes")
        assert (row.state, row.attempts, row.error) == ("due", 1, "ValueError: not yet")
        failing.clear()
        assert drain_all() == 0
        time.move_by(timedelta(seconds=10))
        assert drain() >= 1
        row.refresh_from_db()
        assert (row.state, row.attempts) == ("done", 2)


def test_poison_is_parked_after_five_attempts_and_blocks_only_its_document_and_handler():
    with clock.virtual(START) as time:
        tell(Poisoned(1), about=1)
        tell(Poisoned(2), about=1)
        for number in range(100):
            tell(Counted(number), about=number)
        assert drain() == 102  # the good ones, and the other handler of both poisonous events
        assert effects("survived") == [1, 2]
        for _ in range(MAX_ATTEMPTS + 2):
            time.move_by(timedelta(hours=1))
            drain()
        first, second = EventDelivery.objects.filter(handler__endswith="die").order_by("event_id")
        assert (first.state, first.attempts, first.error) == ("parked", 5, "ValueError: number 1 is poison")
        assert (second.state, second.attempts) == ("due", 0)
        assert sorted(effects()) == list(range(100))


def test_parked_delivery_is_replayed_and_its_stream_goes_on():
    with clock.virtual(START) as time:
        tell(Poisoned(1))
        tell(Poisoned(2))
        for _ in range(MAX_ATTEMPTS):
            drain()
            time.move_by(timedelta(hours=1))
        parked = EventDelivery.objects.get(state="parked")
        assert replay([parked.pk]) == 1
        assert replay([parked.pk]) == 0
        EventDelivery.objects.filter(handler__endswith="die").update(handler="tests.core.eventful.survive2")
        seen = []

        def survive2(event: Poisoned) -> None:
            seen.append(event.number)

        survive2.__module__, survive2.__qualname__ = "tests.core.eventful", "survive2"
        with handled(Poisoned, survive2):
            drain_all()
        assert seen == [1, 2]


def test_without_the_attempt_counter_poison_never_stops():
    runs = []

    def endless(event: Counted) -> None:
        runs.append(event.number)
        if len(runs) < 4 * MAX_ATTEMPTS:
            raise ValueError

    with handled(Counted, endless), clock.virtual(START), guard_off("F88"):
        tell(Counted(1))
        drain()
    assert len(runs) == 4 * MAX_ATTEMPTS


def test_rows_for_a_handler_of_another_release_wait():
    tell(Counted(1))
    EventDelivery.objects.update(handler="later.handlers.unborn")
    assert drain_all() == 0
    assert EventDelivery.objects.get().attempts == 0


def test_drain_of_one_document_leaves_the_others_alone():
    tell(Counted(1), about=1)
    tell(Counted(2), about=2)
    assert drain(Origin("thing", 2)) == 1
    assert effects() == [2]


@pytest.mark.django_db(transaction=True)
def test_relays_at_once_do_each_delivery_once_and_in_order():
    for number in range(60):
        tell(Counted(number), about=number % 3)
    at_once(4, lambda _: drain())
    while drain():
        pass
    done = effects()
    assert sorted(done) == list(range(60))
    for document in range(3):
        stream = [number for number in done if number % 3 == document]
        assert stream == sorted(stream)


@pytest.mark.django_db(transaction=True)
def test_relay_that_dies_between_effect_and_mark_has_done_nothing():
    tell(Counted(1))
    with widened("F90", _die), pytest.raises(SystemExit):
        drain()
    assert effects() == []
    EventDelivery.objects.update(due_at=clock.now())
    assert drain() == 1
    assert effects() == [1]


@pytest.mark.django_db(transaction=True)
def test_without_one_transaction_a_dead_relay_doubles_the_effect():
    tell(Counted(1))
    with guard_off("F90"):
        with widened("F90", _die), pytest.raises(SystemExit):
            drain()
        EventDelivery.objects.update(due_at=clock.now())
        drain()
    assert effects() == [1, 1]


def _die() -> None:
    raise SystemExit


@pytest.mark.django_db(transaction=True)
def test_feed_waits_for_a_slower_transaction_instead_of_losing_it():
    slow = connection.copy()
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:  # its id is lower, its commit later
            cursor.execute(
                "INSERT INTO core_event (name, about_kind, about_id, payload, occurred_at)"
                " VALUES ('Slow', 'thing', 1, '{}', now())"
            )
        tell(Counted(1), about=2)
        rows, position = read_feed(after=Position())
        assert rows == []
        slow.commit()
    finally:
        slow.close()
    # Other transactions of the server count too, so the second may come a moment after the first.
    rows = eventually(lambda: len(found := read_feed(after=position)[0]) == 2 and found)
    assert [row.name for row in rows] == ["Slow", "Counted"]
    last = Position(rows[-1].transaction_id, rows[-1].pk)
    assert read_feed(after=last) == ([], last)
