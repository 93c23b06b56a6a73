"""Where a parcel is, folded from all events that couriers ever told us (FORMATS 8.7).

Couriers repeat, reorder and contradict themselves. The state is a fold over the whole history in
event time, so the order of arrival can't matter: an older event never undoes a delivery, and a
return after delivery is a new fact. Cash is never booked from an event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    CREATED = "created"
    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    CUSTOMS = "customs"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AT_PICKUP_POINT = "at_pickup_point"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    REFUSED = "refused"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"


PROGRESS = {
    State.CREATED: 0,
    State.COLLECTED: 1,
    State.IN_TRANSIT: 2,
    State.CUSTOMS: 2,
    State.OUT_FOR_DELIVERY: 3,
    State.AT_PICKUP_POINT: 4,
}

# What a later event may make of a state that is more than progress. Progress itself only rises.
AFTER: dict[State, frozenset[State]] = {
    State.DELIVERED: frozenset({State.RETURNING, State.RETURNED}),
    State.REFUSED: frozenset({State.DELIVERED, State.RETURNING, State.RETURNED, State.LOST}),
    State.RETURNING: frozenset({State.DELIVERED, State.RETURNED, State.LOST}),
    State.RETURNED: frozenset({State.DELIVERED}),
    State.LOST: frozenset({State.DELIVERED, State.RETURNING, State.RETURNED}),
}

# Taken as the newest fact, but a person should look: both can't be the whole truth.
SUSPICIOUS = frozenset(
    {
        (State.RETURNING, State.DELIVERED),
        (State.RETURNED, State.DELIVERED),
        (State.CANCELLED, State.COLLECTED),
        (State.CANCELLED, State.DELIVERED),
        (State.LOST, State.DELIVERED),
    }
)


@dataclass(frozen=True)
class Event:
    """One scan. `at` is aware; the text is the courier's own and may contradict the code."""

    at: datetime
    state: State
    code: str = ""
    text: str = ""
    place: str = ""

    @property
    def identity(self) -> str:
        """Couriers send the whole history each time: same time, code and text is the same event."""
        parts = f"{self.at.timestamp():.0f}|{self.code or self.state}|{self.text.strip()}"
        return hashlib.sha256(parts.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Track:
    """The folded history: the state now, each state with the time it was first reached, doubts."""

    events: tuple[Event, ...] = ()
    state: State | None = None
    reached: tuple[tuple[State, datetime], ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def delivered_at(self) -> datetime | None:
        """When it was first delivered; a later return doesn't take that away."""
        return dict(reversed(self.reached)).get(State.DELIVERED)


def fold(events: Iterable[Event]) -> Track:
    """The track of these events, whatever order and however often they are given."""
    unique = {event.identity: event for event in events}
    ordered = sorted(unique.values(), key=lambda e: (e.at, _tie(e.state), e.identity))
    state: State | None = None
    rank = -1
    reached: list[tuple[State, datetime]] = []
    doubts: list[str] = []
    for event in ordered:
        if not _moves(state, rank, event.state):
            continue
        if state is not None and (state, event.state) in SUSPICIOUS:
            doubts.append(f"{event.state} on {event.at:%Y-%m-%d %H:%M} after {state}")
        if state != event.state:
            reached.append((event.state, event.at))
        state = event.state
        rank = max(rank, PROGRESS.get(state, -1))
    return Track(tuple(ordered), state, tuple(reached), tuple(doubts))


def merge(track: Track, events: Iterable[Event]) -> tuple[Track, tuple[Event, ...]]:
    """The track with these events added, and those among them that were new."""
    known = {event.identity for event in track.events}
    fresh = {event.identity: event for event in events if event.identity not in known}
    if not fresh:
        return track, ()
    return fold((*track.events, *fresh.values())), tuple(fresh.values())


def _moves(state: State | None, rank: int, to: State) -> bool:
    if state in AFTER:
        return to in AFTER[state]
    if to in PROGRESS:
        # after an exception the next scan shows that it moves again, even without new ground
        return PROGRESS[to] > rank or (state == State.EXCEPTION and PROGRESS[to] >= rank > 0)
    if to == State.CANCELLED:
        return rank <= PROGRESS[State.CREATED]
    return to != state


def _tie(state: State) -> int:
    """Scans of one second: progress first, then the state that outlives it."""
    return PROGRESS.get(state, 5 if state != State.DELIVERED else 6)


KUAIDI100: dict[str, State] = {
    "101": State.CREATED,
    "102": State.CREATED,
    "1": State.COLLECTED,
    "0": State.IN_TRANSIT,
    **dict.fromkeys(("1001", "1002", "1003"), State.IN_TRANSIT),
    "7": State.IN_TRANSIT,
    "5": State.OUT_FOR_DELIVERY,
    "501": State.AT_PICKUP_POINT,
    "3": State.DELIVERED,
    "2": State.EXCEPTION,
    "203": State.REFUSED,
    "14": State.REFUSED,
    "6": State.RETURNING,
    "4": State.RETURNED,
    "401": State.CANCELLED,
    "8": State.CUSTOMS,
    "10": State.CUSTOMS,
    "11": State.CUSTOMS,
    "12": State.CUSTOMS,
    "13": State.CUSTOMS,
}

SF: dict[str, State] = {
    **dict.fromkeys(("50", "54", "130", "607"), State.COLLECTED),
    **dict.fromkeys(("30", "31", "36", "105", "106", "3036"), State.IN_TRANSIT),
    **dict.fromkeys(("44", "204"), State.OUT_FOR_DELIVERY),
    **dict.fromkeys(("80", "8000"), State.DELIVERED),
    **dict.fromkeys(("33", "70"), State.EXCEPTION),
    **dict.fromkeys(("99", "648"), State.RETURNING),
}

YUNDA: dict[str, State] = {
    **dict.fromkeys(("GOT", "ACCEPT"), State.COLLECTED),
    **dict.fromkeys(("TRANSIT", "ARRIVAL", "DEPARTURE", "TRANSFER", "INBOUND", "OUTBOUND"), State.IN_TRANSIT),
    "SENT": State.OUT_FOR_DELIVERY,
    "SIGNED": State.DELIVERED,
    **dict.fromkeys(("ISSUE", "SIGNFAIL"), State.EXCEPTION),
    "REJECTION": State.REFUSED,
    "RETURN": State.RETURNING,
}


def from_kuaidi100(code: str) -> State | None:
    """The state of a Kuaidi100 code: the whole code if listed, else its class; 10 to 14 are classes."""
    code = code.strip()
    if not code.isdigit():
        return None
    if code in KUAIDI100:
        return KUAIDI100[code]
    return KUAIDI100.get(code[0]) if len(code) > 2 else None


def from_sf(op_code: str) -> State | None:
    return SF.get(op_code.strip())


def from_yunda(action: str) -> State | None:
    return YUNDA.get(action.strip().upper())
