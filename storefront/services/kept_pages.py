"""Whole public pages, kept for a moment for visitors who are nobody yet (R15, F76).

A kept page carries the version that was valid when it was made. Writing a text or a picture sets a new
version, so every process drops what it kept; prices and stock labels follow within PAGE_CACHE_SECONDS.
"""

from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

_VERSION: Final = "shop:pages:version"


def find_page(address: str) -> tuple[str, Any]:
    """The version that is valid now, and the page kept for an address, or None. One call to the cache."""
    key = _key(address)
    try:
        found = cache.get_many([_VERSION, key])
    except RedisError:  # a dead cache makes pages dearer, not unreachable (S12)
        return "", None
    version = found.get(_VERSION, "")
    kept = found.get(key)
    return version, kept[1] if kept and kept[0] == version else None


def keep_page(address: str, version: str, page: Any) -> None:
    """Keep a page that was made while `version` was valid."""
    with suppress(RedisError):
        cache.set(_key(address), (version, page), settings.PAGE_CACHE_SECONDS)


def forget_pages() -> None:
    """What pages show has changed: after this transaction no kept page is handed out any more."""
    if settings.PAGE_CACHE_SECONDS:
        transaction.on_commit(lambda: cache.set(_VERSION, uuid4().hex, None), robust=True)


def _key(address: str) -> str:
    return f"shop:page:{address}"
