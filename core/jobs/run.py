"""What the work of a job sees: its parameters, its steps, its progress."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final, TypeVar

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from core import faults
from core.errors import DomainError
from core.jobs.pulse import Pulse
from core.models import Job, JobError
from core.reasons import stored

R = TypeVar("R")
SHIFT_SECONDS: Final = 400.0  # below the soft time limit of a task (C06): then the job is queued again


class JobCancelled(Exception):
    """Somebody has asked the job to stop."""


class JobTaken(Exception):
    """Another worker has the job: this one was taken for dead and must not write any more."""


class ShiftOver(Exception):
    """The task has run for as long as one may; the job goes on in the next."""


class Run:
    """One attempt at a job."""

    def __init__(self, job: Job, pulse: Pulse) -> None:
        self.job_id, self.kind, self.parameters = job.pk, job.kind, job.parameters
        self.take, self.cursor = job.takes, job.cursor
        self.created_by = job.created_by
        self._pulse = pulse
        self._ends_at = time.monotonic() + SHIFT_SECONDS
        self._files: dict[str, bytes] = {}
        pulse.tell(done=self.cursor)

    def expect(self, total: int) -> None:
        """Say how many rows there are."""
        self._pulse.tell(total=total)

    def show(self, done: int) -> None:
        """Show how far the work is, at once and outside any transaction."""
        self._pulse.tell(done=done)

    def between(self, done: int, total: int) -> None:
        """Show how far work is whose rows are their own mark; outside any transaction, between two pieces.

        Raises JobCancelled, ShiftOver or JobTaken when nothing more must be done by this run.
        """
        self._pulse.tell(done=done, total=total)
        self._go_on()
        with transaction.atomic():
            self._hold()

    @contextmanager
    def step(self, cursor: int) -> Iterator[None]:
        """One piece of work with its mark, in one transaction: afterwards `cursor` rows are done for good.

        Raises JobCancelled or ShiftOver before the work begins, and JobTaken when another worker has
        the job by now.
        """
        self._go_on()
        with transaction.atomic() if faults.guarded("F83") else nullcontext():
            if faults.guarded("F83"):
                self._hold()
            yield
            faults.crash_point("jobs.before_mark")
            Job.objects.filter(pk=self.job_id).update(cursor=cursor)
        self.cursor = cursor
        faults.crash_point("jobs.after_step")
        self._pulse.tell(done=cursor)

    def each(
        self, rows: Iterable[R], work: Callable[[R], Any], *, together: int = 1, first_row: int = 1
    ) -> None:
        """Do the work for each row behind the cursor; a DomainError is the row's error, not the job's.

        `together` rows share a step. `first_row` is how people count the first of the rows (2 below a
        heading).
        """
        batch: list[tuple[int, R]] = []
        for number, row in enumerate(rows):
            if number < self.cursor:
                continue
            batch.append((number, row))
            if len(batch) >= together:
                self._do(batch, work, first_row)
                batch = []
        if batch:
            self._do(batch, work, first_row)

    def fail_row(self, row: int, message: str, *, column: str = "") -> None:
        """Note that a row could not be done, and why."""
        JobError.objects.update_or_create(
            job_id=self.job_id,
            row=row,
            column=column,
            defaults={"message": message[:1000], "why": stored(message)},
        )

    def keep_file(self, name: str, content: bytes) -> None:
        """A file for the person who started the job, kept when the job is done."""
        self._files[name] = content

    def finish(self, result: Any) -> None:
        """Mark the job done with its result; called by the runner, in the job's last transaction.

        The first of its files is the job's result file; where there are several, a result that is a dict
        names all of them under `files`.
        """
        job = self._hold()
        paths = {
            name: storages["private"].save(f"jobs/{job.public_id}/{name}", ContentFile(content))
            for name, content in self._files.items()
        }
        job.result = result | {"files": paths} if len(paths) > 1 and isinstance(result, dict) else result
        job.result_file = next(iter(paths.values()), "")
        job.save(update_fields=["result", "result_file"])

    def _do(self, batch: list[tuple[int, R]], work: Callable[[R], Any], first_row: int) -> None:
        with self.step(batch[-1][0] + 1):
            for number, row in batch:
                try:
                    with transaction.atomic():
                        work(row)
                except DomainError as error:
                    column = str(error.context.get("column", ""))
                    self.fail_row(number + first_row, error.told, column=column)

    def _go_on(self) -> None:
        if self._pulse.cancel_asked():
            raise JobCancelled
        if time.monotonic() > self._ends_at:
            raise ShiftOver

    def _hold(self) -> Job:
        """Lock the job's row and make sure that it is still ours."""
        job = Job.objects.select_for_update(of=("self",)).get(pk=self.job_id)
        if (job.takes, job.state) != (self.take, Job.State.RUNNING):
            raise JobTaken
        return job
