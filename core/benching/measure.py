"""One bench: rounds of limit, ours and peer in turn, a ratio for each round, and the middle one told."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from django.db import connection
from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True, slots=True)
class Scale:
    """How much: rows of data, rounds, seconds of each timed part where time is what is given, processes."""

    rows: int
    rounds: int = 3
    seconds: float = 4.0
    clients: int = 4
    seed: int = 1


class Bench:
    """What an app offers to be measured. All three parts return items per second, or None without one.

    `limit` is the smallest honest program for the same work, `peer` the usual way to write it. Each part
    leaves the data as it found them and raises when the answer is not the right one: only right answers
    count.
    """

    name: str
    unit: str
    rows: int  # of data, when nobody says how many

    def prepare(self, scale: Scale) -> None:
        """Make the data; not timed."""
        raise NotImplementedError

    def limit(self) -> float:
        raise NotImplementedError

    def ours(self) -> float:
        raise NotImplementedError

    def peer(self) -> float | None:
        return None

    def facts(self) -> dict[str, Any]:
        """What else was seen, for the reader of the figures."""
        return {}

    def clean(self) -> None:
        """Take away what lies outside the database."""


@dataclass(frozen=True, slots=True)
class Result:
    """Medians over the rounds; `ratio_limit` and `ratio_peer` are formed per round, 1.00 is as fast.

    `spread` is the lowest and highest ratio to the limit, `load` the machine's at the beginning.
    """

    name: str
    unit: str
    figure: float
    limit: float
    ratio_limit: float
    peer: float | None
    ratio_peer: float | None
    spread: tuple[float, float]
    rounds: int
    rows: int
    load: float
    durable: bool
    facts: dict[str, Any] = field(default_factory=dict)

    def as_plain(self) -> dict[str, Any]:
        return asdict(self)


_benches: dict[str, Callable[[], Bench]] = {}


def offered(bench: type[Bench]) -> type[Bench]:
    """Offer a bench under its name."""
    _benches[bench.name] = bench
    return bench


def all_benches() -> list[str]:
    """The names of all benches of all apps."""
    autodiscover_modules("benches")
    return sorted(_benches)


def bench_named(name: str) -> Bench:
    """Raises LookupError naming those that exist."""
    if name not in all_benches():
        raise LookupError(f"There is no bench “{name}”; there are: {', '.join(all_benches())}.")
    return _benches[name]()


def measure(bench: Bench, scale: Scale, *, tell: Callable[[str], Any] = lambda _line: None) -> Result:
    """Prepare and run a bench in the present database, which must be one of its own."""
    load = os.getloadavg()[0]
    bench.prepare(scale)
    limits, ours, peers = [], [], []
    try:
        for number in range(1, scale.rounds + 1):
            limits.append(bench.limit())
            ours.append(bench.ours())
            peers.append(bench.peer())
            ratio = ours[-1] / limits[-1]
            tell(f"round {number}: limit {limits[-1]:.0f}, ours {ours[-1]:.0f}, ratio {ratio:.2f}")
    finally:
        bench.clean()
    ratios = [ours_ / limit for ours_, limit in zip(ours, limits, strict=True)]
    to_peers = [ours_ / peer for ours_, peer in zip(ours, peers, strict=True) if peer]
    measured = [peer for peer in peers if peer]
    return Result(
        name=bench.name,
        unit=bench.unit,
        figure=round(median(ours), 1),
        limit=round(median(limits), 1),
        ratio_limit=round(median(ratios), 3),
        peer=round(median(measured), 1) if measured else None,
        ratio_peer=round(median(to_peers), 2) if to_peers else None,
        spread=(round(min(ratios), 3), round(max(ratios), 3)),
        rounds=scale.rounds,
        rows=scale.rows,
        load=round(load, 2),
        durable=_is_durable(),
        facts=bench.facts(),
    )


def _is_durable() -> bool:
    """Figures of a server that does not wait for its disk are compared with nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        return bool(cursor.fetchone() == ("on", "on"))
