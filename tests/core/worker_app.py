"""What a worker process of the tests loads: the shop's own Celery application and the tests' handlers."""

import os

import django

django.setup()

from shopsite.celery import app  # noqa: E402
from tests.core import eventful, jobbing  # noqa: E402, F401

if broker := os.environ.get("TEST_VISIBILITY"):
    app.conf.broker_transport_options = app.conf.broker_transport_options | {
        "visibility_timeout": float(broker)
    }
