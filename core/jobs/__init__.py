"""Work that takes long: imports, exports, waves, labels, matching (ARCHITECTURE §5).

The row is the job. `start_job` writes it, a worker takes it with a lease, and each step commits its
effect together with the job's cursor: a worker may be killed at any moment, another goes on behind the
last step, and nothing is done twice (F83).
"""

from core.job_kinds import job

from .execution import run_job
from .requests import cancel_job, retry_job, start_job
from .run import JobCancelled, Run
from .supervision import find_stuck, wake_waiting

__all__ = [
    "JobCancelled",
    "Run",
    "cancel_job",
    "find_stuck",
    "job",
    "retry_job",
    "run_job",
    "start_job",
    "wake_waiting",
]
