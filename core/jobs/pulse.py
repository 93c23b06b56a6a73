"""Progress and heartbeat, written by a thread on its own connection: seen while a step is still open."""

import logging
import threading
from types import TracebackType
from typing import Final

from django.db import DatabaseError, connection

from core import clock
from core.models import JobProgress

logger = logging.getLogger(__name__)
BEAT_SECONDS: Final = 5.0
SHOW_SECONDS: Final = 0.5


class Pulse:
    """Keeps the job's progress row alive from `with` to the end of the block."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self._values: dict[str, int] = {}
        self._cancel = False
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"job-{job_id}-pulse", daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._changed.set()
        self._thread.join(timeout=10)

    def tell(self, **values: int) -> None:
        """Remember what to show; the thread writes it within half a second."""
        with self._lock:
            self._values |= values
        self._changed.set()

    def cancel_asked(self) -> bool:
        """Whether somebody wants the job to stop, as of the last beat."""
        return self._cancel

    def values(self) -> dict[str, int]:
        """The latest figures, also those that nobody has been shown yet."""
        with self._lock:
            return dict(self._values)

    def _beat(self) -> None:
        try:
            while not self._stop.is_set():
                self._changed.clear()
                self._write()
                self._stop.wait(SHOW_SECONDS)
                self._changed.wait(BEAT_SECONDS - SHOW_SECONDS)
            self._write()
        finally:
            connection.close()

    def _write(self) -> None:
        try:
            rows = JobProgress.objects.filter(job_id=self.job_id)
            rows.update(heartbeat=clock.machine_now(), **self.values())
            self._cancel = rows.filter(cancel_asked=True).exists()
        except DatabaseError as error:
            logger.warning("job %s: progress could not be written: %s", self.job_id, error)
            connection.close()
