"""Book opening stock: sku, warehouse, on_hand, unit_cost. Exit 0 all, 3 rows to review, 1 refused."""

import json
import sys
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError

from core import clock
from core.errors import DomainError
from inventory.services import import_stock


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--columns", default="", help="sku=TITLE,on_hand=TITLE: which column means what")
        parser.add_argument("--create", action="store_true", help="make warehouses that do not exist")
        parser.add_argument("--create-skus", action="store_true", help="make SKUs that do not exist")
        parser.add_argument("--currency", default="", help="new warehouses belong to who keeps books in it")
        parser.add_argument("--entity", default="", metavar="CODE", help="whom new warehouses belong to")
        parser.add_argument("--on", type=date.fromisoformat, metavar="DAY", help="when it was so, else today")
        parser.add_argument("--dry-run", action="store_true", help="report the same figures, store nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        mapping = dict(pair.split("=", 1) for pair in options["columns"].split(",") if "=" in pair)
        try:
            with _at(options["on"]):
                result = import_stock(
                    source=file,
                    name=file.name,
                    dry_run=options["dry_run"],
                    create=options["create"],
                    make_skus=options["create_skus"],
                    currency=options["currency"],
                    entity=options["entity"],
                    mapping=mapping or None,
                )
        except DomainError as refused:
            self.stderr.write(str(refused))
            self._finish(options, {"refused": str(refused)}, 1)
        except (OSError, DatabaseError) as error:
            self.stderr.write(f"could not run: {error}")
            self._finish(options, {"error": str(error)}, 2)
        for each in result.problems:
            self.stdout.write(f"{each['file']} row {each['row']} {each['column']}: {each['reason']}")
        self.stdout.write(f"{result.accepted} of {result.rows} rows, {result.units} units, {result.value}")
        self._finish(options, asdict(result), 3 if result.problems else 0)

    def _finish(self, options: dict[str, Any], figures: dict[str, Any], code: int) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(figures, cls=DjangoJSONEncoder, ensure_ascii=False))
        if code:
            sys.exit(code)


def _at(day: date | None) -> AbstractContextManager[Any]:
    """The beginning of a day as the time at which all this happens."""
    return clock.virtual(clock.day_bounds(day)[0]) if day else nullcontext()
