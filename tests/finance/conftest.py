import pytest

from tests.finance.simulators import a_shop, a_simulator


@pytest.fixture(scope="session")
def _provider_process(tmp_path_factory):
    with a_simulator(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture
def provider(_provider_process):
    """The control of a running provider simulator that does nothing wrong yet; its books are kept."""
    remote = _provider_process.remote
    yield remote
    remote.clear_faults()
    remote.release()
    remote.run_clock()


@pytest.fixture
def shop():
    """An address that hears notifications."""
    with a_shop() as heard:
        yield heard
