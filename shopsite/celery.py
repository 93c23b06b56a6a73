"""The Celery application; its settings live in shopsite.settings.tasks."""

import os
from typing import Any

from celery import Celery

from shopsite.entry import find_servers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopsite.settings")

app = Celery("shopsite")


@app.on_configure.connect
def _find_servers(**_: Any) -> None:
    """Runs when the settings are about to be read, so `celery -A shopsite` finds the servers too."""
    find_servers()


app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
