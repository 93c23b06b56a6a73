"""States are data: a transition table beside the TextChoices, and one function that obeys it."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from core import clock, origins
from core.audit import current_actor
from core.errors import IllegalMove
from core.models import StatusChange

Transitions = Collection[tuple[str, str]]


def move(
    document: models.Model,
    to: str,
    *,
    transitions: Transitions,
    field: str = "status",
    reason: str = "",
    actor: Any | None = None,
    also: Mapping[str, Any] | None = None,
) -> None:
    """Move a document along its table, save the column and append the StatusChange.

    `also` are further columns that the step sets; they are written with it, in one statement.
    The caller holds the row lock and has read the row under it (F19).
    Raises IllegalMove, and changes nothing, when the table has no such step.
    """
    old = getattr(document, field)
    if (old, to) not in transitions:
        raise IllegalMove(
            _("%(document)s is “%(old)s” and cannot become “%(new)s”. Reload the page to see its state.")
            % {"document": document, "old": label(document, field, old), "new": label(document, field, to)},
            old=old,
            new=to,
        )
    values = {field: to} | dict(also or {})
    for name, value in values.items():
        setattr(document, name, value)
    document.save(update_fields=list(values))
    record(document, old=old, new=to, axis=field, reason=reason, actor=actor)


def record(
    document: models.Model,
    *,
    old: str,
    new: str,
    axis: str = "status",
    reason: str = "",
    actor: Any | None = None,
) -> None:
    """Append a StatusChange for a document that starts its life or a derived axis that changed."""
    origin = origins.of(document)
    StatusChange.objects.create(
        origin_kind=origin.kind,
        origin_id=origin.id,
        axis=axis,
        old=old,
        new=new,
        reason=reason,
        actor=actor or current_actor(),
        at=clock.now(),
    )


def label(document: models.Model, field: str, value: str) -> str:
    """The words for a state, in the reader's language."""
    choices = dict(document._meta.get_field(field).flatchoices)  # type: ignore[union-attr]
    return str(choices.get(value, value))
