"""Events of couriers: codes, repeats, disorder; and the spelling of waybill numbers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.rules.tracking import (
    Event,
    State,
    Track,
    fold,
    from_kuaidi100,
    from_sf,
    from_yunda,
    merge,
)
from logistics.rules.waybills import normalise, warning

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def an_event(state, hour, text=""):
    return Event(START + timedelta(hours=hour), state, text=text or f"{state} {hour}")


def states(*pairs):
    return fold(an_event(state, hour) for state, hour in pairs)


def test_an_older_event_never_undoes_delivery():
    track, _ = merge(Track(), [an_event(State.DELIVERED, 30)])
    for late in (State.COLLECTED, State.OUT_FOR_DELIVERY, State.EXCEPTION, State.REFUSED, State.RETURNING):
        track, fresh = merge(track, [an_event(late, 10)])
        assert len(fresh) == 1
        assert track.state == State.DELIVERED


def test_scans_after_delivery_change_nothing_but_a_return_is_a_new_fact():
    track = states((State.DELIVERED, 30), (State.IN_TRANSIT, 31), (State.EXCEPTION, 32), (State.REFUSED, 33))
    assert track.state == State.DELIVERED
    track, _ = merge(track, [an_event(State.RETURNING, 40), an_event(State.RETURNED, 60)])
    assert track.state == State.RETURNED
    assert track.delivered_at == START + timedelta(hours=30)
    assert track.doubts == ()


def test_a_delivery_told_after_a_return_began_counts_and_is_doubted():
    track = states((State.RETURNING, 20), (State.DELIVERED, 30))
    assert track.state == State.DELIVERED
    assert track.doubts == ("delivered on 2026-03-02 14:00 after returning",)


def test_progress_only_rises_and_an_exception_ends_with_the_next_scan():
    assert states((State.OUT_FOR_DELIVERY, 10), (State.IN_TRANSIT, 12)).state == State.OUT_FOR_DELIVERY
    assert states((State.IN_TRANSIT, 8), (State.EXCEPTION, 10)).state == State.EXCEPTION
    assert (
        states((State.IN_TRANSIT, 8), (State.EXCEPTION, 10), (State.IN_TRANSIT, 12)).state == State.IN_TRANSIT
    )


def test_a_refused_parcel_is_not_under_way_again_until_it_returns():
    refused = states((State.OUT_FOR_DELIVERY, 8), (State.REFUSED, 10), (State.IN_TRANSIT, 12))
    assert refused.state == State.REFUSED
    assert states((State.REFUSED, 10), (State.RETURNING, 12), (State.IN_TRANSIT, 14)).state == State.RETURNING


def test_a_collected_parcel_is_not_cancelled_but_a_scan_of_a_cancelled_one_is_doubted():
    assert states((State.COLLECTED, 2), (State.CANCELLED, 3)).state == State.COLLECTED
    scanned = states((State.CREATED, 0), (State.CANCELLED, 1), (State.COLLECTED, 2))
    assert (scanned.state, len(scanned.doubts)) == (State.COLLECTED, 1)


def test_the_whole_history_sent_again_adds_nothing():
    history = [an_event(State.COLLECTED, 1), an_event(State.IN_TRANSIT, 5)]
    track, fresh = merge(Track(), history)
    assert len(fresh) == 2
    again, nothing = merge(track, [*history, *history])
    assert (again, nothing) == (track, ())


events = st.lists(st.builds(an_event, st.sampled_from(State), st.integers(0, 40)), max_size=12)


@given(events, st.randoms(use_true_random=False))
def test_the_order_and_number_of_arrivals_never_matter(history, random):
    shuffled = [*history, *history[: len(history) // 2]]
    random.shuffle(shuffled)
    track = Track()
    for event in shuffled:
        track, _ = merge(track, [event])
    whole = fold(history)
    assert (track.state, track.reached, track.events) == (whole.state, whole.reached, whole.events)


@given(events)
def test_once_delivered_only_a_later_return_moves_a_parcel(history):
    delivered = an_event(State.DELIVERED, 20, "signed")
    track = fold([delivered, *(event for event in history if event.at < delivered.at)])
    assert track.state == State.DELIVERED
    later = fold([delivered, *history])
    assert later.state in {State.DELIVERED, State.RETURNING, State.RETURNED, State.LOST}


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("101", State.CREATED),
        ("102", State.CREATED),
        ("1", State.COLLECTED),
        ("103", State.COLLECTED),
        ("0", State.IN_TRANSIT),
        ("1001", State.IN_TRANSIT),
        ("1003", State.IN_TRANSIT),
        ("7", State.IN_TRANSIT),
        ("5", State.OUT_FOR_DELIVERY),
        ("501", State.AT_PICKUP_POINT),
        ("3", State.DELIVERED),
        ("304", State.DELIVERED),
        ("2", State.EXCEPTION),
        ("206", State.EXCEPTION),
        ("203", State.REFUSED),
        ("14", State.REFUSED),
        ("6", State.RETURNING),
        ("4", State.RETURNED),
        ("401", State.CANCELLED),
        ("11", State.CUSTOMS),
        ("99", None),
        ("", None),
        ("shipped", None),
    ],
)
def test_kuaidi100_codes(code, state):
    assert from_kuaidi100(code) == state


def test_codes_of_couriers():
    assert [from_sf(code) for code in ("50", "3036", "204", "8000", "70", "648", "1")] == [
        State.COLLECTED,
        State.IN_TRANSIT,
        State.OUT_FOR_DELIVERY,
        State.DELIVERED,
        State.EXCEPTION,
        State.RETURNING,
        None,
    ]
    assert [from_yunda(code) for code in ("got", "REJECTION", "?")] == [State.COLLECTED, State.REFUSED, None]


@pytest.mark.parametrize(
    "written",
    [
        "SF1234567890123",
        "sf1234567890123\t",
        "'SF1234567890123",
        '="SF1234567890123"',
        "ＳＦ１２３４５６７８９０１２３",
        "`SF 1234567890123",
    ],
)
def test_a_waybill_has_one_spelling(written):
    assert normalise(written) == "SF1234567890123"


def test_an_unusual_number_warns_and_an_unknown_courier_stays_silent():
    assert warning("sf", "SF1234567890123") == warning("sf", "123456789012") == ""
    assert "check the courier" in warning("sf", "YT1234567890123")
    assert warning("village post", "17") == ""
    assert warning("ems", "RB123456785GB") == ""
    assert "check the courier" in warning("ems", "RB123456786GB")
