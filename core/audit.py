"""Who is acting, and the triggers that keep facts as they were written.

`append_only()` gives the triggers of a table whose rows are facts: no UPDATE, no DELETE (F101).
TRUNCATE passes row triggers, so it has a trigger of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import pghistory
import pgtrigger
from django.http import HttpRequest, HttpResponse

_actor: ContextVar[Any | None] = ContextVar("actor", default=None)


def current_actor() -> Any | None:
    """The signed-in person behind the present call, or None for the system and for shoppers."""
    return _actor.get()


@contextmanager
def acting(user: Any | None) -> Iterator[None]:
    """Run the block in the name of a user, whose id stands in the audit rows that triggers write."""
    token = _actor.set(user)
    try:
        with pghistory.context(actor=user.pk) if user is not None else nullcontext():
            yield
    finally:
        _actor.reset(token)


class ActorMiddleware:
    """Makes the signed-in member of staff the actor of what the request does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        user = request.user if request.user.is_authenticated else None
        with acting(user):
            return self.get_response(request)


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers for the Meta of a model whose rows are never changed or removed."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'shopsite: % is append-only, TRUNCATE is refused', TG_TABLE_NAME;",
        ),
    ]
