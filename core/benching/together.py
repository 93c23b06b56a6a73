"""Several processes that do the same thing for some seconds, beginning at the same moment."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Together:
    """What they did: how often, in how many seconds, and their own CPU seconds."""

    done: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.done / self.seconds


def at_once(*, clients: int, seconds: float, begin: Callable[[int], Callable[[], Any]]) -> Together:
    """Fork `clients` processes; each calls `begin` with its number, then what that returned until time is up.

    Raises RuntimeError naming the first failure: a run in which anything went wrong is void.
    """
    connection.close()  # a forked connection is used by two
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(clients + 1), fork.Queue()
    children = [
        fork.Process(target=_work, args=(number, seconds, begin, start, answers)) for number in range(clients)
    ]
    for child in children:
        child.start()
    start.wait()
    began = time.perf_counter()
    told = [answers.get() for _child in children]
    spent = time.perf_counter() - began
    for child in children:
        child.join()
    failures = [answer for answer in told if isinstance(answer, str)]
    if failures:
        raise RuntimeError(failures[0])
    return Together(sum(done for done, _cpu in told), spent, sum(cpu for _done, cpu in told))


def _work(
    number: int, seconds: float, begin: Callable[[int], Callable[[], Any]], start: Any, answers: Any
) -> None:
    try:
        act = begin(number)
        act()  # the first one pays for imports and plans
    except BaseException as error:
        start.wait()
        answers.put(f"{type(error).__name__}: {error}")
        return
    start.wait()
    done, before = 0, resource.getrusage(resource.RUSAGE_SELF)
    end = time.perf_counter() + seconds
    try:
        while time.perf_counter() < end:
            act()
            done += 1
    except BaseException as error:
        answers.put(f"{type(error).__name__}: {error}")
        return
    after = resource.getrusage(resource.RUSAGE_SELF)
    answers.put((done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    connection.close()
