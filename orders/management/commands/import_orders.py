"""Place orders from elsewhere, as they were: one row per line, one order per number.

Columns: order, placed_at, sku, title, quantity, unit_price, customer, phone, address, paid. Exit 0 all
accepted, 3 stored with rows to review (credits, lines left out, damaged rows), 1 refused, 2 could not run.
"""

import json
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError

from core.errors import DomainError
from orders.services import Defaults, ForeignImport, import_orders
from orders.services.importing import as_plain


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channel", help="code of the channel that sold")
        parser.add_argument("file", type=Path)
        parser.add_argument("--columns", default="", help="order=TITLE,sku=TITLE: which column means what")
        parser.add_argument("--defaults", type=Path, metavar="FILE", help="JSON: what the file does not say")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DAY")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DAY", help="included")
        parser.add_argument("--create-skus", action="store_true", help="make SKUs that do not exist")
        parser.add_argument(
            "--create", action="store_true", help="make channel, country, entity, account that do not exist"
        )
        parser.add_argument("--dry-run", action="store_true", help="report the same figures, store nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            given = json.loads(options["defaults"].read_text()) if options["defaults"] else {}
            result = import_orders(
                channel=options["channel"],
                source=file,
                name=file.name,
                defaults=Defaults.from_json(given),
                mapping=dict(p.split("=", 1) for p in options["columns"].split(",") if "=" in p) or None,
                create_skus=options["create_skus"],
                create=options["create"],
                dry_run=options["dry_run"],
                days=(options["first"], options["last"]),
            )
        except DomainError as refused:
            self._end(options, {"refused": str(refused)}, 1, str(refused))
        except (OSError, ValueError, DatabaseError) as error:
            self._end(options, {"error": str(error)}, 2, f"could not run: {error}")
        self._tell(result)
        self._end(options, as_plain(result), 3 if result.needs_review else 0)

    def _tell(self, result: ForeignImport) -> None:
        for each in (*result.problems, *result.listed):
            place = f"{each['file']} row {each['row']}, {each['column']} “{each['value']}”"
            self.stdout.write(f"{place}: {each['reason']}")
        self.stdout.write(
            f"{result.rows} rows: {result.placed} orders placed, {result.known} known,"
            f" {result.review} to review, together {result.total} {result.currency}"
        )
        self.stdout.write(
            f"{result.credits} credits of {result.credit_total}, {len(result.listed)} lines left out,"
            f" {result.skus_made} SKUs made"
        )

    def _end(self, options: dict[str, Any], figures: dict[str, Any], code: int, error: str = "") -> None:
        if error:
            self.stderr.write(error)
        if options["json"]:
            self.stdout.write(json.dumps(figures, cls=DjangoJSONEncoder, ensure_ascii=False))
        if code:
            sys.exit(code)
