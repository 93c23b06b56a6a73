"""Place orders from elsewhere, as they were: one row per line, one order per number.

Columns: order, placed_at, sku, title, quantity, unit_price, customer, phone, address, paid. Exit 0 all
accepted, 3 stored with rows to review (credits, lines left out, damaged rows), 1 refused, 2 could not run.
"""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from core.commands import ALL, TO_REVIEW, FiguresCommand
from core.tabular import titles_of
from orders.services import Defaults, import_orders
from orders.services.importing import as_plain


class Command(FiguresCommand):
    help = __doc__
    hindrances = (*FiguresCommand.hindrances, ValueError)  # --defaults is no JSON

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
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        file: Path = options["file"]
        given = json.loads(options["defaults"].read_text()) if options["defaults"] else {}
        result = import_orders(
            channel=options["channel"],
            source=file,
            name=file.name,
            defaults=Defaults.from_json(given),
            mapping=titles_of(options["columns"]) or None,
            create_skus=options["create_skus"],
            create=options["create"],
            dry_run=options["dry_run"],
            days=(options["first"], options["last"]),
        )
        for each in (*result.problems, *result.listed):
            place = f"{each['file']} row {each['row']}, {each['column']} “{each['value']}”"
            self.stdout.write(f"{place}: {each['reason']}")
        return as_plain(result), TO_REVIEW if result.needs_review else ALL

    def line(self, figures: Mapping[str, Any]) -> str:
        return (
            "{rows} rows: {placed} orders placed, {known} known, {review} to review,"
            " together {total} {currency}\n"
            "{credits} credits of {credit_total}, {left_out} lines left out, {skus_made} SKUs made"
        ).format(left_out=len(figures["listed"]), **figures)
