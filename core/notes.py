"""Notes on a document, and the one timeline that staff read: steps, facts, notes (ANCHORS 1.13)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import clock, origins
from core.errors import InvalidInput
from core.models import Event, Note, StatusChange
from core.origins import Origin

NOTE_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline."""

    at: datetime
    kind: str  # step, fact, note
    text: str
    actor: Any | None
    detail: dict[str, Any]


def write_note(*, about: Origin, text: str, by: Any) -> Note:
    """Add a note to a document. Raises InvalidInput for an empty or endless text."""
    text = text.strip()
    if not text or len(text) > NOTE_LENGTH:
        raise InvalidInput(_("A note has between 1 and %(most)s characters.") % {"most": NOTE_LENGTH})
    return Note.objects.create(
        origin_kind=about.kind, origin_id=about.id, text=text, author=by, at=clock.now()
    )


def timeline(about: Origin, *, limit: int = 200) -> list[Moment]:
    """What happened to a document, latest first: three queries whatever its length."""
    here = {"origin_kind": about.kind, "origin_id": about.id}
    steps = StatusChange.objects.filter(**here).select_related("actor").order_by("-id")[:limit]
    facts = (
        Event.objects.filter(about_kind=about.kind, about_id=about.id)
        .select_related("actor")
        .order_by("-id")[:limit]
    )
    written = Note.objects.filter(**here).select_related("author").order_by("-id")[:limit]
    moments = [(s.at, 1, s.pk, _step(about, s)) for s in steps]
    moments += [(e.occurred_at, 0, e.pk, _fact(e)) for e in facts]
    moments += [(n.at, 2, n.pk, Moment(n.at, "note", n.text, n.author, {})) for n in written]
    moments.sort(key=lambda item: item[:3], reverse=True)
    return [moment for *_order, moment in moments[:limit]]


def _step(about: Origin, change: StatusChange) -> Moment:
    known = origins.kinds().get(about.kind)
    words = known.words(change.axis) if known else {}
    old, new = words.get(change.old, change.old), words.get(change.new, change.new)
    text = f"{old} → {new}" if old else str(new)
    return Moment(change.at, "step", text, change.actor, {"axis": change.axis, "reason": change.reason})


def _fact(event: Event) -> Moment:
    return Moment(event.occurred_at, "fact", event.name, event.actor, event.payload)
