"""Real Celery workers in processes of their own, on the test database and a Redis key space of the test."""

import os
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).parents[2]


def database_url() -> str:
    """The database of this test run, as other processes reach it."""
    values = connection.settings_dict
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    return f"postgres://{values['USER']}{password}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def process_environment(**extra: str) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "shopsite.settings.test",
        "DATABASE_URL": database_url(),
        "PYTHONPATH": str(ROOT),
        **extra,
    }
