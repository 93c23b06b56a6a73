"""Which kinds of job exist: registered in `tasks.py` of each app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Work = Callable[..., Any]  # takes the Run; models ask here what a kind is called, so we know neither


@dataclass(frozen=True, slots=True)
class JobKind:
    name: str
    queue: str
    work: Work
    right: str = ""  # who else than the starter may see such jobs and their results; empty: any staff


_kinds: dict[str, JobKind] = {}
_titles: dict[str, Any] = {}


def job(name: str, *, title: Any = "", queue: str = "bulk", right: str = "") -> Callable[[Work], Work]:
    """Register a function as the work of a kind of job. It gets a `Run`; what it returns is the result.

    The function may be called again after a crash: whatever it changes it changes in steps of the run.
    """

    def register(work: Work) -> Work:
        _kinds[name] = JobKind(name, queue, work, right)
        _titles[name] = title or name
        return work

    return register


def name_kind(name: str, *, title: Any) -> None:
    """What people call a kind whose work is a program of its own: it has jobs, but no worker takes them."""
    _titles[name] = title


def find_kind(name: str) -> JobKind:
    """The kind with this name. Raises KeyError when this process does not know it."""
    return _kinds[name]


def is_known(name: str) -> bool:
    """Whether this process can do the work of this kind."""
    return name in _kinds


def kind_names() -> list[str]:
    """All kinds of this process."""
    return sorted(_kinds)


def rights_of_kinds() -> dict[str, str]:
    """The right that opens the jobs of a kind to colleagues, for the kinds that ask for one."""
    return {name: kind.right for name, kind in _kinds.items() if kind.right}


def title_of(name: str) -> str:
    """What people call this kind."""
    return str(_titles.get(name, name))
