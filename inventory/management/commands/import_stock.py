"""Book opening stock: sku, warehouse, on_hand, unit_cost. Exit 0 all, 3 rows to review, 1 refused."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError

from core.tabular import RefusedFile
from inventory.services import import_stock


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--columns", default="", help="sku=TITLE,on_hand=TITLE: which column means what")
        parser.add_argument("--create", action="store_true", help="make warehouses that do not exist")
        parser.add_argument("--dry-run", action="store_true", help="report the same figures, store nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        mapping = dict(pair.split("=", 1) for pair in options["columns"].split(",") if "=" in pair)
        try:
            result = import_stock(
                source=file,
                name=file.name,
                dry_run=options["dry_run"],
                create=options["create"],
                mapping=mapping or None,
            )
        except RefusedFile as refused:
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
