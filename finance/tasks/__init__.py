"""What workers and beat run for finance."""

from . import due, files

__all__ = ["due", "files"]
