"""What tests of the whole shop share."""

from tests.runtime.conftest import folder  # noqa: F401
