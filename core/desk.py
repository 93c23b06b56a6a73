"""What apps put on people's desks: queues of a role's home page, panels on documents, things to find.

Each app registers its own in `panels.py`; the pages that show them know nothing of who offers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Count, Min, QuerySet
from django.urls import NoReverseMatch, reverse

from core import origins, rights
from core.roles import ADMIN, ROLES


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows that wait for somebody of these roles; `rows` gives them for a person, `since` is their age."""

    code: str
    title: Any
    model: str  # the rows' model, whose list in the back office shows them
    roles: frozenset[str]
    rows: Callable[[Any], QuerySet[Any]]
    since: str
    late_after: timedelta | None = None
    icon: str = "inbox"


@dataclass(frozen=True, slots=True)
class QueueFigure:
    """How many wait, and since when the oldest does."""

    queue: Queue
    count: int
    oldest: datetime | None
    link: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a document's page that a higher app fills."""

    template: str
    permission: str
    context: Callable[[Any, Any], dict[str, Any]]  # of the person and the document


@dataclass(frozen=True, slots=True)
class Found:
    title: str
    description: str
    link: str


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds documents by a number or by the tail of a phone; the text has at least four characters."""

    permission: str
    icon: str
    find: Callable[[Any, str], Iterable[Found]]


@dataclass(slots=True)
class _Offers:
    queues: dict[str, Queue] = field(default_factory=dict)
    panels: dict[str, list[Panel]] = field(default_factory=dict)
    finders: list[Finder] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


_offers = _Offers()


def offer_queue(queue: Queue) -> None:
    """Put a queue on the home page of its roles."""
    _offers.queues[queue.code] = queue


def offer_panel(kind: str, panel: Panel) -> None:
    """Show a panel on every document of an origin kind."""
    _offers.panels.setdefault(kind, []).append(panel)


def offer_finder(finder: Finder) -> None:
    """Let the search of the back office ask here too."""
    _offers.finders.append(finder)


def name_facts(names: dict[str, Any]) -> None:
    """What people call these events in a timeline, and the codes that stand there as reasons."""
    _offers.facts |= names


def fact_name(event: str) -> str:
    """What people call an event."""
    return str(_offers.facts.get(event, event))


def fact_names() -> dict[str, Any]:
    """What people call every event and every reason that is kept as a code."""
    return dict(_offers.facts)


def desk_roles(user: Any) -> list[str]:
    """The roles whose desks a person looks after, in the order of the house; administrators see them all."""
    mine = rights.roles_of(user)
    if user.is_superuser or ADMIN in mine:
        return list(ROLES)
    return [role for role in ROLES if role in mine]


def queues_of_model(model: Any) -> list[Queue]:
    """The queues whose rows are of this model."""
    return [queue for queue in _offers.queues.values() if queue.model == model._meta.label]


def desks(user: Any) -> list[tuple[str, list[QueueFigure]]]:
    """Per role of the person, its queues with their figures: one query each. A queue stands on one desk."""
    shown: set[str] = set()
    found = []
    for role in desk_roles(user):
        figures = []
        for queue in _offers.queues.values():
            if role in queue.roles and queue.code not in shown and user.has_perm(permission_of(queue)):
                shown.add(queue.code)
                figures.append(figure_of(queue, user))
        if figures:
            found.append((str(ROLES[role]), figures))
    return found


def figure_of(queue: Queue, user: Any) -> QueueFigure:
    """Count and age of a queue, in one query."""
    sums = queue.rows(user).order_by().aggregate(count=Count("pk"), oldest=Min(queue.since))
    return QueueFigure(queue, sums["count"], sums["oldest"], link_of(queue))


def link_of(queue: Queue) -> str:
    """The list that shows exactly the queue's rows."""
    app, model = queue.model.lower().split(".")
    return reverse(f"admin:{app}_{model}_changelist") + f"?queue={queue.code}"


def permission_of(queue: Queue) -> str:
    """Who may open the list of the queue's rows."""
    app, model = queue.model.split(".")
    return f"{app}.view_{model.lower()}"


def panels_on(kind: str, user: Any, document: Any) -> list[tuple[str, dict[str, Any]]]:
    """Templates and contexts of the panels that this person may see on a document."""
    return [
        (panel.template, panel.context(user, document))
        for panel in _offers.panels.get(kind, [])
        if user.has_perm(panel.permission)
    ]


def find(user: Any, text: str) -> list[tuple[str, Found]]:
    """(icon, found) for whatever the text may mean, where the person may look."""
    if len(text.strip()) < 4:
        return []
    return [
        (finder.icon, found)
        for finder in _offers.finders
        if user.has_perm(finder.permission)
        for found in finder.find(user, text.strip())
    ]


def view_permission(kind: str) -> str:
    """Who may open the pages of documents of this kind."""
    model = apps.get_model(origins.kinds()[kind].model)._meta
    return f"{model.app_label}.view_{model.model_name}"


def document_link(kind: str, id: int | None) -> str | None:
    """The page of a document in the back office, or None where there is none."""
    known = origins.kinds().get(kind)
    if known is None or id is None:
        return None
    model = apps.get_model(known.model)._meta
    try:
        return reverse(f"admin:{model.app_label}_{model.model_name}_change", args=[id])
    except NoReverseMatch:
        return None
