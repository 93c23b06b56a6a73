"""Kinds of job for the tests. Each row done is an append-only row, so that losses and doubles can be seen."""

import os
import signal

from core import clock
from core.errors import InvalidInput
from core.jobs import Run, job
from core.models import StatusChange


@job("tests.count", title="Count", queue="default")
def count(run: Run) -> dict[str, int]:
    total = run.parameters["rows"]
    run.expect(total)
    run.each(range(total), lambda number: _do(run, number), together=run.parameters.get("together", 1))
    run.keep_file("counted.csv", b"number\n")
    return {"rows": total}


def _do(run: Run, number: int) -> None:
    if number in run.parameters.get("bad", []):
        raise InvalidInput("This row is bad. Correct it.", column="number")
    if number == run.parameters.get("broken"):
        raise ZeroDivisionError("row")
    if number == run.parameters.get("kills") and run.take <= run.parameters.get("times", 1):
        os.kill(os.getpid(), signal.SIGKILL)
    StatusChange.objects.create(origin_kind="effect", origin_id=number, new="done", at=clock.now())
