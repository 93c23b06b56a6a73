"""Book opening stock: sku, warehouse, on_hand, unit_cost. Exit 0 all, 3 rows to review, 1 refused."""

from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from core import clock
from core.commands import ALL, TO_REVIEW, FiguresCommand
from core.tabular import titles_of
from inventory.services import import_stock


class Command(FiguresCommand):
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
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        file: Path = options["file"]
        with _at(options["on"]):
            result = import_stock(
                source=file,
                name=file.name,
                dry_run=options["dry_run"],
                create=options["create"],
                make_skus=options["create_skus"],
                currency=options["currency"],
                entity=options["entity"],
                mapping=titles_of(options["columns"]) or None,
            )
        for each in result.problems:
            self.stdout.write(f"{each['file']} row {each['row']} {each['column']}: {each['reason']}")
        return asdict(result), TO_REVIEW if result.problems else ALL

    def line(self, figures: Mapping[str, Any]) -> str:
        return (
            f"{figures['accepted']} of {figures['rows']} rows, {figures['units']} units, {figures['value']}"
        )


def _at(day: date | None) -> AbstractContextManager[Any]:
    """The beginning of a day as the time at which all this happens."""
    return clock.virtual(clock.day_bounds(day)[0]) if day else nullcontext()
