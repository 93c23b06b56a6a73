"""Write what the code knows and the database needs: roles' groups and permissions, and beat's schedule.

Safe to run after every deploy; what people have switched off stays off.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.db import transaction

from core import groups, schedule
from core.commands import ALL, FiguresCommand


class Command(FiguresCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        if options["migrate"]:
            call_command("migrate", interactive=False, verbosity=0)
        with transaction.atomic():
            figures = {"groups": groups.write_groups(), "periodic": schedule.write_schedule()}
        return figures, ALL
