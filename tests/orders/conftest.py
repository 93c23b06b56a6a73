"""Orders meet the outside world of the stories."""

from tests.scenarios.conftest import couriers, provider  # noqa: F401
