"""Taking a job with a lease and bringing it to an end."""

import logging
from datetime import timedelta
from typing import Final

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from core import clock, faults, states
from core.audit import acting
from core.errors import DomainError
from core.events import wake
from core.job_kinds import find_kind
from core.jobs.pulse import Pulse
from core.jobs.run import JobCancelled, JobTaken, Run, ShiftOver
from core.models import Job, JobProgress

logger = logging.getLogger(__name__)
MAX_ATTEMPTS: Final = 5
LEASE: Final = timedelta(seconds=30)  # six heartbeats


def run_job(job_id: int) -> bool:
    """Take the job and do it, in this process. False when there is nothing to take.

    A DomainError or any other failure ends the job as failed, with its words; a shift that is over
    queues it again behind its last step.
    """
    job = _take(job_id)
    if job is None:
        return False
    faults.crash_point("jobs.after_take")
    with Pulse(job.pk) as pulse, acting(job.created_by):
        run = Run(job, pulse)
        try:
            result = find_kind(job.kind).work(run)
            with transaction.atomic():
                run.finish(result)
                _end(job.pk, Job.State.DONE)
        except JobTaken:
            logger.warning("job %s was taken over by another worker", job.pk)
        except JobCancelled:
            _end(job.pk, Job.State.CANCELLED, take=job.takes)
        except ShiftOver:
            _give_back(job, worked=True)
        except SoftTimeLimitExceeded:
            _give_back(job, worked=False)
        except Exception as error:
            logger.exception("job %s (%s) failed", job.pk, job.kind)
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            _end(job.pk, Job.State.FAILED, _words(error), take=job.takes)
    JobProgress.objects.filter(job=job).update(**pulse.values())
    return True


@transaction.atomic
def _take(job_id: int) -> Job | None:
    """Make the job ours: a waiting one, or one whose worker has had no pulse for the length of a lease."""
    job = Job.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=job_id).first()
    if job is None or job.state not in Job.ACTIVE:
        return None
    progress = JobProgress.objects.get(job=job)
    if job.state == Job.State.RUNNING:
        if progress.heartbeat and progress.heartbeat > clock.machine_now() - LEASE:
            return None
        states.move(job, Job.State.QUEUED, transitions=Job.TRANSITIONS, field="state", reason="no pulse")
    if job.attempts >= MAX_ATTEMPTS:
        _fail_for_good(job)
        return None
    states.move(job, Job.State.RUNNING, transitions=Job.TRANSITIONS, field="state")
    job.attempts += 1
    job.takes += 1
    job.started_at = job.started_at or clock.now()
    job.save(update_fields=["attempts", "takes", "started_at"])
    JobProgress.objects.filter(job=job).update(heartbeat=clock.machine_now())
    return job


def _fail_for_good(job: Job) -> None:
    states.move(job, Job.State.RUNNING, transitions=Job.TRANSITIONS, field="state")
    _end(job.pk, Job.State.FAILED, f"given up: {MAX_ATTEMPTS} workers died with this job")


@transaction.atomic
def _end(job_id: int, state: str, error: str = "", *, take: int | None = None) -> None:
    job = Job.objects.select_for_update(of=("self",)).get(pk=job_id)
    if job.state != Job.State.RUNNING or take not in (None, job.takes):
        return
    job.error, job.finished_at = error, clock.now()
    job.save(update_fields=["error", "finished_at"])
    states.move(job, state, transitions=Job.TRANSITIONS, field="state", reason=error[:500])


@transaction.atomic
def _give_back(job: Job, *, worked: bool) -> None:
    row = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if (row.takes, row.state) != (job.takes, Job.State.RUNNING):
        return
    if worked:
        row.attempts = 0  # it was not failing
        row.save(update_fields=["attempts"])
    states.move(row, Job.State.QUEUED, transitions=Job.TRANSITIONS, field="state", reason="next shift")
    wake.after_commit("core.tasks.run_job", job.pk, queue=find_kind(job.kind).queue)


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
