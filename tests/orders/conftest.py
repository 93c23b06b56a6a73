"""Orders meet the outside world of the stories."""

from tests.scenarios.conftest import _provider_process, couriers, provider  # noqa: F401
