import importlib.util

import pytest
import redis

from core import checks
from tests.core.workers import a_broker


def ids(found) -> list[str]:
    return [message.id for message in found]


@pytest.mark.parametrize(
    "key", ["insecure-demo-key-for-local-runs-only", "short", "django-insecure-" + "x" * 50]
)
def test_key_that_others_know_is_refused(settings, key):
    settings.SECRET_KEY = key
    assert ids(checks.secret_key_is_our_own(None)) == ["shopsite.E001"]


def test_own_key_is_accepted(settings):
    settings.SECRET_KEY = "k9" * 25
    assert checks.secret_key_is_our_own(None) == []


def test_broker_that_evicts_is_refused(settings, tmp_path):
    with a_broker(tmp_path) as broker, redis.Redis(port=broker.port) as client:
        settings.CELERY_BROKER_URL = broker.url
        assert checks.broker_never_evicts(None) == []
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert ids(checks.broker_never_evicts(None)) == ["shopsite.E003"]
        broker.stop()
        assert ids(checks.broker_never_evicts(None)) == ["shopsite.W003"]


def test_second_database_driver_is_refused(monkeypatch):
    assert checks.old_driver_only(None) == []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert ids(checks.old_driver_only(None)) == ["shopsite.E002"]


def test_switches_for_tests_are_refused_in_production(settings):
    settings.FAULTS_ALLOWED = True
    assert ids(checks.nothing_may_be_made_to_fail(None)) == ["shopsite.E004"]
    settings.FAULTS_ALLOWED = False
    assert checks.nothing_may_be_made_to_fail(None) == []
