"""What is always true of the kernel's own rows, and of the history of everybody's documents."""

from collections.abc import Iterable

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from core import origins
from core.events import MAX_ATTEMPTS
from core.events.draining import BACKOFF_SECONDS
from core.invariants import invariant

NOTHING = "SELECT NULL::text WHERE false"


def state_axis(model: type[models.Model]) -> str | None:
    """The column that a model's TRANSITIONS speak of."""
    if not hasattr(model, "TRANSITIONS"):
        return None
    for name in ("status", "state"):
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        return name
    return None


def histories() -> str:
    """I40 for every kind of document that has a transition table."""
    parts: list[str] = []
    graph: list[tuple[str, ...]] = []
    axes: list[tuple[str, ...]] = []
    for known in origins.kinds().values():
        model = apps.get_model(known.model)
        axis = state_axis(model)
        if axis is None:
            continue
        axes.append((known.kind, axis))
        graph += [(known.kind, old, new) for old, new in model.TRANSITIONS]  # type: ignore[attr-defined]
        parts.append(_end_of_history(known.kind, model, axis))
    if not axes:
        return NOTHING
    parts.append(f"""
        SELECT step.origin_kind || ':' || step.origin_id || ' ' || step.old || ' → ' || step.new
               || CASE WHEN step.before IS NOT NULL AND step.before <> step.old
                       THEN ' after ' || step.before ELSE ' is no step of its graph' END
          FROM (SELECT c.*, lag(c.new) OVER (PARTITION BY origin_kind, origin_id, axis ORDER BY id) AS before
                  FROM core_statuschange c
                 WHERE (c.origin_kind, c.axis) IN ({_values(axes)})) step
          LEFT JOIN (VALUES {_values(graph)}) AS graph (kind, old, new)
                 ON graph.kind = step.origin_kind AND graph.old = step.old AND graph.new = step.new
         WHERE (step.before IS NOT NULL AND step.before <> step.old)
            OR (graph.kind IS NULL AND (step.old <> '' OR step.before IS NOT NULL))""")  # noqa: S608
    return " UNION ALL ".join(parts)


def _end_of_history(kind: str, model: type[models.Model], axis: str) -> str:
    table, pk = model._meta.db_table, model._meta.pk.column  # type: ignore[union-attr]
    column = model._meta.get_field(axis).column  # type: ignore[union-attr]
    return f"""
        SELECT {_text(kind)} || ':' || d."{pk}" || ' is ' || d."{column}"
               || ', its history ends in ' || last.new
          FROM (SELECT DISTINCT ON (origin_id) origin_id, new FROM core_statuschange
                 WHERE origin_kind = {_text(kind)} AND axis = {_text(axis)}
                 ORDER BY origin_id, id DESC) last
          JOIN "{table}" d ON d."{pk}" = last.origin_id
         WHERE d."{column}" <> last.new"""  # noqa: S608 - names from our own models


def tracked_rows() -> str:
    """I48: of every tracked row the last audit row tells what the row is now."""
    parts = []
    for model in apps.get_models():
        tracked = getattr(model, "pgh_tracked_model", None)
        if tracked is None:
            continue
        table, key = tracked._meta.db_table, tracked._meta.pk.column
        parts.append(f"""
            SELECT '{table} ' || t."{key}"
              FROM "{table}" t
              LEFT JOIN LATERAL (SELECT to_jsonb(e) AS told FROM "{model._meta.db_table}" e
                                  WHERE e.pgh_obj_id = t."{key}" ORDER BY e.pgh_id DESC LIMIT 1) last ON true
             WHERE last.told IS NULL
                OR EXISTS (SELECT 1 FROM jsonb_each(to_jsonb(t)) now
                            WHERE last.told ? now.key AND last.told -> now.key <> now.value)""")  # noqa: S608
    return " UNION ALL ".join(parts) or NOTHING


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _values(rows: Iterable[tuple[str, ...]]) -> str:
    return ", ".join("(" + ", ".join(map(_text, row)) + ")" for row in rows)


