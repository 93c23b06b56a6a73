"""What a worker process of the tests loads: the shop's own Celery application and the tests' handlers."""

import django

django.setup()

from shopsite.celery import app  # noqa: E402, F401
from tests.core import eventful, jobbing  # noqa: E402, F401
