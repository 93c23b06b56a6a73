"""Django's `migrate`, quick on an empty database."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from core.new_database import is_empty, lay_tables


class Command(DjangoMigrate):
    help = DjangoMigrate.help + " An empty database gets all tables in one go."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--step-by-step", action="store_true", help="Apply every migration, also to an empty database."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        step_by_step = options.pop("step_by_step", False)
        whole = not (options["app_label"] or options["plan"] or options["check_unapplied"] or options["fake"])
        connection = connections[options["database"]]
        if whole and not step_by_step and is_empty(connection):
            laid = lay_tables(connection)
            if options["verbosity"] > 0:
                self.stdout.write(f"  An empty database: all tables made, {laid} migrations recorded.")
        super().handle(*args, **options)