invariant("I40", "The history of every document is a path of its graph and ends in its state", histories)

# Longer than all attempts of one delivery can last.
_PATIENCE = sum(BACKOFF_SECONDS[: MAX_ATTEMPTS - 1]) + 1800

invariant(
    "I43",
    "No announced event waits for more than ten minutes",
    f"""
    SELECT 'event ' || d.event_id || ' for ' || d.handler || ', attempts ' || d.attempts
      FROM core_eventdelivery d JOIN core_event e ON e.id = d.event_id
     WHERE d.state = 'due'
       AND e.written_at < now() - interval '10 minutes'
       AND (d.attempts = 0 OR e.written_at < now() - interval '{_PATIENCE} seconds')
       AND NOT EXISTS (SELECT 1 FROM core_eventdelivery first
                        WHERE first.about_kind = d.about_kind AND first.about_id = d.about_id
                          AND first.handler = d.handler AND first.event_id < d.event_id
                          AND first.state <> 'done')
    """,  # noqa: S608
)

invariant(
    "I47",
    "Every approval was decided by others than the requester, with the role and within the limit",
    """
    SELECT 'approval ' || r.id || ': decided by who asked for it'
      FROM core_approvalrequest r JOIN core_approvalstep s ON s.request_id = r.id
     WHERE s.decided_by_id = r.requested_by_id
    UNION ALL
    SELECT 'approval ' || r.id || ': level ' || s.level || ' has not approved it'
      FROM core_approvalrequest r JOIN core_approvalstep s ON s.request_id = r.id
     WHERE r.state IN ('approved', 'executed') AND s.decision <> 'approved'
    UNION ALL
    SELECT 'approval ' || r.id || ': above the limit of level ' || s.level
      FROM core_approvalrequest r JOIN core_approvalstep s ON s.request_id = r.id
     WHERE s.decision = 'approved' AND s."limit" <= r.amount
    UNION ALL
    SELECT 'approval ' || s.request_id || ': level ' || s.level || ' signed without the role'
      FROM core_approvalstep s
     WHERE s.decided_by_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM core_rolegrant g
                        WHERE g.user_id = s.decided_by_id AND g.role = s.role
                          AND g.granted_at <= s.decided_at
                          AND (g.revoked_at IS NULL OR g.revoked_at > s.decided_at))
    UNION ALL
    SELECT 'approval ' || r.id || ': executed without a time'
      FROM core_approvalrequest r
     WHERE (r.state = 'executed') <> (r.executed_at IS NOT NULL)
    """,
)

invariant("I48", "Of every tracked row the audit trail tells what it is now", tracked_rows)

invariant(
    "I50",
    "No periodic job has missed a period while others went on",
    """
    WITH life AS (SELECT min(started_at) AS born, max(started_at) AS last FROM core_periodicrun),
         runs AS (SELECT r.job_id, r.period_start,
                         lag(r.period_start) OVER (PARTITION BY r.job_id ORDER BY r.period_start) AS before
                    FROM core_periodicrun r)
    SELECT j.name || ': nothing since ' || coalesce(max(r.period_start)::text, 'ever')
      FROM core_periodicjob j CROSS JOIN life LEFT JOIN core_periodicrun r ON r.job_id = j.id
     WHERE j.active
     GROUP BY j.id, life.born, life.last
    HAVING coalesce(max(r.period_start) + j.every, life.born) + 2 * j.every < life.last
    UNION ALL
    SELECT j.name || ': nothing between ' || runs.before || ' and ' || runs.period_start
      FROM runs JOIN core_periodicjob j ON j.id = runs.job_id CROSS JOIN life
     WHERE j.catches_up AND runs.period_start > runs.before + j.every
       AND runs.period_start < life.last - 2 * j.every
    """,
)
