"""Settings of the test suite: same code paths, cheaper hashing, no outside mail."""

import os

from .base import *  # noqa: F403

# Whoever empties its cache must not empty that of the process beside it.
_process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
CACHES["default"]["LOCATION"] = f"{CACHES['default']['LOCATION'].rpartition('/')[0]}/{1 + _process % 15}"  # noqa: F405
SECRET_KEY = "only-for-tests"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
FAULTS_ALLOWED = True  # core.faults: guards may be switched off, crash points may fire
WAKE_WORKERS = False  # tests drain by themselves; those about the broker switch it on
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True  # served from where they lie, nothing is collected
PAGE_CACHE_SECONDS = 0  # tests see what they have just written
LANGUAGE_CODE = "en"  # what no address, profile or header decides; the tests about the default set their own
