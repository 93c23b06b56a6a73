"""PostgreSQL and Redis for a machine that has neither: binaries from Python packages, data under var/.

Each server has a keeper, a small process that owns it and stops it when nobody holds its lock any
more. Whoever uses a server holds that lock; the kernel drops it even after kill -9. No Django here.
"""

from .errors import EmbeddedError
from .holds import Hold, hold

__all__ = ["EmbeddedError", "Hold", "hold"]
