"""Prove what is always true and name every breach. Exit 0 clean, 1 broken, 2 could not run."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core import invariants
from core.commands import ALL, REFUSED, FiguresCommand


class Command(FiguresCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", default="", help="numbers, separated by commas: I07,I27")
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        only = [number for number in options["only"].split(",") if number]
        checks = [c for c in invariants.known() if not only or c.number in only]
        breaches = invariants.find_breaches(only)
        for breach in breaches:
            self.stdout.write(f"{breach.number} {breach.title}: {breach.count}")
            for row in breach.rows:
                self.stdout.write(f"    {row}")
        figures = {"checks": len(checks), "breaches": [asdict(breach) for breach in breaches]}
        return figures, REFUSED if breaches else ALL

    def line(self, figures: Mapping[str, Any]) -> str:
        return f"{figures['checks']} checks, {len(figures['breaches'])} broken"
