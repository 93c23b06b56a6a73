"""Beat's rows, written from what the apps register. Beat only calls; core.periodic decides."""

import json
from datetime import timedelta
from typing import Final

from django_celery_beat.models import IntervalSchedule, PeriodicTask

from core import clock, periodic
from core.models import PeriodicJob

SWEEP_EVERY: Final = timedelta(seconds=5)
PULSE_EVERY: Final = timedelta(seconds=30)
QUEUES: Final = ("critical", "default", "bulk")
PREFIX: Final = "shopsite: "


def write_schedule() -> int:
    """Write one beat row per periodic job, for the sweep and the pulses. Returns how many there are.

    A row that somebody has disabled stays disabled; rows of jobs that are gone are removed.
    """
    names = [
        _write("sweep", "core.tasks.sweep", [], SWEEP_EVERY, "critical"),
        *(_write(f"pulse {queue}", "core.tasks.pulse", [queue], PULSE_EVERY, queue) for queue in QUEUES),
    ]
    for job in periodic.known():
        PeriodicJob.objects.update_or_create(
            name=job.name, defaults={"every": job.every, "catches_up": job.catches_up}
        )
        names.append(_write(job.name, "core.tasks.run_periodic", [job.name], job.every, job.queue))
    PeriodicTask.objects.filter(name__startswith=PREFIX).exclude(name__in=names).delete()
    PeriodicJob.objects.exclude(name__in=[job.name for job in periodic.known()]).update(active=False)
    return len(names)


def _write(name: str, task: str, args: list[str], every: timedelta, queue: str) -> str:
    seconds = int(every.total_seconds())
    interval, _made = IntervalSchedule.objects.get_or_create(every=seconds, period=IntervalSchedule.SECONDS)
    known = {
        "task": task,
        "args": json.dumps(args),
        "interval": interval,
        "queue": queue,
        # A call that waited longer than its period is worth nothing.
        "expire_seconds": max(seconds, 10),
    }
    # Without a start beat waits for a whole period first: the work of a day would begin tomorrow.
    PeriodicTask.objects.update_or_create(
        name=PREFIX + name,
        defaults=known,
        create_defaults=known | {"start_time": clock.machine_now()},
    )
    return PREFIX + name
