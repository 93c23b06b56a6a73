"""System checks: what an installation must not run with. `manage.py check --deploy` asks them all."""

import importlib.util
from typing import Any

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

DEMO_KEYS = ("insecure-", "only-for-tests", "django-insecure-")


@register(Tags.security, deploy=True)
def secret_key_is_our_own(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A key that stands in public code signs everybody's sessions."""
    key = settings.SECRET_KEY
    if key.startswith(DEMO_KEYS) or len(key) < 40:
        return [
            Error(
                "SECRET_KEY is the demo's or too short.",
                hint="Set SECRET_KEY to 50 random characters in the environment.",
                id="shopsite.E001",
            )
        ]
    return []


@register(Tags.compatibility)
def old_driver_only(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Django silently prefers psycopg 3 where it is installed; locks and errors are tested with 2 (F100)."""
    if importlib.util.find_spec("psycopg") is None:
        return []
    return [
        Error(
            "psycopg 3 is installed beside psycopg2.",
            hint="pip uninstall psycopg psycopg-binary: Django would use it instead of the tested driver.",
            id="shopsite.E002",
        )
    ]


@register("broker", deploy=True)
def broker_never_evicts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A broker that drops keys under pressure drops queued work (F91, C10)."""
    url = str(settings.CELERY_BROKER_URL)
    if not url.startswith(("redis://", "rediss://", "unix://")):
        return []
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
    except redis.exceptions.RedisError as error:
        return [Warning(f"The broker could not be asked for its memory policy: {error}", id="shopsite.W003")]
    if policy != "noeviction":
        return [
            Error(
                f"The broker's maxmemory-policy is {policy}.",
                hint="Use a Redis of its own for the broker, with maxmemory-policy noeviction.",
                id="shopsite.E003",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def nothing_may_be_made_to_fail(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Guards can be switched off only where tests run."""
    if getattr(settings, "FAULTS_ALLOWED", False):
        return [Error("FAULTS_ALLOWED is on: guards could be switched off.", id="shopsite.E004")]
    return []
