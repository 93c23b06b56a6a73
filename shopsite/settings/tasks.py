"""Celery wakes workers; the truth is a row in the database (FAILURES section 4)."""

import environ
from kombu import Queue

_env = environ.Env()

CELERY_BROKER_URL = _env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # C02, C06: longer than any task may run
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
}
CELERY_TASK_ACKS_LATE = True  # C01: both together, or a killed child loses its task
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True  # C12
CELERY_TASK_TIME_LIMIT = 540
CELERY_TASK_SOFT_TIME_LIMIT = 480
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 60
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [Queue(name) for name in ("critical", "default", "bulk")]  # C05
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_RETRY_ON_WORKER_LOST = True  # C03
CELERY_TASK_PUBLISH_RETRY = False  # C09
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # kB, C16
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = _env("TIME_ZONE", default="Asia/Shanghai")
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

# Announced events and started jobs nudge a worker after commit; without it the sweep finds them.
WAKE_WORKERS = _env.bool("WAKE_WORKERS", default=True)
