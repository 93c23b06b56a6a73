import pytest
from django.db import connections

from finance.services import handle_notification
from tests.finance.simulators import a_shop, a_simulator, write_keys

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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


@pytest.fixture
def our_provider(provider, shop, settings):
    """The simulator as our own Alipay: its notices come to our handler over HTTP, in threads of their own."""

    def hear(body: bytes) -> bytes:
        try:
            return handle_notification(provider="alipay", method="POST", headers=FORM, body=body)
        finally:
            connections.close_all()

    shop.answer = hear
    settings.ALIPAY = settings.ALIPAY | {"keys_dir": str(provider.keys)}
    settings.SITE_URL = shop.url.removesuffix("/notify")
    return provider


@pytest.fixture
def keys(settings, tmp_path):
    """Keys of an Alipay account that nobody is asked about: for tests that only need to know our own name."""
    settings.ALIPAY = settings.ALIPAY | {"keys_dir": str(tmp_path)}
    write_keys(tmp_path)
