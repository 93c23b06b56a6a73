"""Finding jobs that nobody works on."""

from datetime import timedelta
from typing import Final

from django.db.models import Q, QuerySet

from core import clock
from core.events import wake
from core.job_kinds import find_kind, kind_names
from core.jobs.execution import LEASE
from core.models import Job

STUCK_AFTER: Final = timedelta(minutes=2)


def find_stuck(after: timedelta = STUCK_AFTER) -> QuerySet[Job]:
    """Running jobs whose worker has shown no pulse for so long."""
    silent = Q(progress__heartbeat=None) | Q(progress__heartbeat__lt=clock.machine_now() - after)
    return Job.objects.filter(silent, state=Job.State.RUNNING)


def wake_waiting(limit: int = 50) -> int:
    """Nudge workers for jobs that wait or have lost their worker; the nudge may be lost or doubled."""
    waiting = Job.objects.filter(Q(state=Job.State.QUEUED) | Q(pk__in=find_stuck(LEASE).values("pk")))
    sent = 0
    for job in waiting.filter(kind__in=kind_names()).order_by("id")[:limit]:
        sent += wake.send("core.tasks.run_job", job.pk, queue=find_kind(job.kind).queue)
    return sent
