"""Who handles what: filled by `handlers.py` of each app when Django starts."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

E = TypeVar("E")
Handler = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Registration:
    name: str
    event: type
    call: Handler


_by_event: dict[str, dict[str, Registration]] = {}


def handles(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a function as handler of an event type. Its dotted name is its identity."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        name = f"{function.__module__}.{function.__qualname__}"
        _by_event.setdefault(event.__name__, {})[name] = Registration(name, event, function)
        return function

    return register


def forget(handler: Callable[..., None]) -> None:
    """Take a handler out again; tests register handlers of their own."""
    name = f"{handler.__module__}.{handler.__qualname__}"
    for handlers in _by_event.values():
        handlers.pop(name, None)


def handlers_of(event: str) -> list[Registration]:
    """The handlers of an event, by its name."""
    return list(_by_event.get(event, {}).values())


def find_handler(event: str, name: str) -> Registration:
    """One handler. Raises KeyError when this process does not know it."""
    return _by_event[event][name]


def known_names(*, apps: Collection[str] = ()) -> list[str]:
    """All handlers of this process. Rows for others wait for a process that knows them (C19).

    With `apps` only the handlers of what these announce.
    """
    return sorted(
        name
        for handlers in _by_event.values()
        for name, handler in handlers.items()
        if not apps or handler.event.__module__.partition(".")[0] in apps
    )
