"""States are data: a transition table beside the TextChoices, and one function that obeys it."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from django.db import DatabaseError, connection, models

from core import clock, origins
from core.audit import current_actor
from core.errors import IllegalMove
from core.models import StatusChange
from core.reasons import gettext as _
from core.rows import columns_of, insert_row, table_of, values_of

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
    _store(
        document, tuple(values), _change(document, old=old, new=to, axis=field, reason=reason, actor=actor)
    )


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
    insert_row(_change(document, old=old, new=new, axis=axis, reason=reason, actor=actor))


def _change(
    document: models.Model, *, old: str, new: str, axis: str, reason: str, actor: Any | None
) -> StatusChange:
    origin = origins.of(document)
    return StatusChange(
        origin_kind=origin.kind,
        origin_id=origin.id,
        axis=axis,
        old=old,
        new=new,
        reason=reason,
        actor=actor or current_actor(),
        at=clock.now(),
    )


def _store(document: models.Model, names: tuple[str, ...], change: StatusChange) -> None:
    """Write fields of the document and its change in one statement: every order takes a dozen of these."""
    model = type(document)
    stored, told = columns_of(model, names), columns_of(StatusChange)
    with connection.cursor() as cursor:
        cursor.execute(
            _storing(model, names), [*values_of(document, stored), document.pk, *values_of(change, told)]
        )
        if not cursor.rowcount:
            raise DatabaseError(f"{document._meta.label} {document.pk} is not there any more")


@cache
def _storing(model: type[models.Model], names: tuple[str, ...]) -> str:
    stored, told = columns_of(model, names), columns_of(StatusChange)
    key = connection.ops.quote_name(str(model._meta.pk.column))
    return (
        f"WITH moved AS (UPDATE {table_of(model)}"  # noqa: S608 - names of our own models
        f" SET {', '.join(f'{name} = %s' for name, _field in stored)} WHERE {key} = %s RETURNING 1)"
        f" INSERT INTO {table_of(StatusChange)} ({', '.join(name for name, _field in told)})"
        f" SELECT {', '.join(f'%s::{field.db_type(connection)}' for _name, field in told)} FROM moved"
    )


def label(document: models.Model, field: str, value: str) -> str:
    """The words for a state, in the reader's language."""
    choices = dict(document._meta.get_field(field).flatchoices)  # type: ignore[union-attr]
    return str(choices.get(value, value))
