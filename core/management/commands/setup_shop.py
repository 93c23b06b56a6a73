"""Write what the code knows and the database needs: roles' groups and permissions, and beat's schedule.

Safe to run after every deploy; what people have switched off stays off.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from core import groups, schedule


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["migrate"]:
            call_command("migrate", interactive=False, verbosity=0)
        with transaction.atomic():
            figures = {"groups": groups.write_groups(), "periodic": schedule.write_schedule()}
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in figures.items()))
        if options["json"]:
            self.stdout.write(json.dumps(figures))
