"""Starting, cancelling and repeating jobs."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock, states
from core.audit import current_actor
from core.errors import IllegalMove
from core.events import wake
from core.job_kinds import find_kind, is_known, title_of
from core.locks import lock_one
from core.models import Job, JobProgress

RUN_TASK = "core.tasks.run_job"


@transaction.atomic
def start_job(
    kind: str, *, parameters: Mapping[str, Any] | None = None, by: Any = None, key: str = ""
) -> Job:
    """Queue a job and return it; while the same work is under way, that job is returned instead.

    The same work is the same kind with the same parameters, or with the same `key` if one is given.
    Parameters are plain JSON values, ids rather than personal data.
    """
    found = find_kind(kind)
    values = dict(parameters or {})
    text = key or json.dumps(values, sort_keys=True, ensure_ascii=False)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    active = Job.objects.filter(kind=kind, fingerprint=fingerprint, state__in=Job.ACTIVE)
    if under_way := active.first():
        return under_way
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                parameters=values,
                fingerprint=fingerprint,
                created_by=by or current_actor(),
                created_at=clock.now(),
            )
    except IntegrityError:
        return active.get()
    JobProgress.objects.create(job=job)
    wake.after_commit(RUN_TASK, job.pk, queue=found.queue)
    return job


@transaction.atomic
def cancel_job(*, job_id: int) -> Job:
    """Cancel a waiting job at once; ask a running one to stop after its present step.

    What a step has done stays done. Raises IllegalMove for a job that has finished.
    """
    job = lock_one(Job, pk=job_id)
    if job.state == Job.State.RUNNING:
        JobProgress.objects.filter(job=job).update(cancel_asked=True)
        return job
    job.finished_at = clock.now()
    job.save(update_fields=["finished_at"])
    states.move(job, Job.State.CANCELLED, transitions=Job.TRANSITIONS, field="state")
    return job


@transaction.atomic
def retry_job(*, job_id: int) -> Job:
    """Queue a failed job again; it goes on behind its last step.

    Raises IllegalMove for a job that has not failed, whose work is under way elsewhere, or whose kind has no
    worker here: its work is a program of its own or came with another release.
    """
    job = lock_one(Job, pk=job_id)
    if not is_known(job.kind):
        raise IllegalMove(
            _("No worker here knows the work “%(kind)s”. Start it where it was started.")
            % {"kind": title_of(job.kind)}
        )
    twin = Job.objects.filter(kind=job.kind, fingerprint=job.fingerprint, state__in=Job.ACTIVE).exclude(
        pk=job.pk
    )
    if twin.exists():
        raise IllegalMove(_("The same work is under way in another job. Wait for it to finish."))
    job.attempts, job.error, job.finished_at = 0, "", None
    job.save(update_fields=["attempts", "error", "finished_at"])
    states.move(job, Job.State.QUEUED, transitions=Job.TRANSITIONS, field="state")
    JobProgress.objects.filter(job=job).update(cancel_asked=False, heartbeat=None)
    wake.after_commit(RUN_TASK, job.pk, queue=find_kind(job.kind).queue)
    return job
