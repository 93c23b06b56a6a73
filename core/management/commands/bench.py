"""Measure a part of the shop beside the bare SQL for the same work, on data of its own.

Prints the figure, the limit, a peer and the ratios. The database is made for the run and dropped after it.
Exit 0 measured, 2 could not run.
"""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from core.benching import Result, Scale, all_benches, bench_named, measure, own_database
from core.commands import ALL, FiguresCommand


class Command(FiguresCommand):
    help = __doc__
    requires_system_checks = []
    hindrances = (*FiguresCommand.hindrances, LookupError, RuntimeError)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="*", metavar="NAME", help="; ".join(all_benches()) + "; else all")
        parser.add_argument("--rows", type=int, default=0, help="rows of data, else what suits the bench")
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--seconds", type=float, default=4.0, help="of a part that runs by time")
        parser.add_argument("--clients", type=int, default=4, help="processes at once")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--template", default="", metavar="DATABASE", help="copy this migrated database, do not migrate"
        )
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        benches = [bench_named(name) for name in options["name"] or all_benches()]
        results = []
        with own_database(template=options["template"]):
            for bench in benches:
                self.stdout.write(f"{bench.name}: preparing")
                scale = Scale(
                    rows=options["rows"] or bench.rows,
                    rounds=options["rounds"],
                    seconds=options["seconds"],
                    clients=options["clients"],
                    seed=options["seed"],
                )
                results.append(measure(bench, scale, tell=self.stdout.write))
        return {"benches": [result.as_plain() for result in results]}, ALL

    def line(self, figures: Mapping[str, Any]) -> str:
        return "\n".join(_told(Result(**found)) for found in figures["benches"])


def _told(found: Result) -> str:
    lines = [
        f"{found.name}: {found.figure} {found.unit}",
        f"  limit {found.limit}, ratio {found.ratio_limit:.2f}"
        f" ({found.spread[0]:.2f} to {found.spread[1]:.2f} in {found.rounds} rounds)",
    ]
    if found.peer:
        lines.append(f"  peer {found.peer}, ratio {found.ratio_peer:.2f}")
    lines += [f"  {name}: {value}" for name, value in found.facts.items()]
    lines.append(
        f"  {found.rows} rows, load {found.load}, " + ("durable" if found.durable else "NOT durable")
    )
    return "\n".join(lines)
