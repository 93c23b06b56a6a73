"""What workers and beat run for finance."""

from . import due, files, jobs

__all__ = ["due", "files", "jobs"]
