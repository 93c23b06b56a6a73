"""Why a line got what it got, in words: what was asked, from where it comes, and who came before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.apps import apps
from django.utils.translation import gettext, gettext_lazy

from inventory.models import AllocationDecision, Channel, StockPolicy, Warehouse, WarehouseGroup
from inventory.rules import sourcing

RULES: Final[Mapping[str, Any]] = {
    sourcing.WHOLE: gettext_lazy("The whole order comes from one warehouse."),
    sourcing.SPLIT: gettext_lazy("No warehouse has all of it: as few parcels as possible."),
    sourcing.PART: gettext_lazy("There is not enough: as much as there is."),
    sourcing.NONE: gettext_lazy("There was nothing that this channel may have."),
    "waiting_by_rank": gettext_lazy("Goods came in and were given to those who waited, by rank."),
}
REASONS: Final[Mapping[str, Any]] = {
    "has none": gettext_lazy("has none"),
    "kept for others": gettext_lazy("what lies there is kept for other channels"),
    "farther": gettext_lazy("farther from the customer"),
    "not the channel's own": gettext_lazy("the channel's own warehouse comes first"),
    "a store": gettext_lazy("warehouses come before stores"),
    "later in priority": gettext_lazy("later in the order of warehouses"),
}
_PART: Final = re.compile(r"has (\d+) of (\d+)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A warehouse that could have served: the units that it gives, or why it gives none."""

    warehouse: str
    units: int
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """A warehouse group's figures at the decision, in base units: the terms and what came of them.

    Terms that did not count are None: no cap, or a decision for those who waited, which rests on less.
    """

    group: str
    units: int
    free: int
    safety: int | None
    kept_for_others: int | None
    own: int | None
    cap_left: int | None
    last_units: int | None
    policies: tuple[tuple[int, str], ...]  # number and name of each rule that held
    fences: tuple[tuple[str, int], ...]  # channel, and units that only it may take


@dataclass(frozen=True, slots=True)
class Rival:
    """Another order that wanted the same: served before, or waiting at that moment."""

    order_id: int
    order: str
    priority: int
    since: datetime
    channel: str = ""
    given: int = 0
    promised_on: date | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision about a line, with those that were made on the same SKU before it."""

    at: datetime
    sku: str
    channel: str
    priority: int
    asked: int
    given: int
    rule: str
    candidates: tuple[Candidate, ...]
    figures: tuple[GroupFigures, ...]
    rank: int | None  # among those who waited, where that decided
    waiting: tuple[Rival, ...]
    served_before: tuple[Rival, ...]


def explain_allocation(line_id: int, *, rivals: int = 10) -> list[Explanation]:
    """Why the line got what it got, oldest decision first, in the reader's language."""
    decisions = list(
        AllocationDecision.objects.filter(line_id=line_id).select_related("sku", "channel").order_by("id")
    )
    names = _Names(decisions)
    return [
        Explanation(
            at=decision.at,
            sku=decision.sku.code,
            channel=str(decision.channel),
            priority=decision.explanation["priority"],
            asked=decision.asked,
            given=decision.given,
            rule=str(RULES.get(decision.explanation["rule"], decision.explanation["rule"])),
            candidates=names.candidates(decision.explanation),
            figures=tuple(names.figures(each) for each in decision.explanation["figures"]),
            rank=decision.explanation.get("rank"),
            waiting=tuple(names.waiting(each) for each in decision.explanation.get("rivals", ())),
            served_before=_served_before(decision, rivals),
        )
        for decision in decisions
    ]


def _served_before(decision: AllocationDecision, most: int) -> tuple[Rival, ...]:
    rows = AllocationDecision.objects.filter(sku=decision.sku_id, id__lt=decision.pk, given__gt=0)
    rows = rows.select_related("line__order", "channel").order_by("-id")[:most]
    return tuple(
        Rival(
            order_id=row.line.order_id,
            order=row.line.order.number,
            priority=row.channel.priority,
            since=row.at,
            channel=str(row.channel),
            given=row.given,
        )
        for row in rows
    )


def reason_words(reason: str) -> str:
    """Why a warehouse did not serve, as the sourcing rule wrote it, in words."""
    if part := _PART.fullmatch(reason):
        return gettext("has only %(units)s of %(asked)s pieces") % {"units": part[1], "asked": part[2]}
    return str(REASONS.get(reason, reason))


class _Names:
    """What people call the codes and numbers in some decisions, read at once."""

    def __init__(self, decisions: Sequence[AllocationDecision]) -> None:
        told = [decision.explanation for decision in decisions]
        figures = [each for explanation in told for each in explanation["figures"]]
        lines = {rival["line"] for explanation in told for rival in explanation.get("rivals", ())}
        policies = {pk for each in figures for pk in each.get("policies", ())}
        self._warehouses = {place.code: str(place) for place in Warehouse.objects.all()} if told else {}
        self._groups = WarehouseGroup.objects.in_bulk({each["group"] for each in figures})
        self._channels = Channel.objects.in_bulk() if told else {}
        self._policies = StockPolicy.objects.in_bulk(policies)
        self._lines = apps.get_model("order", "Line").objects.select_related("order").in_bulk(lines)

    def candidates(self, told: Mapping[str, Any]) -> tuple[Candidate, ...]:
        chosen = [(each["warehouse"], each["units"], "") for each in told["places"]]
        others = [(each["warehouse"], 0, reason_words(each["reason"])) for each in told.get("rejected", ())]
        return tuple(
            Candidate(self._warehouses.get(code, code), units, why_not)
            for code, units, why_not in (*chosen, *others)
        )

    def figures(self, told: Mapping[str, Any]) -> GroupFigures:
        return GroupFigures(
            group=str(self._groups.get(told["group"], told["group"])),
            units=told["units"],
            free=told["free"],
            safety=told.get("safety"),
            kept_for_others=told.get("fenced_for_others"),
            own=told.get("own"),
            cap_left=told.get("cap_left"),
            last_units=told.get("last_units"),
            # A rule that has been deleted since keeps its number.
            policies=tuple((pk, str(self._policies.get(pk, pk))) for pk in told.get("policies", ())),
            fences=tuple(
                (str(self._channels.get(each["channel"], each["channel"])), each["fence_left"])
                for each in told.get("rivals", ())
            ),
        )

    def waiting(self, told: Mapping[str, Any]) -> Rival:
        line = self._lines[told["line"]]
        return Rival(
            order_id=line.order_id,
            order=line.order.number,
            priority=told["priority"],
            since=datetime.fromisoformat(told["since"]),
            promised_on=date.fromisoformat(told["promised_on"]) if told["promised_on"] else None,
        )
