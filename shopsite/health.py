"""Two addresses for machines: is this process alive, and can it serve."""

from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu import Connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from core import clock
from core.models import Heartbeat

STALE = timedelta(minutes=2)  # FAILURES C11: a worker is healthy while its heartbeat is younger


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nobody, so that a slow database does not get it killed."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 if database, broker and cache answer, else 503; says which queue's worker is silent."""
    parts = {"database": _database_answers(), "broker": _broker_answers(), "cache": _cache_answers()}
    silent = _silent_queues() if parts["database"] else []
    return JsonResponse(parts | {"silent_queues": silent}, status=200 if all(parts.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _broker_answers() -> bool:
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=0, timeout=2)
    except (OperationalError, RedisError, OSError):
        return False
    return True


def _cache_answers() -> bool:
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return False
    return True


def _silent_queues() -> list[str]:
    since = clock.machine_now() - STALE
    heard = set(Heartbeat.objects.filter(at__gte=since).values_list("queue", flat=True))
    return [queue for queue in ("critical", "default", "bulk") if queue not in heard]
