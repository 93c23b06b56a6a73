"""What the workers do with couriers."""

from . import due, files, jobs

__all__ = ["due", "files", "jobs"]
