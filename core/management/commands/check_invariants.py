"""Prove what is always true and name every breach. Exit 0 clean, 1 broken, 2 could not run."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from core import invariants


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", default="", help="numbers, separated by commas: I07,I27")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        only = [number for number in options["only"].split(",") if number]
        try:
            checks = [c for c in invariants.known() if not only or c.number in only]
            breaches = invariants.find_breaches(only)
        except DatabaseError as error:
            self.stderr.write(f"could not run: {error}")
            sys.exit(2)
        for breach in breaches:
            self.stdout.write(f"{breach.number} {breach.title}: {breach.count}")
            for row in breach.rows:
                self.stdout.write(f"    {row}")
        self.stdout.write(f"{len(checks)} checks, {len(breaches)} broken")
        if options["json"]:
            found = [asdict(breach) for breach in breaches]
            self.stdout.write(json.dumps({"checks": len(checks), "breaches": found}, ensure_ascii=False))
        if breaches:
            sys.exit(1)
