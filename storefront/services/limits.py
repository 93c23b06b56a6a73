"""How often something may be tried, counted in the cache by what is tried and by who tries."""

import hashlib

from django.core.cache import cache
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from core.errors import DomainError


class TriedTooOften(DomainError):
    """Too many tries; a later one may pass."""

    code = "tried_too_often"


def spend_try(*, what: str, key: str, most: int, seconds: int) -> None:
    """Count one try. Raises TriedTooOften from the one after `most` within `seconds` on."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]  # no personal data in cache keys (S43)
    name = f"tries:{what}:{digest}"
    try:
        tries = _count(name, seconds)
    except RedisError as error:  # nobody can count: nothing is opened (S12)
        raise TriedTooOften(_("This cannot be checked at the moment. Try again in a minute.")) from error
    if tries > most:
        raise TriedTooOften(_("Too many tries. Wait a while and try again."))


def _count(name: str, seconds: int) -> int:
    cache.add(name, 0, seconds)
    try:
        return int(cache.incr(name))
    except ValueError:  # it ran out between the two calls
        cache.set(name, 1, seconds)
        return 1
