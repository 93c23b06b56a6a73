"""/healthz says that the process lives, /readyz whether it can serve and who is silent."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from core import clock
from core.models import Heartbeat
from shopsite import health

pytestmark = pytest.mark.django_db


def test_alive_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_ready_names_the_queues_whose_worker_is_silent(client):
    now = clock.machine_now()
    Heartbeat.objects.create(queue="critical", at=now)
    Heartbeat.objects.create(queue="bulk", at=now - timedelta(minutes=3))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "database": True,
        "broker": True,
        "cache": True,
        "silent_queues": ["default", "bulk"],
    }


def test_not_ready_without_broker_or_cache(client, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json()["broker"], answer.json()["cache"], answer.json()["database"]) == (
        False,
        False,
        True,
    )


def test_not_ready_without_database(client, monkeypatch):
    def refuse():
        raise DatabaseError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(health.connection, "cursor", refuse)
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": False, "broker": True, "cache": True, "silent_queues": []}
